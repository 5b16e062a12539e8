/**
 * The options `cluster:`. No secret is an option: those that name a password or a token name a file with it.
 *
 * @module
 */

import * as z from "zod";
import * as field from "../../shared/config/fields.ts";

const SERVER = /^(nats|tls):\/\/[^\s@/?#]+$/;
const SERVERS_ERROR =
  "must be a list of addresses without user or password, such as [nats://127.0.0.1:4222]; tls:// demands TLS";
const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const NAME_ERROR = "must be 1 to 64 characters of A-Z a-z 0-9 _ -";

/** The section `cluster:`. */
export const clusterSchema = field.section(
  "Several managers beside each other, on NATS JetStream.",
  {
    servers: z.array(z.string({ error: SERVERS_ERROR }).regex(SERVER, { error: SERVERS_ERROR }), {
      error: SERVERS_ERROR,
    }).max(100, { error: SERVERS_ERROR }).default([]).meta({
      kind: "texts",
      description:
        "Servers of the NATS cluster that everything is kept on; without them this manager is alone.",
    }),
    name: field.text({
      default: "manager",
      pattern: NAME,
      error: NAME_ERROR,
      about:
        "What the names of all streams and buckets begin with. Managers of one name belong together.",
    }),
    node: field.text({
      default: "node",
      pattern: NAME,
      error: NAME_ERROR,
      about: "Name of this manager among those of the cluster. No two may share one.",
    }),
    secret_file: field.optionalPath({
      about:
        "File, mode 0600, whose first line all managers of the cluster share: 32 random characters or more. The keys that tokens are signed with are encrypted by it.",
    }),
    replicas: field.count({
      default: 3,
      min: 1,
      max: 5,
      about: "On how many servers everything is kept. Looked at when a stream is made.",
    }),
    event_streams: field.count({
      default: 1,
      min: 1,
      max: 64,
      about: "Over how many streams the events are spread. Fixed when the cluster is first used.",
    }),
    max_bytes: field.size({
      default: "8GiB",
      min: "1MiB",
      max: "1024TiB",
      about:
        "Room of each stream of events on each server. Beyond it events are refused, so that agents keep them.",
    }),
    max_release_bytes: field.size({
      default: "2GiB",
      min: "1MiB",
      max: "1024TiB",
      about:
        "Room of all files for agents to download together, on each server. Looked at when the cluster is first used.",
    }),
    max_age: field.duration({
      default: "168h",
      min: "1h",
      max: "87600h",
      about: "How long events are kept, and how late a repeated batch is known for sure.",
    }),
    dedupe_horizon: field.duration({
      default: "24h",
      min: "1m",
      max: "87600h",
      about:
        "Events younger than this are not removed to make room, also when all have read them: so long a repeated batch is known for sure.",
    }),
    when_full: field.choice(["refuse", "drop_oldest"], {
      default: "refuse",
      about:
        "What becomes of events when a stream is nearly full and has no durable consumer: new ones are refused, so that agents keep them, or the oldest are dropped and told as lost.",
    }),
    creds_file: field.optionalPath({ about: "Credentials file (.creds): user JWT and seed." }),
    user: z.string().max(256).regex(/^\S+$/).optional().meta({
      kind: "text",
      description: "User name; its password is in password_file.",
    }),
    password_file: field.optionalPath({ about: "File whose first line is the password of user." }),
    token_file: field.optionalPath({ about: "File whose first line is an authentication token." }),
    nkey_seed_file: field.optionalPath({ about: "File whose first line is the seed of an NKey." }),
    tls: field.section("TLS to the NATS servers, demanded as soon as one of these is given.", {
      ca: field.optionalPath({
        about: "Authorities (PEM) that may sign the servers' certificates.",
      }),
      cert: field.optionalPath({
        about: "Certificate (PEM) that the manager shows to the servers.",
      }),
      key: field.optionalPath({ about: "Private key (PEM) of cert." }),
    }),
  },
);

/** Durations are milliseconds, sizes bytes. */
export type ClusterOptions = z.output<typeof clusterSchema>;
