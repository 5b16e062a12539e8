/**
 * Removing an agent at the management API as a user: `DELETE /agents/ID`, or the form of servers that take a list of ids in the query.
 *
 * @module
 */

import { AgentError } from "../../../shared/errors.ts";
import { tellsOfFault } from "../answers/acknowledgement.ts";
import { type Answer, bodyForm, describeAnswer, messageOfAnswer } from "../answers/answer.ts";
import type { ServerConnection } from "../connection/server_connection.ts";

/** Which agent is removed, and how that is asked. */
interface UserRemoval {
  /** To the management API. */
  connection: ServerConnection;
  /** Of the user. */
  token: string;
  id: string;
  /** Time limit of each request, in milliseconds. */
  timeoutMs: number;
  signal: AbortSignal;
}

const LOCAL_ONLY =
  "agent unregister --local-only forgets it here, and the server goes on knowing it";

/**
 * Removes the agent.
 *
 * @returns `gone` when the server does not know it any more
 * @throws {AgentError} `server_unreachable`, `credentials_refused`, or `failed` when the server has no way to do that
 */
export async function removeByUser(request: UserRemoval): Promise<"removed" | "gone"> {
  const id = encodeURIComponent(request.id);
  const first = await ask(request, `/agents/${id}`);
  if (isDone(first)) return "removed";
  if (isNoSuchAgent(first)) return "gone";
  if (first.status !== 404 && first.status !== 405) throw refused(first, request.id);
  const second = await ask(
    request,
    `/agents?agents_list=${id}&status=all&older_than=0s&purge=true`,
  );
  if (isDone(second)) return "removed";
  if (isNoSuchAgent(second)) return "gone";
  throw refused(second, request.id);
}

async function ask(
  { connection, token, timeoutMs, signal }: UserRemoval,
  path: string,
): Promise<Answer> {
  const exchange = await connection.send({
    method: "DELETE",
    path,
    authorization: `Bearer ${token}`,
    timeoutMs,
    maxBytes: 65_536,
    signal,
  });
  if (exchange.kind === "answer") return exchange;
  throw unreachable(exchange.failure.text);
}

function isDone(answer: Answer): boolean {
  const { status } = answer;
  return (status === 200 || status === 204) && bodyForm(answer) !== "page" && !tellsOfFault(answer);
}

/** It has to be said of an agent: a path that is not found, and that has the word in it, tells of another API. */
function isNoSuchAgent(answer: Answer): boolean {
  const isWord = bodyForm(answer) === "json" && (answer.status < 300 || answer.status === 404);
  const said = messageOfAnswer(answer).replace(/\S*\/\S*/g, "");
  return isWord && /\bno agent\b|\bagents?\b.*\b(?:not exist|not found|unknown)/i.test(said);
}

function refused(answer: Answer, id: string): AgentError {
  const message = `Cannot remove agent ${id}: ${describeAnswer(answer)}`;
  const { status } = answer;
  if (status === 429 || status >= 500) return unreachable(describeAnswer(answer));
  if (status === 401 || status === 403) {
    const hint = "give a --user who may remove agents";
    return new AgentError("credentials_refused", message, { hint });
  }
  return new AgentError("failed", message, {
    hint: `check that --url is the management API, or remove it there by hand; then: ${LOCAL_ONLY}`,
  });
}

function unreachable(reason: string): AgentError {
  return new AgentError("server_unreachable", `Cannot remove the agent at the server: ${reason}`, {
    hint: `try again when the server is there; or ${LOCAL_ONLY}`,
  });
}
