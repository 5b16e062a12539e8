/**
 * Whether the server's certificate is believed, and until when.
 *
 * @module
 */

import { X509Certificate } from "node:crypto";
import { oneLine } from "../../../../shared/text.ts";
import { peerChain } from "../../../comms/tls/inspect_certificate.ts";
import { readTlsFiles } from "../../../comms/tls/tls_files.ts";
import type { AgentConfig } from "../../../config/schema.ts";
import { hintForCause } from "../../../status/health/server_hints.ts";
import type { Finding } from "../check.ts";
import type { ServerRoute } from "../server_route.ts";

const DAY_MS = 86_400_000;
/** A certificate that ends so soon should be renewed by now. */
const RENEW_DAYS = 14;

/** Makes the handshake as configured, and looks at what was shown. */
export async function checkTls(
  route: ServerRoute,
  { agent, nowMs }: { agent: AgentConfig["agent"]; nowMs: number },
): Promise<Finding> {
  if (!route.isEncrypted) {
    return { status: "ok", message: "none: agent.server_url begins with http:" };
  }
  const chain = await shownChain(route, agent);
  const detail = chain.map((one) => describe(one, nowMs));
  const exchange = await route.ask();
  if (exchange.kind === "failure") {
    const { kind, text } = exchange.failure;
    if (kind === "certificate" || kind === "tls") {
      const reason = { reason: text, url: route.url };
      return { status: "fail", message: text, detail, try: hintForCause(kind, reason) };
    }
    // The handshake is over, or what cut it off has a check of its own.
    if (chain.length === 0) return { status: "fail", message: text };
  }
  return judgeDates(chain, { detail, nowMs, mode: agent.verification_mode });
}

/** Not every version of the platform tells of more than the first; who signed that may be known here. */
async function shownChain(
  route: ServerRoute,
  agent: AgentConfig["agent"],
): Promise<X509Certificate[]> {
  const { proxy, no_proxy: noProxy, ca_cert: caCert } = agent;
  const chain = await peerChain(route.url, { proxy, noProxy }).catch(() => []);
  const last = chain.at(-1);
  if (last === undefined || caCert === undefined || last.subject === last.issuer) return chain;
  const signer = readTlsFiles({ caCert }).ca?.map((pem) => new X509Certificate(pem))
    .find((authority) => last.checkIssued(authority));
  return signer === undefined ? chain : [...chain, signer];
}

function judgeDates(
  chain: readonly X509Certificate[],
  { detail, nowMs, mode }: { detail: string[]; nowMs: number; mode: string },
): Finding {
  const ends = chain.map(({ validTo }) => Date.parse(validTo));
  const days = Math.floor((Math.min(...ends) - nowMs) / DAY_MS);
  const message = detail.join("; ");
  if (days < RENEW_DAYS) {
    const hint =
      "have the certificate that ends first renewed; an authority of agent.ca_cert has " +
      "to be replaced there too";
    const when = days < 0 ? "has ended" : `ends in ${days} d`;
    return { status: "warn", message: `${when}: ${message}`, detail, try: hint };
  }
  const how = mode === "none" ? "not checked (agent.verification_mode): " : "";
  return { status: "ok", message: how + message, detail };
}

function describe({ subject, subjectAltName, validTo }: X509Certificate, nowMs: number): string {
  const days = Math.floor((Date.parse(validTo) - nowMs) / DAY_MS);
  const names = subjectAltName === undefined ? "" : ` for ${oneLine(subjectAltName, 120)}`;
  const ends = days < 0 ? `ended ${-days} d ago` : `${days} d left`;
  return `${oneLine(subject, 80)}${names}, ${ends}`;
}
