/**
 * What to do about a server that gives no answer, by what is in the way.
 *
 * @module
 */

import type { FailureCause } from "../../../shared/protocol/exchange.ts";

/** What to do when the server refuses the credentials. */
export const REGISTER_AGAIN =
  "look at the server whether this agent was removed or revoked; if it was, stop the agent and " +
  "register it again: agent register --force --url https://MANAGER:55000 --user NAME";

/** What to do when a proxy does not let this machine through to `host:port`. */
export function proxyHint(server: string): string {
  return `have the proxy allow CONNECT to ${server}, give the user and password that it wants in ` +
    "agent.proxy, or name the server in agent.no_proxy";
}

/** What to do when the proxy at an address cannot be reached. */
export function lostProxyHint(address: string): string {
  return `check agent.proxy (${address}), and that the proxy runs and can be reached`;
}

/** The next step; `reason` is in the words of the connection, `url` is `agent.server_url`. An agent that runs can be told of new options. */
export function hintForCause(
  cause: FailureCause,
  { reason, url, isRunning = true }: { reason: string; url: string; isRunning?: boolean },
): string {
  const [, proxy] = /\(through the proxy (\S+)\)/.exec(reason) ?? [];
  if (proxy !== undefined && BEFORE_THE_PROXY.has(cause)) return lostProxyHint(proxy);
  switch (cause) {
    case "proxy":
      return proxyHint(url);
    case "certificate":
      return certificateHint(reason, isRunning);
    case "dns":
      return `check the host name in agent.server_url (${url}) and this machine's DNS`;
    case "refused":
      return `check that the server runs and listens where agent.server_url says (${url})`;
    case "tls":
      return `check that agent.server_url (${url}) names a port that speaks TLS, and whether the ` +
        "server asks for a client certificate (agent.client_cert)";
    default:
      return `check the network, firewalls and proxies between this machine and ${url}`;
  }
}

/** Why a connection fails on its first leg, which ends at the proxy when there is one. */
const BEFORE_THE_PROXY: ReadonlySet<FailureCause> = new Set(["dns", "refused", "unreachable"]);

/** The connection knows what is wrong with the certificate. */
function certificateHint(reason: string, isRunning: boolean): string {
  if (/expired|not valid yet/.test(reason)) {
    return "compare this machine's clock (date) with the dates of the server's certificate; have the " +
      "certificate renewed or the clock set";
  }
  if (/no subjectAltName|not made for servers/.test(reason)) {
    return "have a certificate made for the server that names it (subjectAltName) and is for servers " +
      "(serverAuth)";
  }
  if (/host name/.test(reason)) {
    return "give agent.server_url with a name that stands in the server's certificate";
  }
  return "set agent.ca_cert to the certificate of the authority that signed the server's" +
    (isRunning ? "; then: agent reload" : "");
}
