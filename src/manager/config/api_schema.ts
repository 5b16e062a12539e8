/**
 * The options `manager:` and `log:`: the two APIs, what is kept, and what the manager says about itself.
 *
 * @module
 */

import * as z from "zod";
import * as field from "../../shared/config/fields.ts";

const BASE_URL_ERROR =
  "must be an http or https URL without a path, such as https://127.0.0.1:55000";

/** The section `manager:`. */
export const apiSchema = field.section("The manager, its two APIs, and what it keeps.", {
  host: field.text({
    default: "127.0.0.1",
    pattern: /^[0-9A-Za-z.:_-]{1,253}$/,
    error: "must be a host name or an address, such as 0.0.0.0 for every interface",
    about: "Address to listen on.",
  }),
  management_port: field.count({
    default: 55_000,
    min: 0,
    max: 65_535,
    about: "Port of the management API; 0 picks a free one.",
  }),
  comms_port: field.count({
    default: 27_000,
    min: 0,
    max: 65_535,
    about: "Port of the comms API, which agents talk to; 0 picks a free one.",
  }),
  http: field.toggle({
    default: false,
    about: "Plain HTTP in place of TLS. For tests: tokens and keys can then be read on the way.",
  }),
  data_dir: field.optionalPath({
    about: "Folder of database, keys, certificates and files; without it everything is in memory.",
  }),
  client_ca: field.optionalPath({
    about:
      "PEM file of authorities: agents then have to show a certificate of one of them at the " +
      "comms API (agent.client_cert). Needs Deno 2.9 or later.",
  }),
  client_cert_name: field.choice(["any", "id", "name"], {
    default: "any",
    about: "Whether the certificate has to be the agent's own: its common name or one of its DNS " +
      "names is then the agent's id, or its name. Only with client_ca.",
  }),
  user: field.text({
    default: "wazuh",
    pattern: /^[^\s:]{1,256}$/,
    error: "must be a name without spaces and colons, such as wazuh",
    about: "The user of the management API.",
  }),
  password_file: field.optionalPath({
    about: "File whose first line is the user's password. Without it the password is the one in " +
      "the manual, which everybody knows: then the manager listens on this machine only.",
  }),
  users_file: field.optionalPath({
    about: "File of more users, one a line: role, name and password, with colons between. A " +
      "reader looks at everything, an operator also gives orders, puts files and removes agents, " +
      "an enroller registers agents and makes enrolment tokens.",
  }),
  signing_key_file: field.optionalPath({
    about:
      "File of a private Ed25519 key (PEM, mode 0600) that orders and the files of groups are " +
      "signed with. Agents with commands.require_signature believe nothing else.",
  }),
  token_ttl: field.duration({
    default: "900s",
    min: "1s",
    max: "168h",
    about: "Life of a token. Agents log in again before it ends.",
  }),
  token_key_life: field.duration({
    default: "720h",
    min: "1m",
    max: "87600h",
    about: "For how long tokens are signed with the same key. The key before it still counts for " +
      "the tokens that are out, so nobody has to log in again.",
  }),
  login_rate: field.count({
    default: 500,
    min: 0,
    max: 1_000_000,
    about: "Log-ins of agents a second; the others are told to come again later. 0 for any number.",
  }),
  poll_timeout: field.duration({
    default: "30s",
    min: "10ms",
    max: "24h",
    about: "How long an agent's request for commands is held. Shorter than anything between the " +
      "manager and its agents keeps a silent connection open.",
  }),
  max_body: field.size({
    default: "10MB",
    min: "1KB",
    max: "1GB",
    about: "Limit for the body of a request, before and after decompressing.",
  }),
  max_connections: field.count({
    default: 10_000,
    min: 0,
    max: 1_000_000,
    about:
      "Connections to each of the two ports; beyond it the oldest that never had a request is " +
      "cut, else the new one. 0 for any number.",
  }),
  max_connections_per_address: field.count({
    default: 1_000,
    min: 0,
    max: 1_000_000,
    about:
      "Connections from one address to each of the two ports. An agent has up to ten; more of " +
      "them may share an address behind a router. 0 for any number; with 0 for both, nothing " +
      "watches connections.",
  }),
  head_timeout: field.duration({
    default: "10s",
    min: "100ms",
    max: "1h",
    about:
      "Within this time a new connection has to bring its first request, up to the end of the " +
      "head.",
  }),
  idle_timeout: field.duration({
    default: "120s",
    min: "100ms",
    max: "24h",
    about:
      "How long a connection may be without a request. Longer than clients keep one, so that " +
      "none is closed as it is used.",
  }),
  body_timeout: field.duration({
    default: "60s",
    min: "100ms",
    max: "24h",
    about: "Within this time a body has to arrive; then it is given up with 408, and the " +
      "connection closed.",
  }),
  max_body_memory: field.size({
    default: "64MB",
    min: "64KB",
    max: "64GB",
    about: "Limit for all bodies that are arriving, and again for all that are being " +
      "decompressed; others wait, or are told to come again. One of max_body always has room.",
  }),
  max_release: field.size({
    default: "512MiB",
    min: "1KiB",
    max: "16GiB",
    about: "Largest file that may be put for agents to download (PUT /manager/releases).",
  }),
  max_downloads: field.count({
    default: 1_000,
    min: 1,
    max: 100_000,
    about:
      "Downloads of such files at a time; two of one agent. Each takes about 0.4 MB of memory " +
      "with its connection. Others are told to come again later.",
  }),
  login_failures: field.count({
    default: 10,
    min: 0,
    max: 1_000_000,
    about: "Log-ins of one account that may fail within login_failure_window, five times as many " +
      "from one address; then they are refused with 429 for a while. 0 for any number. Each manager " +
      "of a cluster takes its share: the limit divided by those that live.",
  }),
  login_failure_window: field.duration({
    default: "60s",
    min: "1s",
    max: "24h",
    about: "See login_failures.",
  }),
  drain_delay: field.duration({
    default: "5s",
    min: "0ms",
    max: "1h",
    about:
      "How long a manager that was told to stop goes on taking requests while /ready says no, " +
      "so that balancers see it and send agents elsewhere. Only when /ready was asked within the " +
      "last minute: else nobody is waited for.",
  }),
  drain_timeout: field.duration({
    default: "10s",
    min: "100ms",
    max: "1h",
    about: "How long requests that are under way may take after that; then they are cut.",
  }),
  keep_events: field.count({
    default: 100_000,
    min: 0,
    max: 1_000_000_000,
    about: "How many events stay in the store; older ones are removed.",
  }),
  idempotency_keys: field.count({
    default: 10_000,
    min: 1,
    max: 10_000_000,
    about: "How many idempotency keys are remembered for each agent: a batch is told from a " +
      "repeat of it as long as its agent has sent fewer others since.",
  }),
  accept_commands_url: z.string({ error: BASE_URL_ERROR }).max(2_000, { error: BASE_URL_ERROR })
    .regex(/^https?:\/\/[^\s/?#@]+\/*$/, { error: BASE_URL_ERROR })
    .transform((url) => url.replace(/\/+$/, "")).optional()
    .meta({
      kind: "text",
      description: "Base URL of this manager's management API as its scheduler is to reach it; " +
        "without it orders are handed on within the process.",
    }),
  offer_grace: field.duration({
    default: "5s",
    min: "10ms",
    max: "24h",
    about: "How long an order that was sent waits for a result until it is offered again, and " +
      "how much longer than its own timeout until it is given up.",
  }),
  cloned_orders: field.choice(["refuse", "give"], {
    default: "refuse",
    about: "What becomes of orders for an agent whose id several machines use at once: they fail " +
      "and say so, or one of the machines gets them.",
  }),
  clones_by_address: field.toggle({
    default: true,
    about: "Whether requests from two addresses by turns tell that several machines use an id. " +
      "Off where agents reach the manager through a pool of addresses.",
  }),
  archive_after: field.duration({
    default: "1h",
    min: "0ms",
    max: "87600h",
    about: "How long a finished order stays among the others.",
  }),
  remove_after: field.duration({
    default: "168h",
    min: "0ms",
    max: "87600h",
    about: "How long it stays in the archive after that.",
  }),
});

/** The section `log:`. */
export const logSchema = field.section("What the manager says about itself on standard error.", {
  level: field.choice(["debug", "info", "warning", "error"], {
    aliases: { warn: "warning" },
    default: "info",
    about: "Least important level that is written.",
  }),
  format: field.choice(["auto", "text", "json"], {
    default: "auto",
    about: "auto is text at a terminal and a line of JSON for each message otherwise.",
  }),
});
