/**
 * The two messages of an agent that stops on purpose.
 *
 * They go past the queue, one request each, side by side. There may be seconds left, so nobody logs
 * in for them, and only what a connection lost is sent once more: an idle one may just be closed at its other end.
 *
 * @module
 */

import { v7 as uuidv7 } from "uuid";
import { messageOf } from "../../shared/errors.ts";
import type { CommsClient } from "./comms_client.ts";
import { encodeStateful, encodeStateless } from "../../shared/protocol/event_encoder.ts";
import { sentStates } from "../../shared/protocol/stateful_headers.ts";
import type { AgentLine, Stream } from "../../shared/protocol/wire.ts";

/** What {@linkcode sendShutdownMessages} needs to know. */
interface ShutdownMessagesOptions {
  client: Pick<CommsClient, "postEvents">;
  /** The token at hand; without one nothing is sent. */
  token: string | undefined;
  agentLine: AgentLine;
  /** Wall clock, in milliseconds. */
  nowMs: number;
  /** Aborted at the deadline. */
  signal: AbortSignal;
}

/** What came of one message. */
interface ShutdownMessageResult {
  stream: Stream;
  accepted: boolean;
  /** Why it was not accepted, in one line. */
  reason?: string;
  /** True when the server does not know this kind of message, which is no fault: 400. */
  unknownToServer?: boolean;
}

/** Sends both messages. Never throws: what didn't work is in the result. */
export function sendShutdownMessages(
  options: ShutdownMessagesOptions,
): Promise<ShutdownMessageResult[]> {
  const { agentLine, nowMs } = options;
  const created = new Date(nowMs).toISOString();
  const messages: [Stream, string][] = [
    ["stateless", statelessMessage(created)],
    ["stateful", statefulMessage(agentLine.agent.id, created)],
  ];
  return Promise.all(messages.map(([stream, event]) => send(stream, event, options)));
}

async function send(
  stream: Stream,
  event: string,
  { client, token, agentLine, signal }: ShutdownMessagesOptions,
): Promise<ShutdownMessageResult> {
  // A log-in for a farewell would take the time that the farewell has.
  if (token === undefined) return { stream, accepted: false, reason: "not logged in" };
  const body = new TextEncoder().encode(JSON.stringify(agentLine) + event);
  try {
    const states = () => sentStates(body);
    const idempotencyKey = uuidv7();
    const request = { body, encoding: "identity", events: 1, states, idempotencyKey } as const;
    const post = () => client.postEvents(stream, request, { signal, token });
    const first = await post();
    const isLost = first.kind === "retry" && first.cause === "lost";
    const outcome = isLost && !signal.aborted ? await post() : first;
    if (outcome.kind !== "done") {
      const { reason, status } = outcome;
      // Some servers know no module of this name in stateful events: nothing went wrong here.
      const unknownToServer = stream === "stateful" && status === 400;
      return { stream, accepted: false, reason, ...(unknownToServer && { unknownToServer }) };
    }
    const [refused] = outcome.refused ?? [];
    const [passed] = outcome.again ?? [];
    if (refused !== undefined) {
      return { stream, accepted: false, reason: `${refused.status}: ${refused.reason}` };
    }
    return passed === undefined
      ? { stream, accepted: true }
      : { stream, accepted: false, reason: passed.reason };
  } catch (error) {
    const reason = signal.aborted ? "no answer before the deadline" : messageOf(error);
    return { stream, accepted: false, reason };
  }
}

function statelessMessage(created: string): string {
  return encodeStateless({ module: "agent", collector: "agent", operation: "shutdown" }, {
    event: { original: "The agent is shutting down.", created },
  });
}

function statefulMessage(id: string, timestamp: string): string {
  return encodeStateful({ module: "agent", id, operation: "update" }, {
    agent: { status: "shutdown" },
    "@timestamp": timestamp,
  });
}
