/**
 * Whether what answers at `agent.server_url` is a server of this protocol.
 *
 * @module
 */

import { type Answer, bodyForm, describeAnswer } from "../../../comms/answers/answer.ts";
import { hintForCause } from "../../../status/health/server_hints.ts";
import type { Finding } from "../check.ts";
import type { ServerRoute } from "../server_route.ts";

/** Asks without a token, which a server of this protocol refuses in JSON. */
export async function checkAnswer(route: ServerRoute): Promise<Finding> {
  const { url } = route;
  const exchange = await route.ask();
  if (exchange.kind === "failure") {
    const { kind, text } = exchange.failure;
    return { status: "fail", message: text, try: hintForCause(kind, { reason: text, url }) };
  }
  return judge(exchange, url);
}

function judge(answer: Answer, url: string): Finding {
  const { status } = answer;
  const said = describeAnswer(answer);
  const isPage = bodyForm(answer) === "page";
  if (isPage || status === 404 || status >= 300 && status < 400) {
    return {
      status: "fail",
      message: `what answers is no server of this protocol: ${said}`,
      try: `check host, port and path of agent.server_url (${url}): it is the comms API, by ` +
        "default port 27000; a proxy or portal may answer in its place",
    };
  }
  if (status >= 500) {
    const hint = "look at the server, its log and what stands between";
    return { status: "fail", message: `the server has a fault: ${said}`, try: hint };
  }
  if (status === 401 || status === 403) {
    return { status: "ok", message: `a server that wants a token (${status})` };
  }
  return { status: "ok", message: `answers with ${status}` };
}
