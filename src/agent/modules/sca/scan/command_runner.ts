/**
 * Runs the commands of rules: each text once, at most two at a time.
 *
 * @module
 */

import type { Clock } from "../../../../shared/clock.ts";
import { messageOf } from "../../../../shared/errors.ts";
import { TimeLimit } from "../../../../shared/time_limit.ts";
import { killMarked, markedEnvironment } from "../../../process/marked_processes.ts";
import { runProgram } from "../../../process/process_group.ts";
import type { CommandOutput } from "../evaluate/machine.ts";
import { splitCommand } from "../language/command_words.ts";
import { findProgram, PROGRAM_PATH } from "../language/programs.ts";

const AT_A_TIME = 2;
const ENVIRONMENT = {
  PATH: PROGRAM_PATH,
  LC_ALL: "C",
  LANG: "C",
  ...(Deno.build.os === "windows" && { SystemRoot: "C:\\Windows" }),
};

/** Bounds of a command. */
interface CommandRunnerOptions {
  clock: Clock;
  timeoutMs: number;
  maxOutputBytes: number;
  /** By what commands are known that leave their group. @default they are not found */
  mark?: string | undefined;
  /** Told of each process group that begins and ends. */
  onGroup?: (event: "started" | "ended", group: number) => void;
  signal: AbortSignal;
}

/** Runs commands. */
export class CommandRunner {
  readonly #options: CommandRunnerOptions;
  readonly #outputs = new Map<string, Promise<CommandOutput>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #number = 0;

  constructor(options: CommandRunnerOptions) {
    this.#options = options;
  }

  /** What a command printed; the same text has run once. */
  run(command: string): Promise<CommandOutput> {
    const known = this.#outputs.get(command);
    if (known !== undefined) return known;
    const output = this.#inTurn(command);
    this.#outputs.set(command, output);
    return output;
  }

  async #inTurn(command: string): Promise<CommandOutput> {
    if (this.#running >= AT_A_TIME) {
      const turn = Promise.withResolvers<void>();
      this.#waiting.push(turn.resolve);
      await turn.promise;
    } else this.#running++;
    try {
      return await this.#run(command);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  async #run(command: string): Promise<CommandOutput> {
    const { words: [name = "", ...args] } = splitCommand(command);
    const path = findProgram(name);
    if (path === undefined) return { missing: `there is no command ${name}` };
    const { clock, timeoutMs, signal } = this.#options;
    // It may have been aborted while this one waited for its turn.
    signal.throwIfAborted();
    using limit = new TimeLimit(timeoutMs, { clock, signal });
    try {
      return await this.#output(path, args, limit.signal);
    } catch (error) {
      signal.throwIfAborted();
      if (limit.isUp) return { timedOut: `${name} took longer than ${timeoutMs / 1_000} s` };
      return { missing: `${name} could not be run: ${messageOf(error)}` };
    }
  }

  async #output(
    path: string,
    args: readonly string[],
    signal: AbortSignal,
  ): Promise<CommandOutput> {
    const { clock, maxOutputBytes, onGroup } = this.#options;
    const mark = this.#newMark();
    let group: number | undefined;
    let isOver = false;
    try {
      const { stdout, stderr, cut } = await runProgram({
        path,
        arguments: args,
        env: mark === undefined ? ENVIRONMENT : { ...ENVIRONMENT, ...markedEnvironment(mark) },
        maxOutputBytes,
        endsWhenCut: true,
        onStart: (started) => onGroup?.("started", group = started),
        clock,
        signal,
      });
      isOver = !cut;
      return cut
        ? { missing: `${path} printed more than ${maxOutputBytes} bytes` }
        : { stdout, stderr };
    } finally {
      // Of one that ended by itself what is left ends with the scan: looking for it each time would take too long.
      if (mark !== undefined && !isOver) killMarked(mark);
      if (group !== undefined) onGroup?.("ended", group);
    }
  }

  /** Another one for each command, none of which another one begins with. */
  #newMark(): string | undefined {
    const { mark } = this.#options;
    return mark && `${mark}.${++this.#number}.`;
  }
}
