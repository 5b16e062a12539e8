/**
 * Runners for tests: over a real journal, with executors that end when the test says so.
 *
 * @module
 */

import { z } from "zod";
import { CommandRunner } from "../../../../src/agent/commands/command_runner.ts";
import type { Executor } from "../../../../src/agent/commands/types.ts";
import type { AskStart } from "../../../../src/agent/commands/start_permit.ts";
import { settle } from "../../../support/fake_clock.ts";
import { JournalScene } from "./journals.ts";
import type { CommandResult } from "../../../../src/shared/protocol/commands.ts";

/** An executor whose executions end when the test says so. */
export class Hand implements Executor {
  readonly args: z.ZodType = z.unknown();
  readonly runs: { id: string; signal: AbortSignal; end: (result: CommandResult) => void }[] = [];
  readonly #endsOnAbort: boolean;

  constructor(
    readonly action: string,
    { endsOnAbort = true, resultAfterRestart = false } = {},
  ) {
    this.#endsOnAbort = endsOnAbort;
    this.resultAfterRestart = resultAfterRestart;
  }

  readonly resultAfterRestart: boolean;

  execute(
    _args: unknown,
    { document_id, signal }: Parameters<Executor["execute"]>[1],
  ): Promise<CommandResult> {
    const { promise, resolve, reject } = Promise.withResolvers<CommandResult>();
    this.runs.push({ id: document_id, signal, end: resolve });
    if (this.#endsOnAbort) {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    }
    return promise;
  }

  get ids(): string[] {
    return this.runs.map(({ id }) => id);
  }

  end(id: string, result: CommandResult = { code: 0, message: "done" }): void {
    this.runs.find((run) => run.id === id)?.end(result);
  }
}

/** A runner at work on a journal of its own. */
export class RunnerScene extends JournalScene {
  #stop = new AbortController();
  #done: Promise<void> = Promise.resolve();
  runner: CommandRunner | undefined;
  /** What is said to the question whether a command may begin. */
  askStart: AskStart = () => Promise.resolve({ kind: "unsupported" });

  async begin(...executors: Executor[]): Promise<CommandRunner> {
    const { journal, clock, askStart } = this;
    this.#stop = new AbortController();
    const runner = this.runner = new CommandRunner({
      journal,
      clock,
      executors,
      askStart,
      graceMs: 3_000,
    });
    this.#done = runner.run(this.#stop.signal);
    await settle("loop");
    return runner;
  }

  /** Resolves when the runner has ended; `afterMs` passes on the clock meanwhile. */
  async end(afterMs = 0): Promise<void> {
    this.#stop.abort(new Error("stopping"));
    await this.clock.advance(afterMs);
    await this.#done;
  }

  async results(): Promise<[string, number, string][]> {
    await settle("loop");
    return (await this.sent()).map(({ id, code, message }) => [id, code, message]);
  }
}
