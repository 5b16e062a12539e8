/**
 * The options `nats:` and `audit_log:` of the keep-alive monitor.
 *
 * No secret is an option: those that name a password, a token or a key name a file with it, so that
 * none is seen in a process list, in a message about the configuration, or in `env`.
 *
 * @module
 */

import * as z from "zod";
import * as field from "../../shared/config/fields.ts";
import { HIGHEST_ALERT_LEVEL } from "./alert_level.ts";

const SUBJECT_TOKENS = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const NAME_ERROR = "must be 1 to 64 characters of A-Z a-z 0-9 _ -";
const SERVER = /^(nats|tls):\/\/[^\s@/?#]+$/;

/** The section `nats:`. */
export const natsSchema = field.section("Publishing what the monitor finds to NATS.", {
  enabled: field.toggle({ default: false, about: "Whether anything is published." }),
  servers: texts({
    default: ["nats://127.0.0.1:4222"],
    pattern: SERVER,
    least: 1,
    error:
      "must be a list of addresses without user or password, such as [nats://127.0.0.1:4222]; " +
      "tls:// demands TLS",
    about: "Servers of one cluster, tried by turns. tls:// demands TLS.",
  }),
  creds_file: field.optionalPath({ about: "Credentials file (.creds): user JWT and seed." }),
  user: optionalText({ about: "User name; its password is in password_file." }),
  password_file: field.optionalPath({ about: "File whose first line is the password of user." }),
  token_file: field.optionalPath({ about: "File whose first line is an authentication token." }),
  nkey_seed_file: field.optionalPath({ about: "File whose first line is the seed of an NKey." }),
  tls: field.section("TLS, demanded as soon as one of these is given.", {
    ca: field.optionalPath({ about: "Authorities (PEM) that may sign the server's certificate." }),
    cert: field.optionalPath({ about: "Certificate (PEM) that the manager shows to the server." }),
    key: field.optionalPath({ about: "Private key (PEM) of cert." }),
  }),
  connect_timeout: field.duration({
    default: "10s",
    min: "10ms",
    max: "10m",
    about: "How long a server may take to greet and to accept the credentials.",
  }),
  publish_timeout: field.duration({
    default: "10s",
    min: "10ms",
    max: "10m",
    about: "How long a server may take to confirm messages; then the connection is made anew.",
  }),
  max_reconnects: field.count({
    default: -1,
    min: -1,
    max: 1_000_000_000,
    about: "After how many failed attempts in a row, each of all servers, the manager gives up " +
      "until it is started again; -1 for never.",
  }),
  reconnect_delay: field.duration({
    default: "2s",
    min: "10ms",
    max: "1h",
    about: "Wait after a failed attempt.",
  }),
  subject_prefix: field.text({
    default: "wazuh.xdr",
    pattern: SUBJECT_TOKENS,
    error: "must be words of A-Z a-z 0-9 _ - with dots between them, such as wazuh.xdr",
    about: "What all subjects begin with.",
  }),
  node: field.text({
    default: "manager",
    pattern: NAME,
    error: NAME_ERROR,
    about: "Name of this manager in its messages. No two managers may share one: sequence " +
      "numbers are counted by node.",
  }),
  alert_threshold: field.count({
    default: 7,
    min: 1,
    max: HIGHEST_ALERT_LEVEL,
    about: "Alert level from which a change of state is published as an alert too.",
  }),
  critical_groups: texts({
    default: [],
    pattern: /^.+$/,
    least: 0,
    error: "must be a list of group names, such as [database]",
    about: "Groups whose agents raise the alert level by 4.",
  }),
  jetstream: field.toggle({
    default: false,
    about: "Whether messages go to a stream, which keeps them for consumers and lets a repeated " +
      "one be stored once only.",
  }),
  stream: field.text({
    default: "AGENT_STATUS",
    pattern: NAME,
    error: NAME_ERROR,
    about: "Name of the stream; created when missing.",
  }),
  stream_max_age: field.duration({
    default: "168h",
    min: "1m",
    max: "87600h",
    about: "How long a stream that is created keeps its messages.",
  }),
  stream_duplicate_window: field.duration({
    default: "10m",
    min: "1s",
    max: "24h",
    about: "For how long a stream that is created knows a message again.",
  }),
  outbox_max: field.count({
    default: 100_000,
    min: 1,
    max: 10_000_000,
    about: "Most messages that wait for NATS; beyond it the oldest are dropped and counted.",
  }),
  signing: field.section("Signing of every message with Ed25519.", {
    key_file: field.optionalPath({ about: "Private key (PEM, PKCS #8), mode 0600." }),
    key_id: optionalText({
      pattern: NAME,
      error: NAME_ERROR,
      about: "Name of the key for consumers. Without it the key's fingerprint: the first 16 " +
        "hexadecimal digits of the SHA-256 of the public key (DER, SPKI).",
    }),
  }),
  encryption: field.section("Encryption of every document with AES-256-GCM.", {
    key_file: field.optionalPath({
      about: "32 random bytes, in base64 or hexadecimal, mode 0600.",
    }),
    key_id: field.text({
      default: "default",
      pattern: NAME,
      error: NAME_ERROR,
      about: "Name of the key for consumers.",
    }),
  }),
});

/** The section `audit_log:`. */
export const auditLogSchema = field.section(
  "One JSON line for everything sent, published or failed.",
  {
    path: field.optionalPath({ about: "The file; without it no audit log is written." }),
    max_size: field.size({
      default: "10MiB",
      min: "1KiB",
      max: "1TiB",
      about: "A file that would grow beyond it is set aside as <path>.1, and a new one begun.",
    }),
    keep_files: field.count({
      default: 5,
      min: 1,
      max: 1_000,
      about: "How many files set aside are kept.",
    }),
  },
);

/** Durations are milliseconds, sizes bytes. */
export type NatsOptions = z.output<typeof natsSchema>;

/** Sizes are bytes. */
export type AuditLogOptions = z.output<typeof auditLogSchema>;

function optionalText(
  { pattern = /^\S+$/, error = "must be text without spaces", about }: {
    pattern?: RegExp;
    error?: string;
    about: string;
  },
) {
  return z.string({ error }).max(256, { error }).regex(pattern, { error }).optional()
    .meta({ kind: "text", description: about });
}

function texts(
  { default: preset, pattern, least, error, about }: {
    default: string[];
    pattern: RegExp;
    least: number;
    error: string;
    about: string;
  },
) {
  return z.array(z.string({ error }).max(256, { error }).regex(pattern, { error }), { error })
    .min(least, { error }).max(100, { error }).default(preset)
    .meta({ kind: "texts", description: about });
}
