/**
 * What kept a request from being answered, told from the error that the platform threw.
 *
 * The platform gives no codes: Deno's `fetch` puts the text of its TLS and HTTP libraries into a
 * message (2.9 into the cause's), `node:https` has codes of OpenSSL and of the system. So this
 * reads texts, and what it does not know it passes on.
 *
 * @module
 */

import { UntrustedCertificateError } from "../tls/inspect_certificate.ts";
import type { FailureCause } from "../../../shared/protocol/exchange.ts";
import { ClientCertificateError } from "../tls/tls_files.ts";
import { ProxiedError } from "./proxy.ts";
import { oneLine } from "../../../shared/text.ts";

/** A request that got no answer. */
export interface FetchFailure {
  kind: FailureCause;
  /** One line for people, such as `cannot connect to https://host:27000: connection refused`. */
  text: string;
  /** True when the request cannot have reached the server. */
  beforeSending: boolean;
}

interface Rule {
  pattern: RegExp;
  kind: FailureCause;
  detail: string;
}

const UNKNOWN_ISSUER = "it is not signed by a known certificate authority";

/**
 * First match wins: the certificate rules stand before those for whatever else fails in a TLS
 * handshake.
 */
const RULES: readonly Rule[] = [
  rule(/UnknownIssuer|UNABLE_TO_(VERIFY|GET)|SELF_SIGNED_CERT/, "certificate", UNKNOWN_ISSUER),
  rule(
    /certificate: Expired|certificate expired|CERT_HAS_EXPIRED/,
    "certificate",
    "it has expired",
  ),
  rule(
    /certificate: NotValidYet|certificate not valid yet|CERT_NOT_YET_VALID/,
    "certificate",
    "it is not valid yet",
  ),
  rule(/not valid for name|ALTNAME_INVALID/, "certificate", "it is for another host name"),
  rule(
    /CaUsedAsEndEntity/,
    "certificate",
    "it calls itself an authority, and this build of the agent takes none such for a server's; have one signed by an authority",
  ),
  rule(
    /extended key usage|InvalidPurpose|INVALID_PURPOSE/,
    "certificate",
    "it is not made for servers (serverAuth is not among its extended key usages)",
  ),
  rule(/invalid peer certificate|CERT_[A-Z]/, "certificate", ""),
  rule(
    /CertificateRequired|CERTIFICATE_REQUIRED/i,
    "tls",
    "the server asks for a client certificate",
  ),
  rule(
    /proxy authentication required/i,
    "proxy",
    "the proxy wants a user and password that it accepts",
  ),
  rule(
    /unsuccessful tunnel/i,
    "proxy",
    "the proxy does not connect to it, because it may not or cannot",
  ),
  rule(/no HTTP proxy/, "proxy", "what answers at its address is no HTTP proxy"),
  rule(/the proxy closed the connection/, "proxy", "the proxy closed the connection"),
  rule(/dns error|ENOTFOUND|EAI_AGAIN/, "dns", "host name not found"),
  rule(/refused|ECONNREFUSED|os error 10061/i, "refused", "connection refused"),
  rule(/unreachable|EHOSTUNREACH|ENETUNREACH/i, "unreachable", "network unreachable"),
  rule(
    /ProtocolVersion|PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|Tls1[23]NotOffered|tls12 or 13|peer is incompatible/i,
    "tls",
    "the server speaks only versions of TLS that are too old; 1.2 or newer is needed",
  ),
  rule(
    /InvalidContentType|WRONG_VERSION|InvalidMessage|packet length/,
    "tls",
    "the server does not speak TLS on this port",
  ),
  rule(
    /invalid HTTP version/,
    "lost",
    "the answer is not HTTP (does this port speak TLS?)",
  ),
  rule(/timed out|ETIMEDOUT/i, "timeout", "timed out"),
  rule(/tls handshake|before secure TLS|fatal alert|ERR_SSL/i, "tls", "TLS handshake failed"),
  rule(
    /reset|closed|hang up|connection error|reading a body|broken pipe|EPIPE|aborted/i,
    "lost",
    "connection lost",
  ),
];

/** Kinds that end before a byte of the request is sent. */
const BEFORE_SENDING: ReadonlySet<FailureCause> = new Set([
  "refused",
  "dns",
  "unreachable",
  "certificate",
  "tls",
  "proxy",
]);

/** What the libraries put in front of the fact itself, and behind it. */
const LIBRARY_WORDS = /^.*client error \(\w+\): (invalid peer certificate: )?|; fetch failed$/gs;

/**
 * Explains `error`, which `fetch` threw for a request to `url`.
 *
 * @param hide takes secrets out of what the platform says, which may repeat a header. Before the text is cut: of half a secret
 *   nobody knows what it was.
 */
export function describeFetchError(
  error: unknown,
  url: string,
  hide: (text: string) => string = (text) => text,
): FetchFailure {
  if (error instanceof ProxiedError) {
    const failure = describeFetchError(error.cause, url, hide);
    return { ...failure, text: `${failure.text} (through the proxy ${error.proxy})` };
  }
  if (error instanceof UntrustedCertificateError) {
    const text = sentence("certificate", new URL(url).origin, error.message);
    return { kind: "certificate", text, beforeSending: true };
  }
  if (error instanceof ClientCertificateError) {
    const { kind, text, beforeSending } = describeFetchError(error.cause, url, hide);
    // A server that does not run has not looked at it.
    if (kind !== "lost" && kind !== "tls") return { kind, text, beforeSending };
    return {
      kind: "tls",
      text: `${text}: the server refuses the agent, ${error.message}`,
      beforeSending,
    };
  }
  const raw = hide(textOf(error));
  // By words: neither platform gives a code for all of these.
  const found = RULES.find((candidate) => candidate.pattern.test(raw));
  const kind = found?.kind ?? "other";
  const detail = (found?.detail || oneLine(raw.replace(LIBRARY_WORDS, ""))) + refusalStatus(raw);
  // The client says so itself when it failed while it connected.
  const beforeSending = BEFORE_SENDING.has(kind) || /\(Connect\)/.test(raw);
  return { kind, text: sentence(kind, new URL(url).origin, detail), beforeSending };
}

/** What a proxy answered that does not connect to a server. */
function refusalStatus(raw: string): string {
  const [, status] = /unsuccessful tunnel \((\d{3})\)/i.exec(raw) ?? [];
  return status === undefined ? "" : ` (it answered ${status})`;
}

/** A request that was given up because its own time limit had passed. */
export function timeLimitPassed(url: string, limitMs: number): FetchFailure {
  return {
    kind: "timeout",
    text: `no answer from ${url} within ${limitMs / 1000} s`,
    beforeSending: false,
  };
}

function sentence(kind: FailureCause, origin: string, detail: string): string {
  if (kind === "certificate") return `certificate of ${origin} is not trusted: ${detail}`;
  if (kind === "lost") return `no answer from ${origin}: ${detail}`;
  return `cannot connect to ${origin}: ${detail}`;
}

function rule(pattern: RegExp, kind: FailureCause, detail: string): Rule {
  return { pattern, kind, detail };
}

/**
 * Messages and codes of an error and its causes. The address is cut out: a host may be called
 * `reset`.
 */
function textOf(error: unknown): string {
  const parts: string[] = [];
  // A cause may lead back to an error before it.
  for (let each = error; each instanceof Error && parts.length < 5; each = each.cause) {
    parts.push("code" in each ? `${each.message} ${each.code}` : each.message);
  }
  if (parts.length === 0) parts.push(String(error));
  return parts.reverse().join("; ").replace(/(for url \()?https?:\/\/\S+/g, "");
}
