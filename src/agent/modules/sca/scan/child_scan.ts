/**
 * Has children of the same program look at policies. A pattern that never ends ends with its child: its check is "Not run", and another child
 * goes on with the others.
 *
 * @module
 */

import type { Clock } from "../../../../shared/clock.ts";
import { TimeLimit } from "../../../../shared/time_limit.ts";
import { endWithin, firstWords, killChild, spawnGentle } from "../../../process/gentle_child.ts";
import { killMarked } from "../../../process/marked_processes.ts";
import { killGroup } from "../../../process/process_group.ts";
import { Silence } from "../../../process/silence.ts";
import type { ChildKeeper, ChildUse } from "../../module.ts";
import { ChildWork } from "./child_work.ts";
import { messagesIn } from "./message_lines.ts";
import { SCAN_COMMAND } from "./scan_command.ts";
import type { PolicyMessage, ScanJob, ScanMessage } from "./scan_job.ts";
import { type ChildFailure, ScanProgress } from "./scan_progress.ts";

/** A pattern may take so long, in milliseconds, and half of that in processor time: on a busy machine it waits for long. */
const PATTERN_MS = 10_000;
/** So long a child may take to end once it was told to, in milliseconds. */
const END_MS = 1_000;

/** What scans need of the agent. */
interface ChildDeps {
  clock: Clock;
  /** Keeps children within bounds. @default nobody does */
  children?: ChildKeeper | undefined;
  signal: AbortSignal;
  /** All of it may take so long, in milliseconds. */
  timeoutMs: number;
  /** Starts a child. @default this program, gently */
  spawn?: () => Deno.ChildProcess;
}

/**
 * Looks at policies.
 *
 * @throws {Error} that says why nothing can be looked at; the signal's reason when aborted
 */
export async function* scanInChildren(
  job: ScanJob,
  deps: ChildDeps,
): AsyncGenerator<PolicyMessage> {
  const { clock, signal, timeoutMs } = deps;
  const progress = new ScanProgress(job);
  using limit = new TimeLimit(timeoutMs, { clock, signal });
  signal.throwIfAborted();
  while (!progress.isOver) {
    const child = new ChildRun(progress.job(), { ...deps, signal: limit.signal });
    for await (const message of child.messages()) {
      progress.note(message);
      if (isOfPolicy(message)) yield message;
    }
    signal.throwIfAborted();
    if (limit.isUp) {
      return yield* progress.giveUp(`the scan took longer than ${timeoutMs / 1_000} s`);
    }
    if (child.failure !== undefined) yield* progress.endOf(child.failure);
  }
}

function isOfPolicy(message: ScanMessage): message is PolicyMessage {
  return message.kind === "read" || message.kind === "requirements" || message.kind === "result";
}

/** One child, from its start to its end. */
class ChildRun {
  readonly #job: ScanJob;
  readonly #deps: ChildDeps;
  readonly #groups = new Set<number>();
  readonly #mark = crypto.randomUUID();
  #failure: ChildFailure | undefined;
  /** Whether a command was run. */
  #hasRun = false;

  constructor(job: ScanJob, deps: ChildDeps) {
    this.#job = { ...job, mark: this.#mark };
    this.#deps = deps;
  }

  /** Why it did not come to its end; known once its messages have ended. */
  get failure(): ChildFailure | undefined {
    return this.#failure;
  }

  /** What it says, until its end or until the signal is aborted. */
  async *messages(): AsyncGenerator<ScanMessage> {
    const {
      clock,
      children,
      signal,
      spawn = () => spawnGentle([SCAN_COMMAND]),
    } = this.#deps;
    const child = spawn();
    const errors = firstWords(child.stderr);
    const input = child.stdin.getWriter();
    const work = new ChildWork(child.pid);
    const silence = new Silence({
      clock,
      limitMs: PATTERN_MS,
      onTooLong: () => killChild(child),
      isResting: () => work.isResting(PATTERN_MS / 2),
    });
    const stop = () => killChild(child);
    signal.addEventListener("abort", stop, { once: true });
    const unwatched = new AbortController();
    const used = children?.watch(child.pid, unwatched.signal);
    let hasEnded = false;
    try {
      // A child that has ended already does not read; how it ended is told below.
      await input.write(new TextEncoder().encode(`${JSON.stringify(this.#job)}\n`)).catch(() => {});
      for await (const message of messagesIn(silence.listen(child.stdout))) {
        this.#noteGroup(message);
        if (message.kind === "alive") work.heard();
        if (message.kind === "failed") throw new Error(message.reason);
        if (message.kind === "end") hasEnded = true;
        yield message;
      }
      if (!hasEnded && !signal.aborted) {
        this.#failure = await whyEnded(child, { errors, silence, used });
      }
    } finally {
      unwatched.abort("over");
      await used;
      signal.removeEventListener("abort", stop);
      await input.close().catch(() => {});
      await endWithin(child, { clock, limitMs: END_MS });
      // What a child that was killed had started has nobody to end it.
      for (const group of this.#groups) killGroup(group);
      if (this.#hasRun) killMarked(this.#mark);
      await errors;
    }
  }

  #noteGroup(message: ScanMessage): void {
    if (message.kind !== "group") return;
    this.#hasRun = true;
    if (message.event === "started") this.#groups.add(message.group);
    else this.#groups.delete(message.group);
  }
}

async function whyEnded(
  child: Deno.ChildProcess,
  { errors, silence, used }: {
    errors: Promise<string>;
    silence: Silence;
    used: Promise<ChildUse> | undefined;
  },
): Promise<ChildFailure> {
  const { code, signal } = await child.status;
  if (silence.isTooLong) {
    return { reason: `a pattern took longer than ${PATTERN_MS / 1_000} s`, isPattern: true };
  }
  const killedFor = (await used)?.killedFor;
  if (killedFor !== undefined) {
    return { reason: `the scan was killed: ${killedFor}`, isPattern: false };
  }
  const how = signal === null ? `with status ${code}` : `by ${signal}`;
  const words = (await errors).trim().split("\n").at(-1) ?? "";
  return { reason: `the scan ended ${how}${words === "" ? "" : `: ${words}`}`, isPattern: false };
}
