/**
 * Where events are kept, and what makes a repeat of them harmless.
 *
 * @module
 */

import type { CommandReport } from "../commands/command_report.ts";
import type { DocumentChange } from "../documents/document_table.ts";
import type { Answer, RequestKey } from "../events/answers.ts";
import type { NewEventGroup } from "../events/event_table.ts";

/** A batch of events as it arrived. */
export interface EventRequest {
  agentId: string;
  /** Without one the request can't be told from another with the same events. */
  requestKey: RequestKey | undefined;
}

/** What a batch says, once it has been read. */
export interface Submission {
  group: NewEventGroup;
  /** What is answered, now and to each repeat. */
  answer: Answer;
  /** True when the agent says that it is shutting down. */
  shutdown: boolean;
  /** What becomes of the agent's documents. */
  entries: readonly DocumentChange[];
  /** What became of the agent's orders. */
  reports: readonly CommandReport[];
}

/**
 * What became of a batch: `conflict` when its key was used for another one, `unknown agent` when the agent was removed while the
 * batch was on its way.
 */
export type Acceptance =
  | { kind: "stored" | "repeat"; answer: Answer }
  | { kind: "conflict" | "unknown agent" };

/** Keeps events, each batch once. */
export interface EventLog {
  /**
   * Stores a batch and carries out what it says of documents and orders, unless it is a repeat. Of several with one key, however
   * close together they come, one is stored. What has been accepted outlives a kill.
   *
   * @param read reads the batch; may not be called for a repeat, and what it throws is passed on with nothing stored
   */
  accept(request: EventRequest, read: () => Submission): Promise<Acceptance>;
  /** What was answered to an idempotency key of an agent, whatever it was used for; `undefined` when it is not known. */
  answerTo(agentId: string, key: string): Promise<Answer | undefined>;
  /** As {@linkcode answerTo}, and counted as a repeat: for a request whose body could not be read. */
  repeatUnread(agentId: string, key: string): Promise<Answer | undefined>;
  /**
   * Resolves once the documents of an agent that this manager shows have all that was accepted of it, at whichever manager.
   *
   * @throws StoreUnavailable when that cannot be told now
   */
  whenShown(agentId: string): Promise<void>;
}
