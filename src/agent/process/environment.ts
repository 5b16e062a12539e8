/**
 * The environment of the process, without what weakens it.
 *
 * Whom the agent trusts is said in its configuration, where it is checked and shown. The runtime also takes that from variables;
 * which ones it honours was found by trying, with Deno 2.7.11 and 2.9.6. All but one are read when the first connection is made, so
 * taking them away before that has them ignored.
 *
 * @module
 */

/** Each has more servers trusted, or has certificates not looked at. */
const WEAKENING = [
  "DENO_CERT",
  "DENO_TLS_CA_STORE",
  "NODE_EXTRA_CA_CERTS",
  "NODE_OPTIONS",
  "NODE_TLS_REJECT_UNAUTHORIZED",
  "NODE_USE_SYSTEM_CA",
  "SSL_CERT_DIR",
  "SSL_CERT_FILE",
] as const;

/** Nothing that the agent starts has to know the password. */
const SECRET = ["AGENT_PASSWORD"] as const;

/** What was found. */
interface TakenEnvironment {
  /** All variables as they were. */
  env: Record<string, string>;
  /** What only a person can do something about, as texts of warnings. */
  warnings: string[];
}

/** Reads the environment and takes away what weakens this process and its children. */
export function takeEnvironment(): TakenEnvironment {
  const env = Deno.env.toObject();
  for (const name of [...WEAKENING, ...SECRET]) Deno.env.delete(name);
  const keyLog = env.SSLKEYLOGFILE;
  // The runtime has read it before the first line of the program.
  const warnings = keyLog === undefined || keyLog === "" ? [] : [
    `SSLKEYLOGFILE is set: the keys of every TLS connection are written to "${keyLog}", and whoever reads it reads all that is sent; ` +
    "start the agent without that variable",
  ];
  return { env, warnings };
}
