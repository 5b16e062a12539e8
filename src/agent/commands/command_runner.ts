/**
 * Runs commands: one at a time per executor, several executors side by side, in order of receipt within one executor. Those that
 * touch the agent's configuration share one lane, and a restart waits for everything that came before it.
 *
 * On a stop no command is begun any more and those that run are aborted. One that ends within the grace time gets its
 * result before {@linkcode CommandRunner.run} resolves: failure "agent stopped during execution", or success if it had succeeded.
 * One that does not end, and one whose aim is a restart, stays `running` in the journal: the next start gives the result.
 *
 * A step that cannot be written (a full disk) is tried again until it is: a command is never begun before the journal says so,
 * and a result is never forgotten while the process lives.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { aborted } from "../../shared/any_signal.ts";
import type { Clock } from "../../shared/clock.ts";
import { messageOf } from "../../shared/errors.ts";
import { execute } from "./execution.ts";
import { askPermit, type AskStart, type StartPermit } from "./start_permit.ts";
import { ExecutorRegistry } from "./executor_registry.ts";
import type { Journal } from "./journal.ts";
import type { WaitingCommand } from "./journal_outcomes.ts";
import { WrongStateError } from "./journal_store.ts";
import type { Command, Executor } from "./types.ts";
import type { CommandResult } from "../../shared/protocol/commands.ts";
import type { CommandCounts } from "../../shared/protocol/part_status.ts";

/** What a {@linkcode CommandRunner} is built with. */
interface CommandRunnerDeps {
  journal: Pick<
    Journal,
    "receive" | "start" | "expire" | "finish" | "noteData" | "report" | "recover" | "tidy"
  >;
  executors: readonly Executor[];
  clock: Clock;
  /** Asks the sender of a command whether it may begin. @default it always may */
  askStart?: AskStart;
  /** How long an executor may take to end once it was aborted, in milliseconds. @default 5000 */
  graceMs?: number;
}

/** The commands of one executor. */
interface Lane {
  waiting: WaitingCommand[];
  working: Promise<void> | undefined;
  /** Work that did not end when it was aborted; the next command of the lane waits for it. */
  leftBehind: Promise<void> | undefined;
}

const RETRY_MS = 5_000;
const TIDY_INTERVAL_MS = 60 * 60 * 1000;
/** Timers of the platform reach no further than three weeks; what may wait for longer is looked at when its turn comes. */
const LONGEST_WAIT_MS = 20 * 86_400_000;
/** Commands that touch the same thing, the agent's configuration, run one after the other whatever their action. */
const LANES: ReadonlyMap<string, string> = new Map(
  ["set-group", "fetch-config", "restart", "update"].map((action) => [action, "configuration"]),
);
/** The lane of commands that nothing can run. */
const UNKNOWN = "";

/** Runs commands until it is stopped; see the module's comment. */
export class CommandRunner {
  readonly #deps: Required<CommandRunnerDeps>;
  readonly #executors: ExecutorRegistry;
  readonly #log = getLogger(["agent", "commands"]);
  readonly #lanes = new Map<string, Lane>();
  /** When the time to begin is over, of each command that waits, by the monotonic clock. */
  readonly #deadlinesMs = new WeakMap<WaitingCommand, number>();
  readonly #recovered = Promise.withResolvers<void>();
  readonly #stop = new AbortController();
  /** Commands came again since something new came. */
  #repeats = false;
  readonly #counts: CommandCounts = { received: 0, running: 0, succeeded: 0, failed: 0 };

  constructor(deps: CommandRunnerDeps) {
    const askStart: AskStart = () => Promise.resolve({ kind: "unsupported" });
    this.#deps = { graceMs: 5_000, askStart, ...deps };
    this.#executors = new ExecutorRegistry(deps.executors);
  }

  /**
   * Takes in what the server sent; resolves when it is in the journal, or when the runner stops first. Waits for
   * {@linkcode CommandRunner.run} to have recovered what the process before left. Resolves with how many of them are new.
   */
  async accept(members: readonly unknown[]): Promise<number> {
    await this.#recovered.promise;
    const receipt = await this.#persist("take in", () => this.#deps.journal.receive(members));
    if (receipt === undefined) return 0;
    const { accepted, repeated, malformed, refused, denied, left } = receipt;
    for (const { document_id: id, problem } of malformed) {
      this.#log.warn("{problem}", { id, problem });
      if (id !== undefined) this.#counts.failed++;
    }
    for (const { document_id: id, action } of refused) {
      this.#log.warn("Command {action} refused: too many wait", { id, action });
      this.#counts.failed++;
    }
    for (const { document_id: id, action, problem } of denied) {
      this.#log.warn("Command {action} refused: {problem}", { id, action, problem });
      this.#counts.failed++;
    }
    if (left > 0) {
      this.#log.warn("{left} commands are neither kept nor answered: too many answers wait", {
        left,
      });
    }
    if (accepted.length > 0) this.#repeats = false;
    if (repeated > 0) this.#tellRepeated(repeated);
    for (const { document_id: id, action } of accepted) {
      this.#log.info("Command {action} received", { id, action });
    }
    // Last, when all has been told: the log then reads in the order in which things happened.
    this.#enqueue(accepted);
    return accepted.length;
  }

  /** A server that brings the same again and again is told once, until it brings something new. */
  #tellRepeated(repeated: number): void {
    const level = this.#repeats ? "debug" : "info";
    this.#repeats = true;
    this.#log[level]("{repeated} commands came again; none is run again", { repeated });
  }

  /** Recovers what the process before left, then works until the signal is aborted. To be called once. */
  async run(signal: AbortSignal): Promise<void> {
    const onAbort = () => this.#stop.abort(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      await this.#recover();
      this.#recovered.resolve();
      await this.#keepTidy();
      await Promise.all([...this.#lanes.values()].map(({ working }) => working));
    } finally {
      this.#recovered.resolve();
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** How the commands stand now. */
  status(): CommandCounts {
    return { ...this.#counts };
  }

  async #recover(): Promise<void> {
    const { journal } = this.#deps;
    const [restarts, resumed] = [this.#executors.restarts(), this.#executors.resumed()];
    const recovery = await this.#persist("recover", () => journal.recover(restarts, resumed));
    if (recovery === undefined) return;
    for (const { result, ...command } of recovery.interrupted) this.#tell(command, result);
    for (const command of recovery.resumed) this.#resume(command);
    this.#enqueue(recovery.waiting);
  }

  /** In its lane: what comes after it of the same kind waits until it is known how it ended. */
  #resume(command: Pick<Command, "document_id" | "action">): void {
    const { document_id, action } = command;
    const lane = this.#laneOf(action);
    this.#counts.running++;
    const before = lane.working;
    lane.working = (async () => {
      await before;
      const result = await this.#executors.get(action)?.resume?.(document_id, this.#stop.signal)
        .catch(() => undefined);
      this.#counts.running--;
      // The agent stops first: the next start asks again.
      if (result !== undefined) await this.#end(command, result);
      await this.#work(lane);
    })();
  }

  async #end(
    command: Pick<Command, "document_id" | "action">,
    result: CommandResult,
  ): Promise<void> {
    const { journal } = this.#deps;
    const { document_id: id } = command;
    await this.#persist("finish", () => journal.finish(id, result).then(() => true)) &&
      await this.#persist("report", () => journal.report(id).then(() => true));
    this.#tell(command, result);
  }

  async #keepTidy(): Promise<void> {
    const { journal, clock } = this.#deps;
    const stop = this.#stop.signal;
    while (!stop.aborted) {
      const removed = await this.#persist("tidy", () => journal.tidy());
      // Bounded steps: between them the commands' own transactions have their turn.
      if (removed === 0) await clock.sleep(TIDY_INTERVAL_MS, stop).catch(() => {});
    }
  }

  #enqueue(commands: readonly WaitingCommand[]): void {
    this.#counts.received += commands.length;
    for (const command of commands) {
      const lane = this.#laneOf(command.action);
      lane.waiting.push(command);
      this.#deadlinesMs.set(command, this.#deps.clock.monotonic() + command.startWithinMs);
      this.#expire(command, lane).catch(() => {});
      lane.working ??= this.#work(lane);
    }
  }

  #laneOf(action: string): Lane {
    // A server may invent as many actions as it likes: those share one lane.
    const name = this.#executors.get(action) === undefined ? UNKNOWN : LANES.get(action) ?? action;
    const lane = this.#lanes.get(name) ??
      { waiting: [], working: undefined, leftBehind: undefined };
    this.#lanes.set(name, lane);
    return lane;
  }

  async #work(lane: Lane): Promise<void> {
    try {
      while (!this.#stop.signal.aborted) {
        const next = lane.waiting.shift();
        if (next === undefined) return;
        // Also what was received before it: a restart would have it fail as interrupted.
        if (this.#executors.get(next.action)?.resultAfterRestart) await this.#othersIdle(lane);
        if (this.#stop.signal.aborted) return;
        const command = await this.#begin(next);
        if (command !== undefined) await this.#runOne(command, lane);
      }
    } finally {
      // At once, not a turn later: what comes in between would wait for a worker that has gone.
      lane.working = undefined;
    }
  }

  /** What is to be run now; `undefined` when it is not to be begun any more, or nothing can be written. */
  async #begin(waiting: WaitingCommand): Promise<Command | undefined> {
    const permit = await this.#permit(waiting);
    if (permit === undefined) return undefined;
    if (permit.kind !== "granted") return void await this.#giveUp(waiting);
    this.#counts.received--;
    const { document_id } = waiting;
    const start = await this.#persist("start", () => this.#deps.journal.start(document_id));
    if (start?.kind === "begun") {
      const { command } = start;
      return { ...command, timeout_ms: Math.min(command.timeout_ms, permit.withinMs) };
    }
    if (start !== undefined) this.#tell(waiting, start.result);
    return undefined;
  }

  /** `undefined` when the agent stops first: the command waits for the next start. */
  async #permit(waiting: WaitingCommand): Promise<StartPermit | undefined> {
    const { askStart: ask, clock } = this.#deps;
    const deadlineMs = this.#deadlinesMs.get(waiting) ?? Infinity;
    try {
      return await askPermit(waiting, { ask, clock, deadlineMs, signal: this.#stop.signal });
    } catch {
      return undefined;
    }
  }

  /** Takes a command out of its lane once its time to begin is over: its sender is told then, not when its turn comes. */
  async #expire(command: WaitingCommand, lane: Lane): Promise<void> {
    if (command.startWithinMs > LONGEST_WAIT_MS) return;
    await this.#deps.clock.sleep(command.startWithinMs, this.#stop.signal);
    const place = lane.waiting.indexOf(command);
    // Its turn had come: starting it looks at the time once more.
    if (place < 0) return;
    lane.waiting.splice(place, 1);
    await this.#giveUp(command);
  }

  async #giveUp(command: WaitingCommand): Promise<void> {
    const { document_id } = command;
    const result = await this.#persist("answer", () => this.#deps.journal.expire(document_id));
    if (result === undefined) return;
    this.#counts.received--;
    this.#tell(command, result);
  }

  /** Waits for what runs or waits in the other lanes: a restart would cut it off. */
  async #othersIdle(lane: Lane): Promise<void> {
    const others = [...this.#lanes.values()].filter((other) => other !== lane);
    const idle = Promise.all(others.map(({ working }) => working));
    await Promise.race([idle, aborted(this.#stop.signal)]);
  }

  async #runOne(command: Command, lane: Lane): Promise<void> {
    const { document_id: id, action } = command;
    this.#log.info("Command {action} started", { id, action });
    this.#counts.running++;
    const result = await this.#execute(command, lane);
    this.#counts.running--;
    if (result !== undefined) await this.#end(command, result);
  }

  /** Its result; `undefined` when the next start gives it. */
  async #execute(command: Command, lane: Lane): Promise<CommandResult | undefined> {
    const { clock, graceMs } = this.#deps;
    const { document_id, action } = command;
    const before = lane.leftBehind;
    const { result, stopped, leftBehind } = await execute(async (signal) => {
      // Something of the same kind did not end in time; two at once would be in each other's way.
      if (before) await Promise.race([before, aborted(signal)]);
      signal.throwIfAborted();
      return await this.#executors.execute(command, {
        document_id,
        signal,
        noteData: (data) => this.#deps.journal.noteData(document_id, data),
        othersIdle: () => this.#othersIdle(lane),
      });
    }, { timeoutMs: command.timeout_ms, graceMs, clock, stop: this.#stop.signal });
    if (leftBehind) {
      this.#log.error("Command {action} does not end; the next of its kind waits for it", {
        id: document_id,
        action,
      });
      lane.leftBehind = leftBehind;
    }
    // Whether it succeeds, only the start after the stop can tell.
    const later = leftBehind !== undefined || this.#executors.get(action)?.resultAfterRestart;
    return stopped && later ? undefined : result;
  }

  #tell(
    { document_id: id, action }: Pick<Command, "document_id" | "action">,
    { code, message }: CommandResult,
  ): void {
    this.#counts[code === 0 ? "succeeded" : "failed"]++;
    if (code === 0) {
      this.#log.info("Command {action} succeeded: {message}", { id, action, message });
    } else this.#log.warn("Command {action} failed: {message}", { id, action, code, message });
  }

  /** Tries until it works or the agent stops, once at least. `undefined` when it did not work. */
  async #persist<T>(what: string, write: () => Promise<T>): Promise<T | undefined> {
    for (;;) {
      try {
        return await write();
      } catch (error) {
        const reason = messageOf(error);
        this.#log.error("Cannot {what} a command in the journal: {reason}", { what, reason });
        // Trying again cannot change the state; and a stop waits for nobody's disk.
        if (error instanceof WrongStateError || this.#stop.signal.aborted) return undefined;
      }
      await this.#deps.clock.sleep(RETRY_MS, this.#stop.signal).catch(() => {});
    }
  }
}
