/**
 * The check of the certificates and the key that the configuration names.
 *
 * @module
 */

import { X509Certificate } from "node:crypto";
import { messageOf } from "../../../../shared/errors.ts";
import { expiredAuthorities, readTlsFiles } from "../../../comms/tls/tls_files.ts";
import type { AgentConfig } from "../../../config/schema.ts";
import { tlsProblems } from "../../server/tls_check.ts";
import type { DoctorCheck, Finding } from "../check.ts";

const DAY_MS = 86_400_000;
/** A certificate that ends so soon should be renewed by now. */
const RENEW_DAYS = 14;

/** Whether certificates and key can be read and used, until when, and whether the key is the agent's alone. */
export const CONFIG_CERTIFICATES: DoctorCheck = {
  id: "config.certificates",
  group: "config",
  needs: ["config.loads"],
  async run(context): Promise<Finding> {
    const loaded = await context.loaded();
    const [problem] = tlsProblems(loaded);
    if (problem !== undefined) {
      return {
        status: "fail",
        message: `${problem.path}: ${messageOf(problem.text)}`,
        try: `correct ${problem.path}, or what is in that file`,
      };
    }
    const { agent } = loaded.config;
    const { ca_cert, client_cert } = agent;
    const trusted = ca_cert === undefined ? "the system's authorities" : `those in ${ca_cert} only`;
    const own = client_cert === undefined ? "" : `; the agent shows ${client_cert}`;
    const nowMs = context.options.clock.now();
    const found = [exposedKey(agent), ownCertificate(agent, nowMs), oldAuthorities(agent, nowMs)]
      .filter((one) => one !== undefined);
    return found.find(({ status }) => status === "fail") ?? found[0] ??
      { status: "ok", message: `trusted: ${trusted}${own}` };
  },
};

type AgentSection = AgentConfig["agent"];

/** A server that asks for it refuses the agent once its time is over, mostly without a word. */
function ownCertificate(
  { client_cert: clientCert, client_key: clientKey }: AgentSection,
  nowMs: number,
): Finding | undefined {
  if (clientCert === undefined) return undefined;
  const { cert = "" } = readTlsFiles({ clientCert, clientKey });
  const { validFrom, validTo } = new X509Certificate(cert);
  const named = `agent.client_cert ${clientCert}`;
  const hint = "have a new one made by the authority that the server asks for; then: agent reload";
  const [fromMs, toMs] = [Date.parse(validFrom), Date.parse(validTo)];
  if (toMs < nowMs) {
    return { status: "fail", message: `${named} has expired (${validTo})`, try: hint };
  }
  if (fromMs > nowMs) {
    return {
      status: "fail",
      message: `${named} is not valid yet (before ${validFrom})`,
      try: "compare this machine's clock with one that you trust: date -u",
    };
  }
  const days = Math.floor((toMs - nowMs) / DAY_MS);
  if (days >= RENEW_DAYS) return undefined;
  return { status: "warn", message: `${named} ends in ${days} d (${validTo})`, try: hint };
}

function exposedKey({ client_key: path }: AgentSection): Finding | undefined {
  if (path === undefined || Deno.build.os === "windows") return undefined;
  const mode = (Deno.statSync(path).mode ?? 0) & 0o777;
  if ((mode & 0o007) === 0) return undefined;
  const octal = mode.toString(8).padStart(4, "0");
  return {
    status: "warn",
    message: `agent.client_key ${path} is not the agent's alone (mode ${octal})`,
    try: `chmod o-rwx "${path}"`,
  };
}

function oldAuthorities({ ca_cert: caCert }: AgentSection, nowMs: number): Finding | undefined {
  if (caCert === undefined) return undefined;
  const [first] = expiredAuthorities(readTlsFiles({ caCert }), nowMs);
  return first === undefined
    ? undefined
    : { status: "warn", message: first, try: "put the new certificate into agent.ca_cert" };
}
