/**
 * The scans of a module that somebody asked for: at most one of each collector at a time, for all who ask.
 *
 * @module
 */

import type { Logger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";
import { nearest } from "../../shared/config/suggest.ts";
import { AgentError, messageOf } from "../../shared/errors.ts";
import type { Collector } from "./collector.ts";
import type { ModuleCounts } from "./module_counts.ts";
import { SharedScan } from "./shared_scan.ts";

/** What is to be scanned, and who waits. */
export interface ScanWish {
  /** Only this one. @default all of the module */
  collector?: string | undefined;
  /** False: it goes on although nobody waits for its end. @default true */
  wait?: boolean | undefined;
}

/** What can be scanned now. */
interface Scannable {
  module: string;
  collector: Collector;
  /** Collectors that can be scanned by themselves. */
  names: readonly string[];
  /** Ends every scan. */
  stop: AbortSignal;
}

/** Begins scans, and has whoever asks for one that is under way wait for that. */
export class ScanTurns {
  readonly #log: Logger;
  readonly #counts: ModuleCounts;
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #scans = new Map<string, SharedScan>();

  /** Failures go to `log`; `counts` has how many there were, and how long they took. */
  constructor(log: Logger, counts: ModuleCounts, clock: Pick<Clock, "monotonic">) {
    this.#log = log;
    this.#counts = counts;
    this.#clock = clock;
  }

  /** True while one is under way. */
  get isScanning(): boolean {
    return this.#scans.size > 0;
  }

  /**
   * Resolves when the scan is over, or has begun when nobody waits for it.
   *
   * @throws {AgentError} `failed` when it has nothing to scan, `usage` when it has no such collector
   * @throws the signal's reason when aborted
   */
  async scan(on: Scannable, { collector, wait = true }: ScanWish, signal: AbortSignal) {
    const scan = this.#under(on, collector);
    if (wait) return await scan.wait(signal);
    scan.keep();
  }

  #under(on: Scannable, name: string | undefined): SharedScan {
    const scan = on.collector.scan?.bind(on.collector);
    if (scan === undefined) {
      throw new AgentError("failed", `Module "${on.module}" has nothing to scan`, {
        hint: "agent modules: NEXT SCAN tells which modules do",
      });
    }
    if (name !== undefined) requireCollector(on, name);
    const key = name ?? "";
    const known = this.#scans.get(key);
    if (known !== undefined) return known;
    const begun = new SharedScan((signal) => this.#counted(on, () => scan(signal, name)), on.stop);
    this.#scans.set(key, begun);
    begun.over.then(() => this.#scans.delete(key));
    return begun;
  }

  /** Who does not wait reads of its failure in the log. */
  async #counted({ module, stop }: Scannable, scan: () => Promise<void>): Promise<void> {
    const begunMs = this.#clock.monotonic();
    try {
      await scan();
      this.#counts.scans.add(this.#clock.monotonic() - begunMs);
    } catch (error) {
      if (!stop.aborted) {
        this.#counts.error("scan");
        const reason = messageOf(error);
        this.#log.warn("The scan of module {module} failed: {reason}", { module, reason });
      }
      throw error;
    }
  }
}

function requireCollector({ module, names }: Scannable, name: string): void {
  if (names.includes(name)) return;
  if (names.length === 0) {
    throw new AgentError("usage", `Module "${module}" has no collectors to scan singly`, {
      hint: `agent modules scan ${module}`,
    });
  }
  const meant = nearest(name, names);
  const suggestion = meant === undefined ? "" : `, did you mean "${meant}"?`;
  const message = `Module "${module}" keeps no ${JSON.stringify(name)} now${suggestion}`;
  throw new AgentError("usage", message, { hint: `name one of these: ${names.join(", ")}` });
}
