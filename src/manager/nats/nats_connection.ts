/**
 * One connection to NATS, which does not reconnect by itself: whoever uses it knows best what to do
 * when it is gone, and each attempt can be told of.
 *
 * @module
 */

import {
  type Authenticator,
  credsAuthenticator,
  type NatsConnection,
  NatsConnectionImpl,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "@nats-io/transport-node";
import { type AbortableOptions, useAbortableTransport } from "./nats_transport.ts";
import type { NatsOptions } from "./options_schema.ts";
import { readSecretFile, readSecretLine } from "./secret_file.ts";

/** The options that a connection needs. */
export type ConnectionOptions =
  & Pick<NatsOptions, "tls" | "connect_timeout" | "publish_timeout">
  & Partial<
    Pick<
      NatsOptions,
      "creds_file" | "user" | "password_file" | "token_file" | "nkey_seed_file"
    >
  >;

/** Pings that may stay without an answer until a connection counts as lost. */
const MAX_UNANSWERED_PINGS = 2;

/** What {@linkcode connectTo} takes beside the options. */
interface ConnectTarget {
  /** Such as `nats://127.0.0.1:4222`. */
  server: string;
  /** Shown by the server's monitoring. */
  name: string;
  /** Ends the attempt, not the connection. */
  signal: AbortSignal;
}

/**
 * Connects to one server. Files with credentials and certificates are read anew each time, so that
 * they can be replaced while the program runs.
 *
 * @throws Error when a file can't be read, or the server can't be reached or refuses; see
 * `describeFailure`
 */
export async function connectTo(
  { server, name, signal }: ConnectTarget,
  options: ConnectionOptions,
): Promise<NatsConnection> {
  const authenticator = authenticatorOf(options);
  const tls = tlsOptions(server, options.tls);
  const attempt = new AbortController();
  const onAbort = () => attempt.abort();
  signal.addEventListener("abort", onAbort, { once: true });
  const settings: AbortableOptions = {
    servers: [server],
    name,
    signal: attempt.signal,
    reconnect: false,
    ignoreClusterUpdates: true,
    noAsyncTraces: true,
    timeout: options.connect_timeout,
    pingInterval: options.publish_timeout,
    maxPingOut: MAX_UNANSWERED_PINGS,
    ...(tls !== undefined && { tls }),
    ...(authenticator !== undefined && { authenticator }),
  };
  try {
    useAbortableTransport();
    return await NatsConnectionImpl.connect(settings) as NatsConnection;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Who connects, by the files that the options name. */
export function authenticatorOf(
  options: Omit<ConnectionOptions, "tls" | "connect_timeout" | "publish_timeout">,
): Authenticator | undefined {
  const { creds_file, user, password_file, token_file, nkey_seed_file } = options;
  if (creds_file !== undefined) return credsAuthenticator(bytes(readSecretFile(creds_file)));
  if (nkey_seed_file !== undefined) return nkeyAuthenticator(bytes(readSecretLine(nkey_seed_file)));
  if (token_file !== undefined) return tokenAuthenticator(readSecretLine(token_file));
  if (user === undefined) return undefined;
  const password = password_file === undefined ? undefined : readSecretLine(password_file);
  return usernamePasswordAuthenticator(user, password);
}

/** TLS as the options have it; `undefined` for none. */
export function tlsOptions(server: string, { ca, cert, key }: NatsOptions["tls"]) {
  const wanted = [ca, cert, key].some((file) => file !== undefined);
  if (!wanted && !server.startsWith("tls://")) return undefined;
  return {
    host: new URL(server).hostname.replace(/^\[|\]$/g, ""),
    ...(ca !== undefined && { caFile: ca }),
    ...(cert !== undefined && { certFile: cert }),
    ...(key !== undefined && { keyFile: key }),
  };
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
