/**
 * Events of one manager: in its database. A batch and what it says of documents and orders are one transaction.
 *
 * @module
 */

import type { CommandReport } from "../../commands/command_report.ts";
import type { Answer } from "../../events/answers.ts";
import type { Store } from "../../store.ts";
import type { Acceptance, EventLog, EventRequest, Submission } from "../event_log.ts";

/** Carries reports out, inside the transaction that stores them. */
type ApplyReports = (agentId: string, reports: readonly CommandReport[], nowMs: number) => void;

/** The events of a {@linkcode Store}. */
export class SqliteEventLog implements EventLog {
  readonly #store: Store;
  readonly #applyReports: ApplyReports;

  constructor(store: Store, applyReports: ApplyReports) {
    this.#store = store;
    this.#applyReports = applyReports;
  }

  // Nothing is awaited in here, so two requests with one key cannot both be new, and no agent is removed in between.
  // deno-lint-ignore require-await
  async accept(request: EventRequest, read: () => Submission): Promise<Acceptance> {
    const { agents, events } = this.#store;
    if (!agents.has(request.agentId)) return { kind: "unknown agent" };
    const known = request.requestKey && events.lookUp(request.requestKey);
    if (known !== undefined && known.kind !== "new") return known;
    const submission = read();
    this.#write(request, submission);
    return { kind: "stored", answer: submission.answer };
  }

  answerTo(agentId: string, key: string): Promise<Answer | undefined> {
    return Promise.resolve(this.#store.events.answerTo(agentId, key));
  }

  repeatUnread(agentId: string, key: string): Promise<Answer | undefined> {
    return Promise.resolve(this.#store.events.repeatUnread(agentId, key));
  }

  #write({ agentId, requestKey }: EventRequest, { entries, reports, ...events }: Submission): void {
    const { receivedAtMs } = events.group;
    this.#store.events.accept({ ...events, requestKey }, () => {
      this.#applyReports(agentId, reports, receivedAtMs);
      this.#store.documents.apply(agentId, entries, receivedAtMs);
    });
  }

  async whenShown(_agentId: string): Promise<void> {
    // What is accepted is shown in the same transaction.
  }
}
