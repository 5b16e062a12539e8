/**
 * The trial of a new version: the old one, which has made room, starts it and watches it.
 *
 * The new version passes once it has shown for a while that it works as well as the old one did. When it does not within its time, or
 * ends, it is stopped, and the old one goes on.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import { messageOf } from "../../shared/errors.ts";
import { LastLines } from "./last_lines.ts";
import {
  type Baseline,
  type ComparedStatus,
  mayBeOfServer,
  type Missing,
  missingOf,
  type TrialFault,
} from "./trial_verdict.ts";

/** A process on trial. */
export interface TrialProcess {
  readonly pid: number;
  /** Resolves when it has ended. */
  readonly status: Promise<{ code: number; signal: string | null }>;
  /** Reads its log to the end, piece by piece. */
  readLog(onText: (text: string) => void): Promise<void>;
  /** Throws when it has ended. */
  kill(signal: "SIGTERM" | "SIGKILL"): void;
}

/** What a trial works with. */
interface TrialDeps {
  version: string;
  baseline: Baseline;
  /** Throws when the program cannot be started. */
  start(): TrialProcess;
  /** Asks the local API; `undefined` when it does not answer. */
  ask(): Promise<ComparedStatus | undefined>;
  /** Hands the process an event to deliver, once, and tells whether the server has acknowledged it. */
  delivers(): Promise<boolean>;
  /** Whether the version that watches can log in now. */
  serverAnswers(signal: AbortSignal): Promise<boolean>;
  /** Told at each look, about once a second or more often. */
  onLook(): void;
  onLog(text: string): void;
  /** Of the trial, in milliseconds. */
  limitMs: number;
  /** How long a process may take to stop, in milliseconds. */
  stopMs: number;
  clock: Clock;
  /** Aborted when the agent shall stop. */
  signal: AbortSignal;
}

/** How a trial ended. */
export type TrialEnd =
  | { kind: "passed"; process: TrialProcess; took_ms: number }
  | { kind: "failed"; fault: TrialFault; message: string; log: string[] }
  | { kind: "stopped" };

const LOOK_INTERVAL_MS = 200;
/** It has to be well for this share of its time without a break. */
const STEADY_SHARE = 1 / 12;

/** Starts a version and watches it until its end is known. A version that did not pass has ended by then. */
export async function tryVersion(deps: TrialDeps): Promise<TrialEnd> {
  let process: TrialProcess;
  try {
    process = deps.start();
  } catch (error) {
    const message = `it cannot be started: ${messageOf(error)}`;
    return { kind: "failed", fault: "does_not_start", message, log: [] };
  }
  return await new Trial(deps, process).run();
}

class Trial {
  readonly #deps: TrialDeps;
  readonly #process: TrialProcess;
  readonly #log = new LastLines();
  readonly #reading: Promise<void>;
  readonly #startedMs: number;
  #ended: { code: number; signal: string | null } | undefined;
  #acknowledged = false;

  constructor(deps: TrialDeps, process: TrialProcess) {
    this.#deps = deps;
    this.#process = process;
    this.#startedMs = deps.clock.monotonic();
    this.#reading = process.readLog((text) => {
      this.#log.add(text);
      deps.onLog(text);
    }).catch(() => {});
    process.status.then((status) => this.#ended = status);
  }

  async run(): Promise<TrialEnd> {
    const { clock, limitMs, signal } = this.#deps;
    let wellSinceMs: number | undefined;
    let missing: Missing | undefined;
    while (!signal.aborted) {
      missing = await this.#look();
      const nowMs = clock.monotonic();
      if (this.#ended !== undefined) return await this.#died(this.#ended);
      if (missing !== undefined) wellSinceMs = undefined;
      else wellSinceMs ??= nowMs;
      if (wellSinceMs !== undefined && nowMs - wellSinceMs >= limitMs * STEADY_SHARE) {
        return this.#passed();
      }
      if (nowMs - this.#startedMs >= limitMs) return await this.#timeIsUp(missing);
      await clock.sleep(LOOK_INTERVAL_MS, signal).catch(() => {});
    }
    await this.#stop();
    return { kind: "stopped" };
  }

  async #look(): Promise<Missing | undefined> {
    const { version, baseline, ask, delivers, onLook } = this.#deps;
    onLook();
    const { pid } = this.#process;
    const status = await ask();
    if (status?.pid === pid && baseline.hadToken && !this.#acknowledged) {
      this.#acknowledged = await delivers();
    }
    return missingOf(baseline, { version, pid, status, acknowledged: this.#acknowledged });
  }

  #passed(): TrialEnd {
    const took = this.#deps.clock.monotonic() - this.#startedMs;
    return { kind: "passed", process: this.#process, took_ms: Math.round(took) };
  }

  async #timeIsUp(missing: Missing | undefined): Promise<TrialEnd> {
    const { signal, limitMs, serverAnswers } = this.#deps;
    const isServers = missing === undefined || mayBeOfServer(missing.fault) &&
        !await serverAnswers(signal).catch(() => false);
    if (isServers && this.#ended === undefined && !signal.aborted) return this.#passed();
    const { fault, message } = missing ??
      { fault: "died" as const, message: "it ended at the end of its trial" };
    await this.#stop();
    return this.#failed(fault, `${message}, after ${limitMs / 1_000} s`);
  }

  async #died({ code, signal }: { code: number; signal: string | null }): Promise<TrialEnd> {
    // A program that it started may hold its log open.
    await Promise.race([this.#reading, this.#deps.clock.sleep(1_000)]);
    return this.#failed("died", `it ended by itself, ${signal ?? `with status ${code}`}`);
  }

  #failed(fault: TrialFault, message: string): TrialEnd {
    return { kind: "failed", fault, message, log: this.#log.lines };
  }

  async #stop(): Promise<void> {
    await stopProcess(this.#process, this.#deps);
  }
}

/** Stops a process: kindly first. */
export async function stopProcess(
  process: TrialProcess,
  { stopMs, clock }: Pick<TrialDeps, "stopMs" | "clock">,
): Promise<void> {
  const over = new AbortController();
  kill(process, "SIGTERM");
  const ended = process.status.then(() => over.abort());
  await clock.sleep(stopMs, over.signal).catch(() => {});
  if (!over.signal.aborted) kill(process, "SIGKILL");
  await ended;
}

function kill(process: TrialProcess, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(signal);
  } catch {
    // It has ended.
  }
}
