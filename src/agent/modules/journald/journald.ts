/**
 * Follows systemd's journal: has journalctl tell its entries, and stores them with the place of the last.
 *
 * journalctl is started again when it ends or is stuck, from what is committed, so that neither its death nor the agent's loses or
 * doubles an entry.
 *
 * @module
 */

import type { FollowedFile, Progress } from "../../../shared/protocol/part_status.ts";
import type { CommandEnding } from "../../process/command_stream.ts";
import type { Collector, CollectorReport } from "../collector.ts";
import type { ModuleContext } from "../module.ts";
import { Pulse } from "../pulse.ts";
import { redactionsOf } from "../redacting_sink.ts";
import { RestartPace } from "../restart_pace.ts";
import { findStart, type Start, type StartAt } from "./beginning.ts";
import { EntryEncoder, neededFields, type ShownFields } from "./entry_event.ts";
import { entryTest } from "./conditions.ts";
import type { Filter } from "./filter_options.ts";
import { asFollowedFile, JournalTroubles } from "./journal_report.ts";
import { Journalctl } from "./journalctl.ts";
import { matchArguments } from "./matches.ts";
import { parsePosition, type Position, serializePosition } from "./position.ts";
import { Reading } from "./reading.ts";
import { whenStuck } from "./watch.ts";

/** What is followed, and how. */
export interface JournaldOptions {
  /** Path of journalctl; `undefined` when there is none. */
  program: string | undefined;
  filters: readonly Filter[];
  shown: ShownFields;
  startAt: StartAt;
  namespace?: string | undefined;
  directory?: string | undefined;
  /** How long an event waits for others to be committed with. @default 100 */
  gatherMs?: number;
}

type Context = Pick<ModuleContext, "sink" | "clock" | "log" | "children">;

/** The module at work. */
export class Journald implements Collector {
  readonly #options: JournaldOptions;
  readonly #context: Context;
  readonly #journal: Journalctl;
  readonly #encoder: EntryEncoder;
  readonly #pulse = new Pulse();
  readonly #pace: RestartPace;
  #reading: Reading | undefined;
  #gaps = 0;
  readonly #troubles = new JournalTroubles();

  constructor(options: JournaldOptions, context: Context) {
    this.#options = options;
    this.#context = context;
    this.#pace = new RestartPace(context.clock);
    const { program, namespace, directory, filters, shown } = options;
    const test = entryTest(filters);
    const fields = neededFields(test, shown);
    this.#encoder = new EntryEncoder(test, shown);
    this.#journal = new Journalctl({
      program,
      namespace,
      directory,
      matches: matchArguments(filters),
      ...(fields && { fields }),
    });
  }

  /** See {@linkcode Collector.run}. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#context;
    try {
      while (!signal.aborted) {
        const startedMs = clock.monotonic();
        const reason = await this.#follow(signal);
        if (signal.aborted) return;
        const waitMs = this.#pace.ended({ ranMs: clock.monotonic() - startedMs });
        const { isTooOften } = this.#pace;
        this.#troubles.noteEnd(reason, { isTooOften, nowMs: clock.now() });
        log.warn("The journal is read anew in {wait_ms} ms: {reason}", { wait_ms: waitMs, reason });
        await this.#pulse.during("another journalctl", clock.sleep(waitMs, signal));
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** See {@linkcode Collector.progress}. */
  progress(): Progress {
    return this.#pulse.progress();
  }

  /** See {@linkcode Collector.report}. */
  report(): CollectorReport {
    const hasRead = this.#hasRead;
    const { isTooOften } = this.#pace;
    const lagMs = this.#reading?.lagMs;
    const lastError = hasRead ? undefined : this.#troubles.last?.message;
    return {
      details: {
        ...this.#encoder.counts,
        ...redactionsOf(this.#context.sink),
        restarts: this.#pace.count,
        gaps: this.#gaps,
        ...(lagMs !== undefined && { lag_ms: Math.round(lagMs) }),
      },
      problems: this.#troubles.problems({ isTooOften, hasRead }),
      ...(lastError !== undefined && { lastError }),
    };
  }

  /** See {@linkcode Collector.files}. */
  files(): FollowedFile[] {
    const { namespace, directory } = this.#options;
    const name = directory ?? (namespace === undefined ? "journal" : `journal of ${namespace}`);
    return [asFollowedFile(name, {
      behindMs: this.#reading?.behindMs,
      reason: this.report().problems?.[0]?.message,
      troubles: this.#troubles,
    })];
  }

  /** Whether the journalctl that runs has given something. */
  get #hasRead(): boolean {
    return (this.#reading?.pieces ?? 0) > 0;
  }

  /** Follows until journalctl ends; says why it did. */
  async #follow(signal: AbortSignal): Promise<string> {
    const { children, clock } = this.#context;
    this.#pulse.beat();
    const start = await this.#pulse.during("journalctl", this.#start(signal));
    const stream = await this.#journal.follow(start.args);
    const over = new AbortController();
    const kill = () => stream.kill();
    signal.addEventListener("abort", kill, { once: true });
    const watched = children?.watch(stream.pid, over.signal, { mapsFiles: true });
    const reading = this.#reading = new Reading(stream, start, this.#readingParts());
    let stuckFor: string | undefined;
    const watch = { journal: this.#journal, clock, signal: over.signal };
    const watching = whenStuck(reading, watch).then((reason) => {
      stuckFor = reason;
      kill();
    }, () => {});
    let ending: CommandEnding;
    try {
      await reading.run(signal);
    } finally {
      over.abort();
      // It may be made to rest at the moment, and could not end then.
      await watched;
      kill();
      signal.removeEventListener("abort", kill);
      await watching;
      ending = await stream.ended();
    }
    return stuckFor ?? (await watched)?.killedFor ?? ending.reason;
  }

  /** Finds where to begin, and has what is new about it stored. */
  async #start(signal: AbortSignal): Promise<Start> {
    const { clock, sink, log } = this.#context;
    const key = this.#key;
    const value = sink.checkpoints().get(key);
    const position = value === undefined ? undefined : parsePosition(value);
    if (value !== undefined && position === undefined) {
      log.warn("The place in the journal is damaged; it is read from the last boot", {});
    }
    const startAt = value !== undefined ? "boot" : this.#options.startAt;
    const start = await findStart(this.#journal, { position, startAt, nowMs: clock.now(), signal });
    if (start.loss) this.#noteGap(start.loss.detail);
    this.#troubles.emptySinceMs = isEmpty(start.position ?? position) ? clock.now() : undefined;
    if (start.position === undefined) return { ...start, ...(position && { position }) };
    const checkpoints = [{ key, value: serializePosition(start.position) }];
    await sink.append({ stream: "stateless", events: [], checkpoints }, signal);
    return start;
  }

  #readingParts() {
    const { sink, clock } = this.#context;
    const { gatherMs = 100 } = this.#options;
    return { key: this.#key, sink, clock, encoder: this.#encoder, pulse: this.#pulse, gatherMs };
  }

  /** Another journal has another place. */
  get #key(): string {
    const { namespace, directory } = this.#options;
    const parts = ["journald", namespace && `namespace=${namespace}`, directory];
    return parts.filter((part) => part !== undefined && part !== "").join(":");
  }

  #noteGap(detail: string): void {
    this.#gaps++;
    this.#context.log.warn("Entries of the journal were gone before they were read: {detail}", {
      detail,
    });
  }
}

function isEmpty(position: Position | undefined): boolean {
  return position !== undefined && position.cursor === null;
}
