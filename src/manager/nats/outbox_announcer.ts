/**
 * Turns what the monitor finds into messages in the outbox.
 *
 * All that is announced in one turn of the event loop is stored in one transaction, in the next. If
 * that fails (a full disk), it is tried again; meanwhile as many wait in memory as may in the outbox.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { setImmediate } from "node:timers";
import type { Clock } from "../../shared/clock.ts";
import type {
  Announcer,
  KeepAliveSent,
  Participant,
  StatusChange,
} from "../keep_alive/announcement.ts";
import { alertLevel } from "./alert_level.ts";
import type { Audit } from "./audit_log.ts";
import { type DocumentSource, keepaliveDocument, statusChangeDocument } from "./documents.ts";
import type { NatsOptions } from "./options_schema.ts";
import type { Draft, Outbox } from "./outbox.ts";
import { RareWarning } from "./rare_warning.ts";
import { subjectOf } from "./subjects.ts";

const RETRY_AFTER_MS = 1_000;

const log = getLogger(["manager", "nats"]);

/** What an {@linkcode OutboxAnnouncer} is built with. */
interface OutboxAnnouncerDeps {
  options: NatsOptions;
  source: DocumentSource;
  outbox: Outbox;
  clock: Clock;
  audit: Audit;
  /** Called when there is something new in the outbox. */
  onStored(): void;
}

/** Writes to the outbox. */
export class OutboxAnnouncer implements Announcer {
  readonly #deps: OutboxAnnouncerDeps;
  readonly #criticalGroups: ReadonlySet<string>;
  readonly #warning: RareWarning;
  readonly #closing = new AbortController();
  #participant: Participant = () => () => {};
  #drafts: Draft[] = [];
  #scheduled = false;
  /** True from a failed try to the next good one: until then only the timer tries. */
  #failing = false;
  #dropped = 0;

  constructor(deps: OutboxAnnouncerDeps) {
    this.#deps = deps;
    this.#criticalGroups = new Set(deps.options.critical_groups);
    this.#warning = new RareWarning(log, deps.clock);
  }

  /** How many messages were dropped because too many waited, since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  keepAliveSent(sent: KeepAliveSent): void {
    const { options: { subject_prefix }, source } = this.#deps;
    this.#add({
      kind: "keepalive",
      subject: subjectOf(subject_prefix, "keepalive", sent.agentId),
      document: (sequence) => keepaliveDocument(sent, source, sequence),
    });
  }

  statusChanged(change: StatusChange): void {
    const { subject_prefix, alert_threshold } = this.#deps.options;
    const level = alertLevel(change, this.#criticalGroups);
    const changed = statusChangeDocument(change, level);
    const message = (kind: "status_change" | "alert"): Draft => ({
      kind,
      subject: subjectOf(subject_prefix, kind, change.agentId),
      document: () => changed,
    });
    this.#add(message("status_change"));
    if (level >= alert_threshold) this.#add(message("alert"));
  }

  storeWith(participant: Participant): void {
    this.#participant = participant;
  }

  /** Stores now what waits for the next turn. */
  store(): boolean {
    if (!this.#failing) this.#store();
    return !this.#failing;
  }

  /** Stores what waits, whatever failed before. */
  close(): void {
    this.#closing.abort();
    this.#store();
  }

  #add(draft: Draft): void {
    this.#drafts.push(draft);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#store());
  }

  #store(): void {
    this.#scheduled = false;
    const { outbox, options: { outbox_max } } = this.#deps;
    const excess = this.#drafts.length - outbox_max;
    if (excess > 0) this.#drop(this.#drafts.splice(0, excess).length);
    if (this.#drafts.length === 0) return;
    try {
      this.#drop(outbox.append(this.#drafts, this.#participant));
      this.#drafts = [];
      this.#failing = false;
      this.#deps.onStored();
    } catch (error) {
      this.#warning.warn(`Cannot store messages for NATS: ${(error as Error).message}`);
      this.#storeLater();
    }
  }

  #storeLater(): void {
    this.#scheduled = true;
    this.#failing = true;
    this.#deps.clock.sleep(RETRY_AFTER_MS, this.#closing.signal)
      .then(() => this.#store(), () => this.#drop(this.#drafts.splice(0).length));
  }

  #drop(messages: number): void {
    if (messages === 0) return;
    this.#dropped += messages;
    this.#deps.audit.write("dropped", { messages, dropped_since_start: this.#dropped });
    this.#warning.warn(
      "Messages for NATS are dropped, because more than outbox_max wait",
      messages,
    );
  }
}
