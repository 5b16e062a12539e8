/**
 * Taking this agent off its server: `DELETE /api/v1/agent` with its own token.
 *
 * @module
 */

import { AgentError } from "../../../shared/errors.ts";
import { type Answer, bodyForm, describeAnswer } from "../answers/answer.ts";
import { createLogin } from "../login/login.ts";
import type { ServerConnection } from "../connection/server_connection.ts";

/** Who asks, and over what. */
interface RemovalRequest {
  connection: ServerConnection;
  loginPath: string;
  credentials: { uuid: string; key: string };
  /** Time limit of each request, in milliseconds. */
  timeoutMs: number;
  signal: AbortSignal;
}

const LOCAL_ONLY =
  "agent unregister --local-only forgets it here, and the server goes on knowing it";

/**
 * Removes the agent.
 *
 * @returns `gone` when the server did not know it any more
 * @throws {AgentError} `server_unreachable`, `credentials_refused`, or `failed` when the server does not let agents do that
 */
export async function removeSelf(request: RemovalRequest): Promise<"removed" | "gone"> {
  const { connection, timeoutMs, signal } = request;
  const login = await createLogin(request)(signal);
  if (login.kind === "refused") {
    if (/does not exist/i.test(login.reason)) return "gone";
    throw new AgentError("credentials_refused", `Cannot log in to unregister: ${login.reason}`, {
      hint: LOCAL_ONLY,
    });
  }
  if (login.kind === "retry") throw unreachable(login.reason);
  const exchange = await connection.send({
    method: "DELETE",
    path: "/api/v1/agent",
    authorization: `Bearer ${login.token}`,
    timeoutMs,
    maxBytes: 65_536,
    signal,
  });
  if (exchange.kind === "failure") throw unreachable(exchange.failure.text);
  return outcomeOf(exchange, request.credentials.uuid);
}

function outcomeOf(answer: Answer, id: string): "removed" {
  const { status } = answer;
  if ((status === 200 || status === 204) && bodyForm(answer) !== "page") return "removed";
  const said = describeAnswer(answer);
  if (status === 429 || status >= 500) throw unreachable(said);
  throw new AgentError("failed", `The server does not let an agent remove itself: ${said}`, {
    hint: `agent unregister --user NAME has a user of the management API remove agent ${id}`,
  });
}

function unreachable(reason: string): AgentError {
  return new AgentError("server_unreachable", `Cannot unregister at the server: ${reason}`, {
    hint: `try again when the server is there; or ${LOCAL_ONLY}`,
  });
}
