/**
 * Turns what the monitor finds into messages in the outbox.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Announcer, Finding, StatusChange } from "../keep_alive/announcement.ts";
import { alertLevel } from "./alert_level.ts";
import type { Audit } from "./audit_log.ts";
import { type DocumentSource, keepaliveDocument, statusChangeDocument } from "./documents.ts";
import type { NatsOptions } from "./options_schema.ts";
import type { Draft, Outbox } from "./outbox.ts";
import { subjectOf } from "./subjects.ts";

const log = getLogger(["manager", "nats"]);

/** What an {@linkcode OutboxAnnouncer} is built with. */
interface OutboxAnnouncerDeps {
  options: NatsOptions;
  source: DocumentSource;
  outbox: Outbox;
  audit: Audit;
  /** Called when there is something new in the outbox. */
  onStored(): void;
}

/** Writes to the outbox. */
export class OutboxAnnouncer implements Announcer {
  readonly #deps: OutboxAnnouncerDeps;
  readonly #criticalGroups: ReadonlySet<string>;
  #dropped = 0;

  constructor(deps: OutboxAnnouncerDeps) {
    this.#deps = deps;
    this.#criticalGroups = new Set(deps.options.critical_groups);
  }

  /** How many messages were dropped because too many waited, since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  announce(findings: readonly Finding[]): () => void {
    const drafts = findings.flatMap((finding) => this.#draftsOf(finding));
    const { dropped, committed } = this.#deps.outbox.append(drafts);
    return () => {
      committed();
      this.giveUp(dropped);
      this.#deps.onStored();
    };
  }

  giveUp(messages: number): void {
    if (messages === 0) return;
    this.#dropped += messages;
    this.#deps.audit.write("dropped", { messages, dropped_since_start: this.#dropped });
    log.warn("Messages for NATS are dropped, because more than outbox_max wait: {dropped} by now", {
      dropped: this.#dropped,
    });
  }

  passedOn(): Promise<void> {
    const { outbox } = this.#deps;
    return outbox.whenGone(outbox.lastSequence);
  }

  #draftsOf(finding: Finding): Draft[] {
    if (finding.kind === "status_changed") return this.#draftsOfChange(finding);
    const { options: { subject_prefix }, source } = this.#deps;
    return [{
      kind: "keepalive",
      subject: subjectOf(subject_prefix, "keepalive", finding.agentId),
      document: (sequence) => keepaliveDocument(finding, source, sequence),
    }];
  }

  #draftsOfChange(change: StatusChange): Draft[] {
    const { subject_prefix, alert_threshold } = this.#deps.options;
    const level = alertLevel(change, this.#criticalGroups);
    const changed = statusChangeDocument(change, level);
    const message = (kind: "status_change" | "alert"): Draft => ({
      kind,
      subject: subjectOf(subject_prefix, kind, change.agentId),
      document: () => changed,
    });
    return level < alert_threshold
      ? [message("status_change")]
      : [message("status_change"), message("alert")];
  }
}
