/**
 * What options of the manager must satisfy together, once each is right by itself.
 *
 * @module
 */

import type { Rule } from "../../shared/config/rules.ts";
import { formatDuration } from "../../shared/config/units.ts";
import type { ManagerConfig } from "./schema.ts";

const NATS = "manager_keepalive.nats";
/** Each one by itself says who the manager is. */
const WAYS_TO_LOG_IN = ["creds_file", "user", "token_file", "nkey_seed_file"] as const;

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i;

/** Every rule of the manager's configuration. */
export const MANAGER_RULES: readonly Rule<ManagerConfig>[] = [
  {
    paths: ["manager.host"],
    check({ manager: { host, password_file } }) {
      if (LOOPBACK.test(host) || password_file !== undefined) return undefined;
      return "must come together with manager.password_file: the password that holds without it " +
        "is known to everybody";
    },
  },
  {
    paths: ["cluster.servers"],
    check({ cluster: { servers, secret_file } }) {
      if (servers.length === 0 || secret_file !== undefined) return undefined;
      return "must come together with cluster.secret_file";
    },
  },
  {
    paths: ["bulk_output.url"],
    check({ bulk_output: { url }, cluster: { servers }, manager: { data_dir } }) {
      // Those of a cluster have numbers that no database ends.
      if (url === undefined || servers.length > 0) return undefined;
      // Numbers of events begin anew with a database, and so would the ids of documents.
      return data_dir === undefined ? "must come together with manager.data_dir" : undefined;
    },
  },
  {
    paths: ["bulk_output.user", "bulk_output.password_file"],
    check: ({ bulk_output: { user, password_file } }) =>
      missingOther({ user, password_file }, "bulk_output"),
  },
  {
    paths: ["manager.client_ca"],
    check({ manager: { client_ca, http } }) {
      if (client_ca === undefined || !http) return undefined;
      return "but manager.http leaves no TLS in which a certificate could be shown";
    },
  },
  {
    paths: ["manager.client_cert_name"],
    check({ manager: { client_ca, client_cert_name } }) {
      if (client_ca !== undefined || client_cert_name === "any") return undefined;
      return "must come together with manager.client_ca";
    },
  },
  {
    paths: ["manager_keepalive.timeout", "manager_keepalive.interval"],
    check({ manager_keepalive: { interval, timeout } }) {
      if (timeout > interval) return undefined;
      return `but manager_keepalive.timeout (${formatDuration(timeout)}) must be longer than ` +
        `manager_keepalive.interval (${formatDuration(interval)})`;
    },
  },
  {
    paths: [`${NATS}.user`, `${NATS}.password_file`],
    check: ({ manager_keepalive: { nats: { user, password_file } } }) =>
      missingOther({ user, password_file }),
  },
  {
    paths: [`${NATS}.tls.cert`, `${NATS}.tls.key`],
    check: ({ manager_keepalive: { nats: { tls: { cert, key } } } }) =>
      missingOther({ "tls.cert": cert, "tls.key": key }),
  },
  {
    paths: WAYS_TO_LOG_IN.map((name) => `${NATS}.${name}`),
    check({ manager_keepalive: { nats } }) {
      const given = WAYS_TO_LOG_IN.filter((name) => nats[name] !== undefined);
      if (given.length < 2) return undefined;
      const names = given.map((name) => `${NATS}.${name}`).join(" and ");
      return `but there must be one way to log in only, not ${names}`;
    },
  },
];

/** Of two options that need each other, says which one is missing. */
function missingOther(
  options: Readonly<Record<string, string | undefined>>,
  section = NATS,
): string | undefined {
  const names = Object.keys(options);
  const missing = names.filter((name) => options[name] === undefined);
  if (missing.length !== 1) return undefined;
  return `must come together with ${section}.${missing[0]}`;
}
