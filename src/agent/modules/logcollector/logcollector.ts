/**
 * The collector that follows log files: each line becomes one event of the stateless stream.
 *
 * It goes round and round: look at the files, read one block of each that has something, hand the
 * events to the sink together with the place to go on from. A file with more does not wait; once
 * nobody has more, it sleeps. The sink's `append` is awaited, so while the queue pushes back
 * nothing is read; files are looked for all the same, as an open handle outlives a rotation.
 *
 * Open files and what was read of them outlive a run: the next one goes on with them, also that of
 * a collector with other options. Only {@linkcode Logcollector.close} ends them, after what no name
 * leads to any more has been read.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { setImmediate as nextTurn } from "node:timers/promises";
import { AnySignal } from "../../../shared/any_signal.ts";
import { CpuMeter } from "../../../shared/cpu_meter.ts";
import type { Clock } from "../../../shared/clock.ts";
import { messageOf } from "../../../shared/errors.ts";
import type { Collector, CollectorReport, EventSink } from "../collector.ts";
import { parseCheckpoints } from "./files/checkpoint.ts";
import { followedFiles, Lag } from "./followed_report.ts";
import { AllProblems } from "./finding/all_problems.ts";
import type { Held, Run } from "./collector_run.ts";
import { Locations } from "./formats/locations.ts";
import type { Source } from "./formats/source.ts";
import { Sources } from "./formats/sources.ts";
import { reasonOf } from "./files/file_system.ts";
import type { Look } from "./files/file_place.ts";
import type { FileTail } from "./files/file_tail.ts";
import { type LogcollectorOptions, withDefaults } from "./logcollector_options.ts";
import { FollowedFiles } from "./followed_files.ts";
import { FILES_A_TURN, letOthersRun } from "./lines/fair_share.ts";
import type { WhyNotRead } from "./finding/link_rule.ts";
import { PieceReader } from "./lines/piece_reader.ts";
import { PendingGroup } from "./pending_group.ts";
import type { FollowedFile, Progress } from "../../../shared/protocol/part_status.ts";
import { Pulse } from "../pulse.ts";
import { ScanRequest } from "./finding/scan_request.ts";

/** While files wait for a place, scans take one part in so many of the time. */
const MOST_SCANNING = 20;

/** What a {@linkcode Logcollector} is built with. */
interface LogcollectorDeps {
  sink: EventSink;
  clock: Clock;
  /** What each of `localfiles` asks for beside lines, in their order. @default lines only */
  sources?: readonly (Source | undefined)[];
  /** Why the file at a path, links resolved, must not be read. @default any file may be */
  whyNotRead?: WhyNotRead;
  /** Measures what is done in this process. */
  cpu?: CpuMeter | undefined;
}

/** Follows files. Can be run again after it failed or was stopped: it goes on with what it holds. */
export class Logcollector implements Collector {
  readonly #options: Required<LogcollectorOptions>;
  readonly #sink: EventSink;
  readonly #clock: Clock;
  readonly #cpu: CpuMeter;
  readonly #log = getLogger(["agent", "collectors", "logcollector"]);
  readonly #problems: AllProblems;
  readonly #lag = new Lag();
  readonly #locations: Locations;
  readonly #sources: Sources;
  readonly #pieces: PieceReader;
  readonly #counts = { rotations: 0, truncations: 0 };
  readonly #scanRequest = new ScanRequest();
  readonly #pulse = new Pulse();
  /** Wall clock; `undefined` while it does not run. */
  #nextScanAtMs: number | undefined;
  #held: Held | undefined;

  constructor(options: LogcollectorOptions, deps: LogcollectorDeps) {
    const { sink, clock, whyNotRead, sources = [], cpu = new CpuMeter() } = deps;
    this.#options = withDefaults(options);
    this.#locations = new Locations(this.#options, { sources, clock, whyNotRead });
    this.#sources = new Sources((path) => this.#locations.sourceOf(path));
    this.#pieces = new PieceReader(this.#locations.pieces, clock, this.#sources);
    this.#sink = sink;
    this.#clock = clock;
    this.#cpu = cpu;
    this.#problems = new AllProblems(clock);
  }

  /** Goes on with the open files of `previous`, whose run must have ended. Call it before `run`. */
  takeOver(previous: Collector): void {
    if (!(previous instanceof Logcollector)) return;
    this.#held = previous.#held;
    previous.#held = undefined;
    this.#held?.files.configure(this.#locations.follow);
  }

  /** See {@linkcode Collector.run}. */
  async run(signal: AbortSignal): Promise<void> {
    const sink = this.#sink;
    this.#held ??= this.#open(sink);
    this.#held.group.reconcile(sink.checkpoints());
    const due = {
      active: new Set<FileTail>(),
      nextLookMs: -Infinity,
      nextScanMs: -Infinity,
      nextTurnMs: Infinity,
    };
    try {
      const run = { ...this.#held, sink, signal, buffer: this.#pieces.buffer(), ...due };
      await this.#flush(run);
      await this.#loop(run);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#nextScanAtMs = undefined;
    }
  }

  /** Looks for files now. See {@linkcode Collector.scan}. */
  async scan(signal: AbortSignal): Promise<void> {
    await this.#scanRequest.ask(signal);
  }

  /** See {@linkcode Collector.close}. */
  async close(signal: AbortSignal): Promise<void> {
    if (!this.#held) return;
    const sink = this.#sink;
    using files = this.#held.files;
    const { group } = this.#held;
    this.#held = undefined;
    try {
      group.reconcile(sink.checkpoints());
      const run = { group, sink, signal, buffer: this.#pieces.buffer(), tails: files.tails };
      await group.flush(sink, signal);
      for (const tail of files.tails) this.#lookAt(tail, this.#clock.monotonic());
      files.decide(group, Infinity);
      for (const tail of files.tails) {
        if (tail.moved && !tail.undecided) await this.#pieces.readLast(tail, run, run);
      }
    } catch (error) {
      this.#log.warn("Not everything was read before the end: {reason}", {
        reason: signal.aborted ? "there was no time" : messageOf(error),
      });
    }
    const losses = new PendingGroup();
    files.noteUnread(parseCheckpoints(sink.checkpoints()), losses);
    await losses.flush(sink, new AbortController().signal);
  }

  /** See {@linkcode Collector.progress}. */
  progress(): Progress {
    return this.#pulse.progress();
  }

  /** See {@linkcode Collector.report}. */
  report(): CollectorReport {
    const lastError = this.#problems.latest ?? this.#held?.files.waitingProblem;
    const tails = this.#held?.files.tails ?? [];
    const details = {
      files: tails.length,
      waiting_files: this.#held?.files.waiting ?? 0,
      waiting_bytes: tails.reduce((sum, tail) => sum + tail.unreadBytes, 0),
      longest_lag_ms: Math.round(this.#lag.longest(this.#clock.monotonic())),
      ...this.#pieces.counts,
      ...this.#counts,
      ...(this.#locations.asksForMore && this.#sources.counts),
    };
    const nextScanAtMs = this.#nextScanAtMs;
    return {
      details,
      problems: this.#problems.all,
      ...(lastError !== undefined && { lastError }),
      ...(nextScanAtMs !== undefined && { nextScanAtMs }),
    };
  }

  /** See {@linkcode Collector.files}. */
  files(): FollowedFile[] {
    const tails = this.#held?.files.tails ?? [];
    const closed = this.#held?.files.closed ?? [];
    const about = { closed, problems: this.#problems, lag: this.#lag, rates: this.#pieces.rates };
    return followedFiles(tails, { ...about, nowMs: this.#clock.monotonic() });
  }

  /**
   * Begins with what the sink remembers. A checkpoint that is damaged is dropped: better twice than
   * not at all.
   */
  #open(sink: EventSink): Held {
    const group = new PendingGroup();
    const remembered = parseCheckpoints(sink.checkpoints());
    for (const key of remembered.damaged) {
      this.#log.error("Checkpoint {key} is damaged: its file is read from the beginning", { key });
      group.set({ key, value: null });
    }
    return { files: new FollowedFiles(remembered, this.#locations.follow), group };
  }

  async #loop(run: Run): Promise<void> {
    while (!run.signal.aborted) {
      this.#pulse.beat();
      const nowMs = this.#clock.monotonic();
      this.#lookAndScan(run, nowMs);
      const unpacked = run.files.unpack(run.group, nowMs, run.signal);
      await this.#pulse.during("compressed files", unpacked);
      run.files.noteMissed(run.group);
      this.#tellTruncations(run, nowMs);
      run.active = await this.#cpu.during(() => this.#readRound(run, nowMs));
      if (run.active.size > 0) await nextTurn();
      else if (nowMs >= run.nextTurnMs) this.#scan(run, nowMs);
      else await this.#rest(run);
    }
  }

  #lookAndScan(run: Run, nowMs: number): void {
    this.#cpu.slice(() => this.#lookAndScanNow(run, nowMs));
  }

  #lookAndScanNow(run: Run, nowMs: number): void {
    const scanNeeded = this.#look(run, nowMs);
    if (scanNeeded || this.#scanRequest.isOpen || nowMs >= run.nextScanMs) this.#scan(run, nowMs);
    run.files.decide(run.group, nowMs);
    this.#tellTruncations(run, nowMs);
    this.#lag.observe(run.files.tails, nowMs);
  }

  #tellTruncations({ files, group }: Run, nowMs: number): void {
    this.#counts.truncations += files.tellTruncations(
      group,
      nowMs,
      (tail, past, target) => this.#pieces.rescue(tail, past, target),
    );
  }

  async #rest(run: Run): Promise<void> {
    run.nextLookMs = -Infinity;
    const { readIntervalMs } = this.#options;
    const slept = this.#scanRequest.sleep(this.#clock, readIntervalMs, run.signal);
    await this.#pulse.during("new lines", slept);
  }

  /** Looks at every file when that is due, else at those that are busy. True when a scan is needed. */
  #look(run: Run, nowMs: number): boolean {
    const all = nowMs >= run.nextLookMs;
    if (all) run.nextLookMs = nowMs + this.#options.readIntervalMs;
    let scanNeeded = all && run.files.foldersChanged;
    for (const tail of run.files.tails) {
      scanNeeded ||= tail.changes.isTruncated;
      if (!all && !run.active.has(tail) && !tail.mustLook) continue;
      const { pathChanged, truncated } = this.#lookAt(tail, nowMs);
      scanNeeded ||= pathChanged || truncated || tail.isOver(nowMs);
    }
    return scanNeeded;
  }

  #lookAt(tail: FileTail, nowMs: number): Look {
    try {
      const look = tail.look(nowMs);
      if (look.problem === undefined) this.#problems.looking.mend(tail.path);
      else this.#problems.looking.say(tail.path, reasonOf(look.problem));
      return look;
    } catch (error) {
      this.#problems.looking.say(tail.path, reasonOf(error));
      return { pathChanged: false, truncated: false };
    }
  }

  #scan(run: Run, nowMs: number): void {
    const found = run.files.scan(run.group, nowMs);
    const { problems, unmatched, rotations, failed, waiting } = found;
    this.#problems.matching.replace(unmatched);
    const { readIntervalMs, reloadIntervalMs } = this.#options;
    run.nextScanMs = nowMs + (failed ? readIntervalMs : reloadIntervalMs);
    const tookMs = this.#clock.monotonic() - nowMs;
    const pauseMs = Math.max(readIntervalMs, MOST_SCANNING * tookMs);
    run.nextTurnMs = waiting > 0 ? nowMs + pauseMs : Infinity;
    this.#counts.rotations += rotations;
    this.#problems.finding.replace(problems);
    const paths = new Set(run.files.tails.map(({ path }) => path));
    for (const complaints of [this.#problems.looking, this.#problems.reading]) {
      complaints.keep(paths);
    }
    this.#nextScanAtMs = this.#clock.now() + run.nextScanMs - nowMs;
    this.#scanRequest.close();
  }

  /**
   * Reads one block of each file that has something, and gives those. A file waits while an older
   * one of the same log is not drained.
   */
  async #readRound(run: Run, nowMs: number): Promise<Set<FileTail>> {
    const active = new Set<FileTail>();
    const waiting = new Set<string>();
    for (const [index, tail] of run.files.tails.entries()) {
      if (index % FILES_A_TURN === FILES_A_TURN - 1) await this.#cpu.pause(nextTurn());
      if (waiting.has(tail.log)) continue;
      const readable = tail.undecided || this.#read(tail, run, { nowMs, active });
      const isDone = !tail.undecided && (tail.drained || this.#pieces.carries(tail));
      if (readable && !isDone) waiting.add(tail.log);
      if (run.group.bytes >= this.#options.blockBytes) await this.#cpu.pause(this.#flush(run));
    }
    await this.#cpu.pause(this.#flush(run));
    return active;
  }

  async #flush(run: Run): Promise<void> {
    const { bytes } = run.group;
    await this.#keepLooking(run, run.group.flush(run.sink, run.signal));
    this.#lag.noteStored(run.files.tails);
    await letOthersRun(bytes);
  }

  /**
   * Looks for files while the queue pushes back: a handle that is open keeps what a rotation
   * deletes.
   */
  async #keepLooking(run: Run, flushed: Promise<void>): Promise<void> {
    const ended = new AbortController();
    const ends = flushed.finally(() => ended.abort());
    ends.catch(() => {});
    using either = new AnySignal(run.signal, ended.signal);
    const { signal } = either;
    while (!signal.aborted) {
      const tick = this.#clock.sleep(this.#options.readIntervalMs, signal).catch(() => {});
      await Promise.race([ends, tick]);
      if (!signal.aborted) this.#lookAndScan(run, this.#clock.monotonic());
    }
    await ends;
  }

  /** Reads a block of a file into the group. False when the file cannot be read. */
  #read(
    tail: FileTail,
    run: Run,
    { nowMs, active }: { nowMs: number; active: Set<FileTail> },
  ): boolean {
    try {
      const target = { group: run.group, buffer: run.buffer, tails: run.files.tails };
      this.#pieces.read(tail, target, { nowMs, onRead: () => active.add(tail) });
      this.#problems.reading.mend(tail.path);
      return true;
    } catch (error) {
      this.#problems.reading.say(tail.path, reasonOf(error));
      return false;
    }
  }
}
