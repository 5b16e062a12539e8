import {
  type Answer,
  bodyForm,
  describeAnswer,
  isObject,
  jsonOf,
  messageOfAnswer,
} from "../answers/answer.ts";
import type { FailureCause } from "../../../shared/protocol/exchange.ts";
import { judge, MISDIRECTED_RETRY_MS } from "../answers/response_classifier.ts";
import type { ServerConnection } from "../connection/server_connection.ts";

/** What came of one try to log in. */
export type LoginAnswer =
  | { kind: "token"; token: string; /** `Date` header of the answer. */ date?: string }
  /**
   * The server knows better than to let this agent in; asking again with the same credentials can't
   * help.
   */
  | { kind: "refused"; reason: string }
  | { kind: "retry"; reason: string; afterMs?: number; cause?: FailureCause };

/** What {@linkcode createLogin} needs to know. */
interface LoginOptions {
  connection: ServerConnection;
  /** `/api/v1/authentication`, or what the server calls it. */
  loginPath: string;
  credentials: { uuid: string; key: string };
  /** In milliseconds. */
  timeoutMs: number;
}

/** Makes a function that tries once to log in. It throws only the reason of its signal. */
export function createLogin(
  { connection, loginPath, credentials: { uuid, key }, timeoutMs }: LoginOptions,
): (signal: AbortSignal) => Promise<LoginAnswer> {
  return async (signal) => {
    const exchange = await connection.send({
      method: "POST",
      path: loginPath,
      body: JSON.stringify({ uuid, key }),
      secrets: [key],
      brings: "token",
      timeoutMs,
      maxBytes: 65_536,
      signal,
    });
    if (exchange.kind === "failure") {
      const { kind: cause, text: reason } = exchange.failure;
      return { kind: "retry", reason, cause };
    }
    return readAnswer(exchange);
  };
}

function readAnswer(answer: Answer): LoginAnswer {
  const reason = describeAnswer(answer);
  // Before the classes of statuses: 401 and 403 are passing faults unless the words say otherwise.
  if (isFinal(answer)) return { kind: "refused", reason };
  const verdict = judge(answer);
  switch (verdict.kind) {
    case "done":
      return readToken(answer);
    case "token":
      return { kind: "retry", reason };
    case "give_up":
      // A log-in that is malformed to a server is most likely not for this server.
      return { kind: "retry", reason, afterMs: MISDIRECTED_RETRY_MS };
    case "retry": {
      const { afterMs } = verdict;
      return { kind: "retry", reason, ...(afterMs !== undefined && { afterMs }) };
    }
  }
}

function readToken(answer: Answer): LoginAnswer {
  const body = jsonOf(answer);
  const { secret: token } = answer;
  if (!isObject(body) || typeof body.token !== "string" || body.token === "") {
    // What else it says is not repeated: it may be a token under another name.
    const said = bodyForm(answer) === "page" ? ` (${messageOfAnswer(answer)})` : "";
    return { kind: "retry", reason: `no token in the answer of ${answer.url}${said}` };
  }
  if (token === undefined) {
    const reason = `the token in the answer of ${answer.url} has characters that no token may have`;
    return { kind: "retry", reason };
  }
  const date = answer.headers.get("date");
  return { kind: "token", token, ...(date !== null && { date }) };
}

/**
 * 403 is also said for passing faults, such as an indexer that is away: only these two are final.
 */
function isFinal(answer: Answer): boolean {
  const message = messageOfAnswer(answer).toLowerCase().replace(/[\s.!]+$/, "");
  return answer.status === 401 && message === "invalid key" ||
    answer.status === 403 && message === "agent does not exist";
}
