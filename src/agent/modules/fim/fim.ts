/**
 * The collector of files: scans at its times, and sees changes as they happen. See docs/fim.md.
 *
 * @module
 */

import type { Progress } from "../../../shared/protocol/part_status.ts";
import type { LibcLibrary } from "../../platform/libc/library.ts";
import { SystemFiles } from "../../platform/system_files.ts";
import type { Collector, CollectorReport } from "../collector.ts";
import type { ModuleContext } from "../module.ts";
import { Pulse } from "../pulse.ts";
import type { StateKeeper } from "../states.ts";
import { COLLECTOR } from "./commit/changes.ts";
import { FullScans } from "./full_scans.ts";
import { configuredText, look } from "./looking.ts";
import type { FimOptions } from "./options.ts";
import { AccountNames } from "./record/account_names.ts";
import { PartScans } from "./part_scans.ts";
import { Problems } from "../problems.ts";
import { ChangeLoop } from "./realtime/change_loop.ts";
import type { ChangeListener, Gap, Hint } from "./realtime/change_source.ts";
import { Gaps } from "./realtime/gaps.ts";
import { OtherNames } from "./realtime/other_names.ts";
import { Who } from "./realtime/who.ts";
import { isWithin } from "./rules/paths.ts";
import { runTogether } from "./run_together.ts";
import type { Difference } from "./scan/comparison.ts";
import { jobOf } from "./scan/scan_job.ts";
import { type RunJob, Scanner, type ScanResult } from "./scan/scanner.ts";
import type { ReadPage } from "./scan/stored_rows.ts";
import { ScanTotals } from "./scan_totals.ts";
import { News } from "./tell/news.ts";
import type { View } from "./view.ts";
import { Watching } from "./watching.ts";

/** What the collector is built with. */
interface FimDeps {
  context: ModuleContext & { states: StateKeeper };
  library: LibcLibrary;
  /** Runs scans, in a child or here. */
  runJob: RunJob;
}

/** Watches files. */
export class Fim implements Collector, ChangeListener {
  readonly #options: FimOptions;
  readonly #deps: FimDeps;
  readonly #configured: string;
  readonly #files: SystemFiles;
  readonly #gaps: Gaps;
  readonly #problems: Problems;
  readonly #totals = new ScanTotals();
  readonly #pulse = new Pulse();
  readonly #scanner: Scanner;
  readonly #loop: ChangeLoop;
  readonly #otherNames: OtherNames;
  readonly #parts: PartScans;
  readonly #full: FullScans;
  #watching: Watching;
  #view: View | undefined;
  /** How many files are known, about. */
  #known = 0;

  constructor(options: FimOptions, deps: FimDeps) {
    const { context: { clock, states, sink, log }, library, runJob } = deps;
    this.#options = options;
    this.#deps = deps;
    this.#configured = configuredText(options);
    this.#files = new SystemFiles(library);
    this.#gaps = new Gaps(clock);
    this.#problems = new Problems(() => clock.now());
    this.#scanner = new Scanner({ states, clock, run: runJob });
    const readPage: ReadPage = ({ from, until = END }, limit) =>
      states.range(COLLECTOR, { from, until }, limit).flatMap(({ key, data }) =>
        typeof data === "string" ? [] : [{ key, data }]
      );
    this.#otherNames = new OtherNames({
      clock,
      readPage,
      onFound: (path) => this.changed({ path }),
    });
    this.#loop = new ChangeLoop({
      states,
      clock,
      readPage,
      view: () => this.#requireView(),
      examineOptions: jobOf(options, { schema: states.schema }),
      room: {
        left: () => options.max_files - this.#known,
        take: (growth) => this.#known += growth,
      },
      onFound: (differences) => this.#noteFound(differences),
      leave: (paths) => this.#parts.want(paths),
    });
    this.#parts = new PartScans({
      clock,
      gaps: this.#gaps,
      problems: this.#problems,
      scan: (paths, signal) => this.#scanPart(paths, signal),
    });
    this.#full = new FullScans({
      options,
      configured: this.#configured,
      clock,
      log,
      sink,
      states,
      scanner: this.#scanner,
      problems: this.#problems,
      totals: this.#totals,
      fleetShare: deps.context.fleetShare ?? 0,
      renewView: (signal) => this.#renewView(signal),
      job: ({ rules }) => ({
        ...jobOf(options, { schema: states.schema }),
        rules: rules.options,
      }),
      onBaseline: () => this.#renewNews(),
      onProgress: () => this.#pulse.beat(),
    });
    this.#watching = new Watching({
      library,
      mode: options.realtime,
      who: options.who ? this.#createWho() : undefined,
    }, this);
  }

  /** See {@linkcode Collector.run}. */
  async run(signal: AbortSignal): Promise<void> {
    const { states } = this.#deps.context;
    this.#pulse.beat();
    await this.#full.begin(signal);
    this.#known = states.count(COLLECTOR);
    // Watched before it is read: nothing falls between.
    const view = await this.#renewView(signal);
    await this.#dropUncovered(view, signal);
    await this.#pulse.during(
      "changes and the next scan",
      runTogether(signal, [
        (stop) => this.#watching.run(stop),
        (stop) => this.#loop.run(stop),
        (stop) => this.#otherNames.run(stop),
        (stop) => this.#parts.run(stop),
        (stop) => this.#full.run(stop),
      ]),
    );
  }

  /** See {@linkcode Collector.takeOver}: what is watched already goes on being watched. */
  takeOver(previous: Collector): void {
    if (!(previous instanceof Fim)) return;
    if (previous.#watching.serves(this.#watching)) {
      [this.#watching, previous.#watching] = [previous.#watching, this.#watching];
      this.#watching.listener = this;
    } else previous.#watching[Symbol.dispose]();
    this.#loop.takeOver(previous.#loop);
    this.#full.takeOver(previous.#full);
  }

  /** See {@linkcode Collector.scan}. */
  async scan(signal: AbortSignal): Promise<void> {
    const { reason } = await this.#full.scan(signal);
    if (reason !== undefined) throw new Error(`Not all files could be looked at: ${reason}`);
  }

  /** See {@linkcode Collector.close}. */
  close(): Promise<void> {
    this.#watching[Symbol.dispose]();
    return Promise.resolve();
  }

  /** See {@linkcode Collector.progress}. */
  progress(): Progress {
    return this.#pulse.progress();
  }

  /** See {@linkcode Collector.report}. */
  report(): CollectorReport {
    const { source } = this.#watching;
    const { examined, committed } = this.#loop.counts;
    const { nextAtMs, itemsSoFar } = this.#full;
    return {
      details: {
        files: this.#known,
        ...(itemsSoFar !== undefined && { scanning_items: itemsSoFar }),
        ...this.#totals.details(),
        part_scans: this.#parts.count,
        ...(source && { [`watches_${source.kind}`]: source.watches }),
        paths_waiting: this.#loop.waiting,
        paths_examined: examined,
        changes: committed,
        gaps: this.#gaps.count,
      },
      problems: [...this.#problems.list(), ...this.#gaps.problems()],
      ...(nextAtMs !== undefined && { nextScanAtMs: nextAtMs }),
    };
  }

  /** See {@linkcode ChangeListener}. */
  changed(hint: Hint): void {
    if (this.#loop.add(hint)) return;
    this.missed({
      paths: this.#watchedFolders(),
      cause: "more changed at once than can be looked at one by one",
      hint: "leave out what changes all the time: fim.exclude",
    });
  }

  /** See {@linkcode ChangeListener}. */
  missed(gap: Gap): void {
    this.#gaps.add(gap);
    this.#parts.wake();
    this.#deps.context.log.warn("Changes of files were missed: {cause}", { cause: gap.cause });
  }

  /** Looks at the machine anew, and watches what is to be watched now. */
  async #renewView(signal: AbortSignal): Promise<View> {
    const { context: { places }, library } = this.#deps;
    const never = places === undefined ? [] : [places.dataFolder];
    const { view, troubles } = look(
      { options: this.#options, library, files: this.#files, never },
      this.#full.baseline,
    );
    for (const [kind, all] of Object.entries(troubles)) this.#problems.set(kind, all);
    this.#view = view;
    const { isNew, reason } = await this.#watching.watch(view, signal);
    if (isNew) this.#noteWatching(reason);
    return view;
  }

  #noteFound(differences: readonly Difference[]): void {
    this.#otherNames.note(differences);
    const isThere = (folder: string) =>
      differences.some(({ kind, path }) => kind === "put" && isWithin(path, folder));
    this.#problems.mend("absent", isThere);
  }

  #noteWatching(reason: string | undefined): void {
    this.#gaps.forgetLasting();
    const mode = this.#options.realtime;
    this.#problems.set(
      "realtime",
      reason === undefined ? [] : [{
        code: "no_realtime",
        subject: mode,
        message: `changes are not seen by ${mode}: ${reason}`,
        hint: mode === "inotify"
          ? "allow more of them: sysctl fs.inotify.max_user_instances=512"
          : "give the agent what fanotify needs (docs/fim.md), or set fim.realtime to auto",
      }],
    );
  }

  #renewNews(): void {
    const view = this.#requireView();
    const now = { configured: this.#configured, rules: view.rules };
    this.#view = { ...view, news: new News(this.#full.baseline, now) };
    this.#known = this.#deps.context.states.count(COLLECTOR);
  }

  /** What is not watched any more is dropped here and at the server; nobody is told that it has gone. */
  async #dropUncovered({ rules }: View, signal: AbortSignal): Promise<void> {
    const { baseline } = this.#full;
    if (baseline === undefined || baseline.configured === this.#configured) return;
    const { states, log } = this.#deps.context;
    const dropped = await states.drop(COLLECTOR, { signal, keeps: (key) => rules.covers(key) });
    if (dropped > 0) log.info("{dropped} files are not watched any more", { dropped });
  }

  async #scanPart(paths: readonly string[], signal: AbortSignal): Promise<ScanResult> {
    const { states } = this.#deps.context;
    const { rules, news } = this.#requireView();
    const job = {
      ...jobOf(this.#options, { schema: states.schema }),
      rules: rules.options,
      scope: { deep: paths },
    };
    const onProgress = () => this.#pulse.beat();
    const result = await this.#scanner.scanPart(job, { rules, news, onProgress, signal });
    this.#known += result.growth;
    return result;
  }

  #requireView(): View {
    if (this.#view === undefined) throw new Error("Nothing was looked at yet");
    return this.#view;
  }

  #watchedFolders(): string[] {
    return this.#requireView().rules.options.directories.map(({ path }) => path);
  }

  #createWho(): Who {
    const { clock } = this.#deps.context;
    return new Who({
      files: this.#files,
      names: () => AccountNames.read(),
      monotonic: () => clock.monotonic(),
    });
  }
}

/** Behind every key. */
const END = "\u{10ffff}";
