/**
 * Looks at everything, at its times or when somebody asks.
 *
 * @module
 */

import type { Logger } from "@logtape/logtape";
import { aborted } from "../../../shared/any_signal.ts";
import type { Clock } from "../../../shared/clock.ts";
import type { EventSink } from "../collector.ts";
import type { StateKeeper } from "../states.ts";
import { BaselineStore, type SeenBaseline } from "./baseline_store.ts";
import { COLLECTOR } from "./commit/changes.ts";
import type { FimOptions } from "./options.ts";
import type { Problems } from "../problems.ts";
import type { ScanJob } from "./scan/scan_job.ts";
import type { Scanner, ScanResult } from "./scan/scanner.ts";
import type { ScanTotals } from "./scan_totals.ts";
import { untilNextScan } from "./schedule.ts";
import { encodeLimitReached } from "./tell/change_event.ts";
import { limitTroubles, scanTroubles } from "./troubles.ts";
import type { View } from "./view.ts";

interface FullScanDeps {
  options: FimOptions;
  /** The watched folders as they are configured, as text. */
  configured: string;
  clock: Clock;
  log: Logger;
  sink: EventSink;
  states: StateKeeper;
  scanner: Pick<Scanner, "scanAll">;
  problems: Problems;
  totals: ScanTotals;
  /** From 0 to less than 1: how far into its spread the first scan is. */
  fleetShare: number;
  /** Looks at the machine anew, and has that watched. */
  renewView: (signal: AbortSignal) => Promise<View>;
  job: (view: View) => ScanJob;
  /** People are told by another measure from now on. */
  onBaseline: (baseline: SeenBaseline) => void;
  /** There is a sign of life. */
  onProgress: () => void;
}

/** A wait is never longer: timers have an end, and clocks are set. */
const LONGEST_WAIT_MS = 3_600_000;
/** A scan that was not complete is tried again after this, or after the interval if that is shorter. */
const RETRY_MS = 600_000;

/** Scans of everything, one at a time. */
export class FullScans {
  readonly #deps: FullScanDeps;
  readonly #store: BaselineStore;
  #baseline: SeenBaseline | undefined;
  /** Wall clock. */
  #nextAtMs: number | undefined;
  #itemsSoFar: number | undefined;
  #running: Promise<ScanResult> | undefined;
  #isFirstLook = true;
  /** A scan was begun and has not ended. */
  #wasCut = false;
  /** Of the run under way. */
  #life = AbortSignal.abort("not running");

  constructor(deps: FullScanDeps) {
    this.#deps = deps;
    this.#store = new BaselineStore(deps.sink);
  }

  /** Wall clock, milliseconds; `undefined` while one is under way. */
  get nextAtMs(): number | undefined {
    return this.#nextAtMs;
  }

  /** Things that the scan under way has met; `undefined` while there is none. */
  get itemsSoFar(): number | undefined {
    return this.#itemsSoFar;
  }

  /** Under what everything was seen last. */
  get baseline(): SeenBaseline | undefined {
    return this.#baseline;
  }

  /** Reads what is known of earlier scans. Before anything else. */
  async begin(signal: AbortSignal): Promise<void> {
    const { states } = this.#deps;
    // Documents that were dropped since have to be told anew, whatever the checkpoint says.
    const probe = await states.beginScan(COLLECTOR, { signal });
    probe.end();
    this.#baseline = probe.isFirst ? undefined : this.#store.read();
  }

  /** Goes on with the times of another one, which was made with other options; what that was at is done again. */
  takeOver(other: FullScans): void {
    this.#isFirstLook = other.#isFirstLook || other.#wasCut;
  }

  /** Scans at its times until the signal is aborted; resolves when no scan is under way any more. */
  async run(signal: AbortSignal): Promise<void> {
    this.#life = signal;
    try {
      await this.#scanAtTimes(signal);
    } finally {
      // What it still makes durable would be in the way of whoever scans next.
      await this.#running?.catch(() => {});
    }
  }

  async #scanAtTimes(signal: AbortSignal): Promise<void> {
    let waitMs = this.#firstWaitMs();
    while (!signal.aborted) {
      await this.#wait(waitMs, signal);
      if (signal.aborted) return;
      const { reason } = await this.scan(signal);
      waitMs = this.#waitMs();
      if (reason !== undefined) waitMs = Math.min(waitMs, RETRY_MS);
    }
  }

  /**
   * Scans now, or waits for the scan that is under way.
   *
   * @throws the signal's reason when aborted
   */
  async scan(signal: AbortSignal): Promise<ScanResult> {
    this.#running ??= this.#scan(this.#life).finally(() => {
      this.#running = undefined;
      this.#itemsSoFar = undefined;
    });
    // Who asks may go; the scan is everybody's.
    const result = await Promise.race([this.#running, aborted(signal)]);
    if (result === undefined) throw signal.reason;
    return result;
  }

  #firstWaitMs(): number {
    const { options, configured, fleetShare } = this.#deps;
    const isDue = this.#baseline?.configured !== configured ||
      this.#isFirstLook && options.scan_on_start;
    if (!isDue) return this.#waitMs();
    return this.#isFirstLook ? fleetShare * Math.min(options.scan_spread, options.interval) : 0;
  }

  #waitMs(): number {
    const { options: { interval, scan_at }, clock } = this.#deps;
    const lastMs = this.#baseline?.atMs;
    return untilNextScan({ interval, scanAt: scan_at, nowMs: clock.now(), lastMs }) || interval;
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    const { clock, states } = this.#deps;
    this.#nextAtMs = clock.now() + ms;
    states.plan(COLLECTOR, this.#nextAtMs);
    const endMs = clock.monotonic() + ms;
    for (let leftMs = ms; leftMs > 0 && !signal.aborted; leftMs = endMs - clock.monotonic()) {
      await clock.sleep(Math.min(leftMs, LONGEST_WAIT_MS), signal).catch(() => {});
    }
    this.#nextAtMs = undefined;
    states.plan(COLLECTOR, undefined);
  }

  async #scan(signal: AbortSignal): Promise<ScanResult> {
    const { clock, scanner, renewView, job, totals, problems, options, log } = this.#deps;
    const startedAtMs = clock.now();
    this.#wasCut = true;
    const view = await renewView(signal);
    const { rules, news } = view;
    const onProgress = (items: number) => this.#noteProgress(items);
    const result = await scanner.scanAll(job(view), { rules, news, onProgress, signal });
    this.#isFirstLook = false;
    totals.note(result);
    problems.set("scan", scanTroubles(result));
    problems.set("limit", limitTroubles(result, options.max_files));
    if (result.reason === undefined) await this.#saveBaseline(view, startedAtMs, signal);
    else log.warn("Not all files could be looked at: {reason}", { reason: result.reason });
    await this.#tellLimit(result, signal);
    this.#wasCut = false;
    return result;
  }

  #noteProgress(items: number): void {
    this.#itemsSoFar = items;
    this.#deps.onProgress();
  }

  async #saveBaseline(
    { rules }: View,
    atMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { configured, onBaseline } = this.#deps;
    this.#baseline = { configured, rules, atMs };
    await this.#store.write(this.#baseline, signal);
    onBaseline(this.#baseline);
  }

  /** People are told once that there are too many files. */
  async #tellLimit({ end }: ScanResult, signal: AbortSignal): Promise<void> {
    if (end === undefined) return;
    const { options: { max_files: maxFiles }, clock } = this.#deps;
    const [most] = Object.entries(end.overLimit).sort(([, one], [, other]) => other - one);
    if ((most !== undefined) === this.#store.isLimitTold) return;
    const event = most &&
      encodeLimitReached({ maxFiles, directory: most[0], atMs: clock.now() });
    await this.#store.setLimit(event, signal);
  }
}
