/**
 * The options of the agent and its server.
 *
 * @module
 */

import * as field from "../../shared/config/fields.ts";
import { section } from "../../shared/config/fields.ts";
import type { Platform } from "../../shared/config/platform.ts";
import { defaultPlaces } from "./places.ts";

/** User and password as RFC 3986 has them. */
const PROXY =
  /^(?:http:\/\/(?:(?:[\w.~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})+@)?(?:[\w.-]+|\[[\dA-Fa-f:.]+\])(?::\d{1,5})?\/?)?$/;

/** Whether a text of that form can be used: a port may be too high, an address none, and encoded bytes no text. */
function isProxy(text: string): boolean {
  if (text === "") return true;
  try {
    const { username, password } = new URL(text);
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

/** The section `agent`; its folders by default are those of `platform`. */
export function agentOptions(platform: Platform) {
  const places = defaultPlaces(platform);
  return {
    server_url: field.serverUrls({
      default: "https://localhost:27000",
      most: 10,
      about:
        "Address of the server's comms API, or a list of several in the order in which they are " +
        "tried. The next one is used when one cannot be reached, and the first again after 5 to " +
        "10 minutes. They must know the same agents and share what they remember of batches.",
    }),
    login_path: field.text({
      default: "/api/v1/authentication",
      pattern: /^\/[^\s?#]*$/,
      error: "must be a path that starts with a slash, such as /api/v1/authentication",
      about: "Path of the log-in request on the server; some servers call it /login.",
    }),
    verification_mode: field.choice(["full", "certificate", "none"], {
      default: "full",
      about:
        "How the server's certificate is checked: full checks its authority and its host name, " +
        "certificate its authority only, none nothing at all.",
    }),
    ca_cert: field.optionalPath({
      about:
        "File with the authorities (PEM) that may sign the server's certificate; no others are " +
        "trusted then, also none of the system's. Without it those of the operating system are " +
        "(/etc/ssl/certs/ca-certificates.crt and its like). " +
        "New content is taken by a reload, after a failed connection, and within five minutes.",
    }),
    client_cert: field.optionalPath({
      about:
        "Certificate (PEM) that the agent shows to the server. Needs client_key. New content " +
        "of both is taken like that of ca_cert.",
    }),
    client_key: field.optionalPath({
      about: "Private key (PEM) of client_cert.",
    }),
    proxy: field.text({
      default: "",
      pattern: PROXY,
      accepts: isProxy,
      error: "must be empty or an HTTP proxy, such as http://proxy.example:3128 or " +
        "http://user:password@proxy.example:3128 (% and a number for characters of other meaning)",
      about: "HTTP proxy on the way to the server, in every verification_mode; empty: none. User " +
        "and password in it are never shown. Without this option HTTPS_PROXY (or https_proxy) is taken.",
    }),
    no_proxy: field.text({
      default: "",
      pattern: /^[^\p{Cc}]*$/u,
      error: "must be names, addresses or networks with commas between, such as " +
        "example.com,10.0.0.0/8",
      about: "Servers that are reached without the proxy: host names (with all below them), " +
        "addresses, networks or *, each with or without a port, with commas between. Without this " +
        "option NO_PROXY (or no_proxy) is taken.",
    }),
    path: section("Folders of the agent.", {
      data: field.path({
        default: places.data,
        about: "Folder of the identity and the queue. It must survive a restart of the machine.",
      }),
      run: field.path({
        default: places.run,
        about: "Folder of the local API's socket, agent.sock. Short: a socket's path may have at " +
          "most 103 bytes.",
      }),
    }),
    retry_interval: field.duration({
      default: "1s",
      min: "10ms",
      max: "1h",
      about: "Longest wait before the first repetition of a failed request; it doubles with " +
        "each further failure, and the wait itself is drawn at random below it.",
    }),
    retry_max_interval: field.duration({
      default: "1m",
      min: "10ms",
      max: "24h",
      about:
        "Bound of that doubling: a server that is back is noticed at the latest after this time.",
    }),
    commands_request_timeout: field.duration({
      default: "16m",
      min: "1s",
      max: "24h",
      about: "Time limit of the request that waits for commands. It must be longer than the " +
        "server holds such a request, which is up to 15 minutes.",
    }),
    poll_wait: field.text({
      default: "auto",
      pattern: /^(auto|[1-9]\d{0,2}s|[1-9]m|1[0-5]m)$/,
      error: "must be auto or a duration from 1s to 15m, in whole seconds below 1000s or minutes",
      about: "How long the server is asked to hold the request that waits for commands. auto " +
        "begins with 2 minutes, asks for less where a proxy cuts such requests early, down to 5 s, and " +
        "for more once they are held to their end.",
    }),
    request_timeout: field.duration({
      default: "30s",
      min: "100ms",
      max: "1h",
      about: "Time limit of every other request: log-in, events, files.",
    }),
    stall_timeout: field.duration({
      default: "5m",
      min: "1s",
      max: "24h",
      live: true,
      about:
        "Time after which a stream or a module that makes no progress although it could is logged " +
        "and rebuilt. What waits for the server, for room in the queue or for events is left alone.",
    }),
    shutdown_notify_timeout: field.duration({
      default: "10s",
      min: "100ms",
      max: "10m",
      about:
        "Time for the last batches and the shutdown messages when the agent stops. A service " +
        "manager must wait at least one second longer.",
    }),
    shared_config_interval: field.duration({
      default: "10m",
      min: "100ms",
      max: "24h",
      live: true,
      about: "How often the files of the agent's groups are asked for, besides at the start and " +
        "after each log-in. A file that is still the same is not sent again.",
    }),
    on_clone: field.choice(["warn", "reregister", "stop"], {
      default: "warn",
      about: "What an agent does that finds itself on a copy of the machine on which it was " +
        "registered: warn says so in log and status and goes on, reregister registers the copy as an " +
        "agent of its own (with enrollment_token_file), stop ends with status 4.",
    }),
    enrollment_token_file: field.optionalPath({
      about: "File with the enrolment token with which on_clone: reregister registers.",
    }),
    user_agent_product: field.text({
      default: "Agent",
      pattern: /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/,
      error: "must be letters, digits and !#$%&'*+-.^_`|~ without spaces, such as Agent",
      about: "First word of the User-Agent header, before the version.",
    }),
  };
}
