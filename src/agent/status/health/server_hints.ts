/**
 * What to do about a server that gives no answer, by what is in the way.
 *
 * @module
 */

import type { FailureCause } from "../../../shared/protocol/exchange.ts";

/** The next step; `reason` is in the words of the connection, `url` is `agent.server_url`. An agent that runs can be told of new options. */
export function hintForCause(
  cause: FailureCause,
  { reason, url, isRunning = true }: { reason: string; url: string; isRunning?: boolean },
): string {
  switch (cause) {
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

/** The connection knows what is wrong with the certificate. */
function certificateHint(reason: string, isRunning: boolean): string {
  if (/expired|not valid yet/.test(reason)) {
    return "compare this machine's clock (date) with the dates of the server's certificate; have the " +
      "certificate renewed or the clock set";
  }
  if (/host name/.test(reason)) {
    return "give agent.server_url with a name that stands in the server's certificate";
  }
  return "set agent.ca_cert to the certificate of the authority that signed the server's" +
    (isRunning ? "; then: agent reload" : "");
}
