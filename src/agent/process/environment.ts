/**
 * The environment of the process, without what weakens it.
 *
 * Whom the agent trusts is said in its configuration, where it is checked and shown. The runtime also takes that from variables;
 * which ones it honours was found by trying, with Deno 2.7.11 and 2.9.6. All but one are read when the first connection is made, so
 * taking them away before that has them ignored.
 *
 * The same goes for the authorities that the runtime brings with it: they are not trusted, but those of `ca_cert` or of the operating
 * system, see `comms/system_trust.ts`.
 *
 * @module
 */

import * as tls from "node:tls";

/** Says which authorities the runtime trusts; nothing: none. */
const STORE_VARIABLE = "DENO_TLS_CA_STORE";

/** Each has more servers trusted, or has certificates not looked at. */
const WEAKENING = [
  "DENO_CERT",
  STORE_VARIABLE,
  "NODE_EXTRA_CA_CERTS",
  "NODE_OPTIONS",
  "NODE_TLS_REJECT_UNAUTHORIZED",
  "NODE_USE_SYSTEM_CA",
  "SSL_CERT_DIR",
  "SSL_CERT_FILE",
] as const;

/** Nothing that the agent starts has to know by what it was registered, nor the password of a proxy. */
const SECRET = ["AGENT_PASSWORD", "AGENT_ENROLLMENT_TOKEN"] as const;

/**
 * The runtime would take a proxy from these by rules of its own; what they say is taken with the configuration. They may hold a
 * password.
 */
const PROXIES = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"]
  .flatMap((name) => [name, name.toLowerCase()]);

/** Set for an agent that another version watches. */
export const TRIAL_VARIABLE = "AGENT_TRIAL";

/** What is said to this process alone; by a service manager, see sd_notify(3). */
const OF_THIS_PROCESS = [TRIAL_VARIABLE, "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] as const;

/**
 * The environment of another agent that is started in the place of this one, whose own was `env`: with its proxies, which this
 * process took away from itself, and without what is no business of that one.
 */
export function variablesForSuccessor(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const left: ReadonlySet<string> = new Set([...WEAKENING, ...SECRET, ...OF_THIS_PROCESS]);
  const kept = Object.entries(env).filter(([name, value]) =>
    value !== undefined && !left.has(name)
  );
  return Object.fromEntries(kept) as Record<string, string>;
}

/** What was found. */
interface TakenEnvironment {
  /** All variables as they were. */
  env: Record<string, string>;
  /** What only a person can do something about, as texts of warnings. */
  warnings: string[];
}

/**
 * Has the runtime trust no authorities of its own. It looks at the variable once, when it makes its first client; the programs that
 * the agent runs must not find it.
 */
function trustNobody(): void {
  // Where the agent cannot read the system's authorities itself, the runtime has to.
  const agentReadsStore = Deno.build.os === "linux" || "getCACertificates" in tls;
  Deno.env.set(STORE_VARIABLE, agentReadsStore ? "" : "system");
  Deno.createHttpClient({}).close();
  Deno.env.delete(STORE_VARIABLE);
}

/** Reads the environment and takes away what weakens this process and its children. */
export function takeEnvironment(): TakenEnvironment {
  const env = Deno.env.toObject();
  for (const name of [...WEAKENING, ...SECRET, ...PROXIES]) Deno.env.delete(name);
  trustNobody();
  const keyLog = env.SSLKEYLOGFILE;
  // The runtime has read it before the first line of the program.
  const warnings = keyLog === undefined || keyLog === "" ? [] : [
    `SSLKEYLOGFILE is set: the keys of every TLS connection are written to "${keyLog}", and whoever reads it reads all that is sent; ` +
    "start the agent without that variable",
  ];
  return { env, warnings };
}
