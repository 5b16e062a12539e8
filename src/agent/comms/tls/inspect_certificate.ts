/**
 * Why a server's certificate is not trusted, told from the certificate itself.
 *
 * The TLS libraries say too little: one says "unknown issuer" to a foreign authority and to a certificate that is its own, another
 * "unable to verify" to one that has expired. So the certificate is fetched once more without checks, on a connection over which
 * nothing is sent, and looked at.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { X509Certificate } from "node:crypto";
import { connect, type DetailedPeerCertificate, type TLSSocket } from "node:tls";
import { NOBODY } from "../nobody.ts";
import { type Proxy, proxyFor, type ProxyOptions } from "../connection/proxy.ts";
import { openTunnel } from "../connection/tunnel.ts";
import { oneLine } from "../../../shared/text.ts";

/** Longest wait for the certificate, in milliseconds. */
const LIMIT_MS = 5_000;
/** A certificate that is not trusted; its message says why. */
export class UntrustedCertificateError extends Error {
  override readonly name = "UntrustedCertificateError";
}

/** Whom the agent trusts, and how it gets there. */
interface Trust extends ProxyOptions {
  /** As PEM texts. */
  trusted: readonly string[];
  /** Whether they are those of `ca_cert`, and not the system's. */
  isGiven: boolean;
  /** Whether the certificate has to be for the host that was asked. */
  checksName: boolean;
}

/** Fetches the certificate of the server at `url` and says why it is not trusted; `undefined` when it cannot be told. */
export async function inspectCertificate(
  url: string,
  trust: Trust,
): Promise<string | undefined> {
  const certificate = (await peerChain(url, trust).catch(() => []))[0];
  return certificate && problemOf(certificate, { host: hostOf(url), trust, nowMs: Date.now() });
}

/**
 * The certificates that the server at `url` shows, its own first, unchecked. Not every version of the platform tells of more than that.
 *
 * @throws what the connection failed with
 */
export async function peerChain(url: string, proxies: ProxyOptions): Promise<X509Certificate[]> {
  const place = { host: hostOf(url), port: Number(new URL(url).port || 443) };
  return await chainAt(place, proxyFor(url, proxies));
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, "");
}

/** What is wrong with a certificate, the worst first; `undefined` when nothing is found. */
function problemOf(
  certificate: X509Certificate,
  { host, trust, nowMs }: { host: string; trust: Trust; nowMs: number },
): string | undefined {
  const { validFrom, validTo, subject, issuer } = certificate;
  if (Date.parse(validTo) < nowMs) return `it has expired (${validTo})`;
  if (Date.parse(validFrom) > nowMs) return `it is not valid yet (before ${validFrom})`;
  const own = trust.trusted.map((pem) => new X509Certificate(pem));
  const isGiven = own.some(({ raw }) => Buffer.compare(raw, certificate.raw) === 0);
  const isSelfSigned = subject === issuer;
  if (isSelfSigned && !isGiven) {
    return !trust.isGiven
      ? "it is self-signed, and no ca_cert is given"
      : "it is self-signed and not the one given as ca_cert";
  }
  const signer = own.find((authority) => isSignedBy(certificate, authority));
  if (!isGiven && signer === undefined) {
    return `it is not signed by a known certificate authority (signed by ${oneLine(issuer)})`;
  }
  if (!trust.checksName) return undefined;
  // Names of hosts in the subject stopped counting long ago.
  if (certificate.subjectAltName === undefined) {
    return `it has no subjectAltName, and the name in its subject (${
      oneLine(subject)
    }) does not count`;
  }
  const fits = /^[\d.]+$|:/.test(host) ? certificate.checkIP(host) : certificate.checkHost(host);
  return fits === undefined ? `it is for another host name (${namesOf(certificate)})` : undefined;
}

/** Names agree easily; only the signature shows whose it is. */
function isSignedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  try {
    return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
  } catch {
    return false;
  }
}

function namesOf({ subjectAltName, subject }: X509Certificate): string {
  return oneLine(subjectAltName ?? subject);
}

async function chainAt(
  place: { host: string; port: number },
  proxy: Proxy | undefined,
): Promise<X509Certificate[]> {
  const { host } = place;
  const limit = AbortSignal.timeout(LIMIT_MS);
  const tunnel = proxy && await openTunnel(proxy, place, limit);
  return await new Promise((resolve, reject) => {
    // Nothing is sent over this connection: whoever is at its other end learns and forges nothing.
    const socket: TLSSocket = connect({
      ...(tunnel === undefined ? place : { socket: tunnel }),
      servername: nameFor(host),
      ca: NOBODY,
      rejectUnauthorized: false,
    });
    const timer = setTimeout(() => socket.destroy(new Error("no certificate in time")), LIMIT_MS);
    socket.once("close", () => {
      clearTimeout(timer);
      reject(new Error("the server closed the connection"));
    });
    socket.once("error", reject);
    socket.once("secureConnect", () => {
      resolve(certificatesOf(socket.getPeerCertificate(true)));
      socket.destroy();
    });
  });
}

/** The one that is its own issuer ends the chain. */
function certificatesOf(peer: DetailedPeerCertificate): X509Certificate[] {
  const raws = new Set<Buffer>();
  for (let each = peer; each?.raw !== undefined && !raws.has(each.raw);) {
    raws.add(each.raw);
    each = each.issuerCertificate;
  }
  return [...raws].map((raw) => new X509Certificate(raw));
}

/** Server names are names: an address has none (RFC 6066). */
function nameFor(host: string): string {
  return /^[\d.]+$|:/.test(host) ? "" : host;
}
