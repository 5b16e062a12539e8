/**
 * Looks at the machine at its times, and has the states compared with what there is.
 *
 * @module
 */

import { hash } from "node:crypto";
import type { CpuMeter } from "../../../shared/cpu_meter.ts";
import { isoOrNull } from "../../../shared/clock.ts";
import { messageOf } from "../../../shared/errors.ts";
import type { ModuleProblem, Progress } from "../../../shared/protocol/part_status.ts";
import { compareKeys } from "../../../shared/states/key_order.ts";
import type { Collector, CollectorReport } from "../collector.ts";
import type { ModuleContext } from "../module.ts";
import { Pulse } from "../pulse.ts";
import type { StateKeeper } from "../states.ts";
import type { CollectContext, Findings, InventoryCollector } from "./item.ts";
import type { Machine } from "./machine.ts";
import { whyNoMachine } from "./root_folder.ts";
import type { ScanTimes } from "../scan_times.ts";
import { tellChange } from "./tell.ts";

/** Also what did not change is read so often: milliseconds. */
const READ_ANYWAY_MS = 24 * 3_600_000;

/** What an {@linkcode Inventory} is made with. */
interface InventoryParts {
  /** Those that are on and that the schema has. */
  collectors: readonly InventoryCollector[];
  maxItems: number;
  /** Another text when other things are looked at. */
  scope: string;
  machine: Machine;
  times: ScanTimes;
  context: Pick<ModuleContext, "clock" | "log"> & { states: StateKeeper; cpu: CpuMeter };
}

/** How a collector ended last. */
interface Ending {
  items: number;
  /** Why not everything was seen. */
  reason: string | undefined;
  sinceMs: number;
}

/** What is looked at. */
interface ScanWish {
  /** Also what did not change. */
  isForced: boolean;
  /** Only this collector. @default all */
  only?: string | undefined;
}

/** The module at work. */
export class Inventory implements Collector {
  readonly #parts: InventoryParts;
  readonly #pulse = new Pulse();
  /**
   * What complete scans read, in memory only: after a start, and when a collector was off meanwhile, its states may be gone, whatever the
   * files say.
   */
  readonly #read = new Map<string, { mark: string; atMs: number }>();
  readonly #endings = new Map<string, Ending>();
  #scanning: Promise<void> = Promise.resolve();
  #scans = 0;
  #skips = 0;

  constructor(parts: InventoryParts) {
    this.#parts = parts;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { times, context: { clock } } = this.#parts;
    while (!signal.aborted) {
      this.#plan();
      if (times.waitMs > 0) {
        const wait = clock.sleep(times.waitMs, signal).catch(() => {});
        await this.#pulse.during("the next scan", wait);
      } else {
        await this.rescan(signal).catch((error) => {
          if (!signal.aborted) throw error;
        });
      }
    }
  }

  /** Looks at everything, or at all of one collector, also at what did not change. */
  async scan(signal: AbortSignal, only?: string): Promise<void> {
    await this.#scan(signal, { isForced: true, only });
  }

  /** Looks at what is due: packages only when a database changed. */
  async rescan(signal: AbortSignal): Promise<void> {
    await this.#scan(signal, { isForced: false });
  }

  takeOver(previous: Collector): void {
    if (!(previous instanceof Inventory)) return;
    const { scope, times } = this.#parts;
    if (previous.#parts.scope === scope) times.follow(previous.#parts.times);
    // Whoever asks for other things wants to see them.
    else times.hurry();
  }

  progress(): Progress {
    return this.#pulse.progress();
  }

  report(): CollectorReport {
    const problems = [...this.#endings].flatMap(([name, ending]) => problemOf(name, ending));
    return {
      details: {
        items: [...this.#endings.values()].reduce((sum, { items }) => sum + items, 0),
        scans: this.#scans,
        unchanged: this.#skips,
      },
      problems,
      ...(problems[0] && { lastError: problems[0].message }),
      nextScanAtMs: this.#parts.times.nextAtMs,
    };
  }

  /** One at a time: two scans of the same would each think of the other's items as new. */
  #scan(signal: AbortSignal, options: ScanWish): Promise<void> {
    const scanned = this.#scanning.then(() => this.#scanAll(signal, options));
    this.#scanning = scanned.catch(() => {});
    return scanned;
  }

  async #scanAll(signal: AbortSignal, options: ScanWish): Promise<void> {
    const { only } = options;
    for (const collector of this.#parts.collectors) {
      if (only !== undefined && collector.name !== only) continue;
      signal.throwIfAborted();
      this.#pulse.beat();
      await this.#scanOne(collector, signal, options);
    }
    if (only !== undefined) return;
    this.#scans++;
    this.#parts.times.done();
    this.#plan();
  }

  async #scanOne(
    collector: InventoryCollector,
    signal: AbortSignal,
    { isForced }: ScanWish,
  ): Promise<void> {
    const { maxItems, context: { states, clock, cpu } } = this.#parts;
    const context = this.#collectContext(signal);
    const mark = cpu.slice(() => this.#markOf(collector, context));
    if (!isForced && mark !== undefined && this.#isFresh(collector, mark)) {
      this.#skips++;
      return;
    }
    const { items, problems } = await cpu.during(() => this.#collect(collector, context));
    const reason = problems.length === 0 ? undefined : problems.join("; ");
    const ordered = cpu.slice(() => stateItems(items, states));
    const outcome = await states.scan(collector.name, ordered, {
      signal,
      maxItems,
      whyIncomplete: () => reason,
      tell: (transition) => tellChange(collector, transition, clock.now()),
    });
    // What was seen in part is to be looked at again, whether it changes or not.
    if (mark === undefined || !outcome.complete) this.#read.delete(collector.name);
    else this.#read.set(collector.name, { mark, atMs: clock.monotonic() });
    this.#note(collector.name, { items: outcome.items, reason: outcome.reason });
  }

  /** What a collector throws is a problem of its own; the others go on. */
  async #collect(collector: InventoryCollector, context: CollectContext): Promise<Findings> {
    const { root } = context.machine;
    const why = root === "/" ? undefined : whyNoMachine(root);
    if (why !== undefined) return { items: [], problems: [why] };
    try {
      return await collector.collect(context);
    } catch (error) {
      context.signal.throwIfAborted();
      return { items: [], problems: [messageOf(error)] };
    }
  }

  #collectContext(signal: AbortSignal): CollectContext {
    const { machine, context: { states, clock } } = this.#parts;
    return { machine, schema: states.schema, signal, nowMs: clock.now() };
  }

  /** By which is known what a collector would read; `undefined` when looking is as cheap as reading. */
  #markOf(collector: InventoryCollector, context: CollectContext): string | undefined {
    const identity = collector.identify?.(context);
    return identity === undefined ? undefined : hash("sha1", identity, "hex");
  }

  #isFresh({ name }: InventoryCollector, mark: string): boolean {
    const read = this.#read.get(name);
    const nowMs = this.#parts.context.clock.monotonic();
    return read?.mark === mark && nowMs - read.atMs < READ_ANYWAY_MS;
  }

  #note(name: string, { items, reason }: Omit<Ending, "sinceMs">): void {
    const { clock, log } = this.#parts.context;
    const before = this.#endings.get(name);
    const isSame = before !== undefined && before.reason === reason;
    if (reason !== undefined && !isSame) {
      log.warn("Inventory of {collector} is not complete: {reason}", { collector: name, reason });
    }
    this.#endings.set(name, { items, reason, sinceMs: isSame ? before.sinceMs : clock.now() });
  }

  #plan(): void {
    const { collectors, times, context: { states } } = this.#parts;
    for (const { name } of collectors) states.plan(name, times.nextAtMs);
  }
}

/** In the order of keys, as the comparison needs them. */
function stateItems(items: Findings["items"], states: StateKeeper) {
  return [...items].sort((one, other) => compareKeys(one.key, other.key))
    .map(({ key, idParts, document }) => ({
      key,
      id: states.documentId(idParts.join(":")),
      document,
    }));
}

function problemOf(name: string, { reason, sinceMs }: Ending): ModuleProblem[] {
  if (reason === undefined) return [];
  return [{
    code: "unreadable",
    subject: name,
    message: `${name}: ${reason}`,
    since: isoOrNull(sinceMs) ?? "",
    hint:
      `see agent inventory ${name}; until it can be read, nothing of it is deleted at the server`,
  }];
}
