/**
 * How requests reach a server: connections, TLS, what is checked of its certificate.
 *
 * - `full`: the platform's `fetch`.
 * - `certificate`: the authority is checked, the host name is not.
 * - `none`: nothing is checked.
 *
 * Trusted are the authorities of `caCert` and no others, or, without it, those of the operating system.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { AnySignal } from "../../../shared/any_signal.ts";
import { AgentError } from "../../../shared/errors.ts";
import { once } from "../../../shared/log/say_once.ts";
import { handshakeFault } from "../tls/handshake_fault.ts";
import { inspectCertificate, UntrustedCertificateError } from "../tls/inspect_certificate.ts";
import { createNodeFetch } from "./node_fetch.ts";
import { ProxiedError, type Proxy, proxyFor, type ProxyOptions } from "./proxy.ts";
import type { FetchLike } from "./server_connection.ts";
import { openTunnel } from "./tunnel.ts";
import {
  ClientCertificateError,
  clientCertificateProblem,
  expiredAuthorities,
  readTlsFiles,
  type TlsFiles,
  type TlsMaterial,
  trustedAuthorities,
} from "../tls/tls_files.ts";

/** What is checked of a server's certificate. */
type VerificationMode = "full" | "certificate" | "none";

/** What {@linkcode createTransport} needs to know. */
export interface TransportOptions extends TlsFiles, ProxyOptions {
  verificationMode: VerificationMode;
  /**
   * Is told once about each way in which connections are less safe than they could be. @default the
   * log
   */
  warn?: (text: string) => void;
}

/** A `fetch` and the connections behind it. */
export interface Transport {
  fetch: FetchLike;
  /** Closes all connections. Requests that are under way fail. */
  close(): void;
}

/** In what the TLS libraries say. */
const ABOUT_CERTIFICATE = /invalid peer certificate|CERT_|_CERT|UNABLE_TO_(VERIFY|GET)|ALTNAME/;

/** All that some versions of the platform say of a handshake that failed. */
const BROKEN = /hang up|ECONNRESET|connection error/;

/** As the platform says it, and with a status as `tunnel.ts` does. */
const REFUSED_TUNNEL = /unsuccessful tunnel(?! \()/i;
const REFUSED_WITH = /unsuccessful tunnel \(/;
/** A proxy that has just answered answers again within this time, in milliseconds. */
const REFUSAL_MS = 5_000;

const WARNINGS = {
  full: undefined,
  certificate: 'verification_mode is "certificate": the server\'s host name is NOT checked; ' +
    "any server with a certificate of a trusted authority is believed",
  none: 'verification_mode is "none": the server\'s certificate is NOT checked; ' +
    "anyone on the way can read and change everything",
} as const;

const NO_AUTHORITIES = "no certificate authorities are installed on this machine, so no server's " +
  "certificate is trusted: install them (often a package ca-certificates), or set ca_cert";

/**
 * Reads the certificate files and makes a transport. Opens no connection yet.
 *
 * @throws {AgentError} `config_invalid` for a file that can't be used
 */
export function createTransport(options: TransportOptions): Transport {
  return openTransport(readTlsFiles(options), options);
}

/** Makes a transport with certificates that were read. Opens no connection yet. */
export function openTransport(
  tls: TlsMaterial,
  { verificationMode, warn = logWarning, ...proxies }: Omit<TransportOptions, keyof TlsFiles>,
): Transport {
  const warning = WARNINGS[verificationMode];
  if (warning !== undefined) warn(warning);
  if (verificationMode !== "none") {
    if (tls.system?.length === 0) warn(NO_AUTHORITIES);
    for (const text of expiredAuthorities(tls, Date.now())) warn(text);
  }
  // Nothing of it is ever checked.
  const plain = namedProxy(platformFetch({ ca: [] }, proxies), proxies);
  const checked = verificationMode === "full"
    ? fullFetch(tls, proxies)
    : createNodeFetch(verificationMode, tls, proxies);
  const secure = namedProxy(explained(checked, { tls, proxies, verificationMode }), proxies);
  const warnOfPlain = once(() =>
    warn("the server's address begins with http: keys, tokens and events travel unencrypted")
  );
  return {
    fetch(url, init) {
      if (new URL(url).protocol !== "http:") return secure.fetch(url, init);
      warnOfPlain();
      return plain.fetch(url, init);
    },
    close() {
      plain.close();
      secure.close();
    },
  };
}

/**
 * The platform's own TLS refuses a self-signed certificate that calls itself an authority (`openssl req -x509` makes such), even
 * when it is the one that is trusted. Then, and only then, the same checks are made by `node:tls`, which takes it.
 */
function fullFetch(tls: TlsMaterial, proxies: ProxyOptions): Transport {
  const platform = platformFetch(tls, proxies);
  const pinned = createNodeFetch("full", tls, proxies);
  let isPinned = false;
  return {
    async fetch(url, init) {
      if (isPinned) return await pinned.fetch(url, init);
      try {
        return await platform.fetch(url, init);
      } catch (error) {
        if (tls.ca === undefined || !errorText(error).includes("CaUsedAsEndEntity")) throw error;
        try {
          const response = await pinned.fetch(url, init);
          isPinned = true;
          return response;
        } catch (second) {
          // Some versions of the platform refuse it here too, and call it a connection that hung up.
          throw /hang up|ECONNRESET/.test(errorText(second)) ? error : second;
        }
      }
    },
    close() {
      platform.close();
      pinned.close();
    },
  };
}

/** Tells a certificate that is not trusted by what is wrong with it. */
function explained(
  { fetch, close }: Transport,
  { tls, proxies, verificationMode }: {
    tls: TlsMaterial;
    proxies: ProxyOptions;
    verificationMode: VerificationMode;
  },
): Transport {
  const trust = {
    trusted: trustedAuthorities(tls) ?? [],
    isGiven: tls.ca !== undefined,
    checksName: verificationMode === "full",
  };
  return {
    async fetch(url, init) {
      try {
        return await fetch(url, init);
      } catch (error) {
        if (init.signal?.aborted) throw error;
        const isProxied = proxyFor(url, proxies) !== undefined;
        const isBroken = BROKEN.test(errorText(error)) && verificationMode !== "none";
        const fault = isBroken && !isProxied && !trust.checksName
          ? await handshakeFault(url, tls) ?? error
          : error;
        const isAboutCertificate = ABOUT_CERTIFICATE.test(errorText(fault)) ||
          isBroken && isProxied;
        const why = isAboutCertificate
          ? await inspectCertificate(url, { ...trust, ...proxies })
          : undefined;
        if (why !== undefined) throw new UntrustedCertificateError(why, { cause: fault });
        // Servers hang up on such a one without a word.
        const own = clientCertificateProblem(tls, Date.now());
        throw own === undefined ? fault : new ClientCertificateError(own, { cause: fault });
      }
    },
    close,
  };
}

function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? ` ${error.code}` : "";
  return `${error.message}${code} ${error.cause === undefined ? "" : errorText(error.cause)}`;
}

/**
 * HTTP/1.1 only: Deno's HTTP/2 writes a request's head and body in pieces and leaves Nagle's algorithm on, so that each waits
 * for the delayed acknowledgement of the one before. Measured over TLS on loopback, bodies of 5 to 100 KB: 44 ms each, and
 * 0.1 to 0.2 ms with HTTP/1.1.
 */
function platformFetch(tls: TlsMaterial, proxies: ProxyOptions): Transport {
  const { cert, key } = tls;
  const ca = trustedAuthorities(tls);
  const options = {
    http2: false,
    ...(ca !== undefined && { caCerts: ca }),
    ...(cert !== undefined && key !== undefined && { cert, key }),
  };
  const clients = new Map<string, { kept: Deno.HttpClient; single: Deno.HttpClient }>();
  const clientsFor = (url: string) => {
    const proxy = proxyFor(url, proxies);
    const known = clients.get(proxy?.shown ?? "");
    if (known !== undefined) return known;
    const all = { ...options, ...(proxy !== undefined && { proxy: platformProxy(proxy) }) };
    const made = {
      kept: createClient(all),
      single: createClient({ ...all, poolMaxIdlePerHost: 0 }),
    };
    clients.set(proxy?.shown ?? "", made);
    return made;
  };
  return {
    fetch: (url, { newConnection, ...init }) =>
      fetch(url, { ...init, client: clientsFor(url)[newConnection ? "single" : "kept"] }),
    close() {
      for (const { kept, single } of clients.values()) {
        kept.close();
        single.close();
      }
    },
  };
}

function platformProxy({ shown, credentials }: Proxy): Deno.Proxy {
  return {
    transport: "http",
    url: shown,
    ...(credentials !== undefined && { basicAuth: credentials }),
  };
}

/** Tells of each failure by which proxy it went. */
function namedProxy({ fetch, close }: Transport, proxies: ProxyOptions): Transport {
  return {
    async fetch(url, init) {
      try {
        return await fetch(url, init);
      } catch (error) {
        const proxy = proxyFor(url, proxies);
        if (proxy === undefined || init.signal?.aborted) throw error;
        const fault = REFUSED_TUNNEL.test(errorText(error))
          ? await refusalOf(proxy, url, init.signal) ?? error
          : error;
        throw new ProxiedError(proxy, fault);
      }
    },
    close,
  };
}

/** The platform does not tell the status with which a proxy refuses: it is asked once more. */
async function refusalOf(
  proxy: Proxy,
  url: string,
  signal: AbortSignal | null | undefined,
): Promise<Error | undefined> {
  const { hostname, port } = new URL(url);
  const place = { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 443) };
  using limit = new AnySignal(AbortSignal.timeout(REFUSAL_MS), ...(signal ? [signal] : []));
  try {
    (await openTunnel(proxy, place, limit.signal)).destroy();
    return undefined;
  } catch (error) {
    return error instanceof Error && REFUSED_WITH.test(error.message) ? error : undefined;
  }
}

function createClient(
  options: Deno.CreateHttpClientOptions | Deno.CreateHttpClientOptions & Deno.TlsCertifiedKeyPem,
): Deno.HttpClient {
  try {
    return Deno.createHttpClient(options);
  } catch (error) {
    throw new AgentError(
      "config_invalid",
      "Cannot use the certificates of ca_cert or client_cert",
      {
        cause: error,
        hint: "check that they are X.509 certificates in PEM form",
      },
    );
  }
}

function logWarning(text: string): void {
  getLogger(["agent", "comms"]).warn("{text}", { text });
}
