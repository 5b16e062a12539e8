/**
 * A process of the agent that runs commands, whose every write happens only when the test lets it: so it can be made to die before
 * and after each.
 *
 * @module
 */

import assert from "node:assert/strict";
import { z } from "zod";
import { CommandRunner } from "../../../../src/agent/commands/command_runner.ts";
import { Journal } from "../../../../src/agent/commands/journal.ts";
import type { JournalQueue } from "../../../../src/agent/commands/journal_transaction.ts";
import type { Executor } from "../../../../src/agent/commands/types.ts";
import type { Queue } from "../../../../src/agent/queue/queue.ts";
import { MemoryClock } from "../../../support/fake_clock.ts";
import type { CommandResult } from "../../../../src/shared/protocol/commands.ts";

/** What happened to one order, seen from above. */
export interface Fate {
  member: object;
  runs: number;
  /** How its execution ended, if it did. */
  ended: CommandResult | undefined;
  /** Every result that left the agent. */
  told: { code: number; message: string }[];
  /** Whether the manager has one of them: it may lose what it acknowledged. */
  known: boolean;
}

/** A process of the agent. What it asks for happens when the world lets it: that is where it can die. */
export class AgentProcess {
  /** Transactions not begun. */
  readonly writes: (() => Promise<void>)[] = [];
  /** Transactions committed, of which the process does not know. */
  readonly answers: (() => void)[] = [];
  /** Executions at work; called with true they succeed. */
  readonly executions: ((succeeds: boolean) => void)[] = [];
  wantsStop = false;
  /** True while a list is being taken in: one poll at a time. */
  busy = false;
  ended = false;
  readonly #runner: CommandRunner;
  readonly #stop = new AbortController();

  readonly clock = new MemoryClock();

  constructor(queue: Queue, fates: ReadonlyMap<string, Fate>) {
    const { clock } = this;
    const timeouts = { defaultMs: 60_000, maxMs: 60_000 };
    const journal = new Journal({ queue: this.#held(queue), clock, timeouts });
    const executors = ["one", "two", "restart"].map((action) => this.#executor(action, fates));
    this.#runner = new CommandRunner({ journal, clock, executors });
    this.#runner.run(this.#stop.signal).then(() => this.ended = true);
  }

  accept(members: object[]): void {
    this.busy = true;
    this.#runner.accept(members).then(() => this.busy = false);
  }

  stop(): void {
    this.wantsStop = false;
    this.busy = true;
    this.#stop.abort(new Error("stopping"));
  }

  #held(queue: Queue): JournalQueue {
    return {
      transact: (write) =>
        new Promise((resolve, reject) => {
          this.writes.push(async () => {
            try {
              const value = await queue.transact(write);
              this.answers.push(() => resolve(value));
            } catch (error) {
              reject(error);
            }
          });
        }),
    };
  }

  #executor(action: string, fates: ReadonlyMap<string, Fate>): Executor {
    return {
      action,
      args: z.strictObject({}),
      resultAfterRestart: action === "restart",
      execute: (_args, { document_id, signal }) => {
        const fate = fates.get(document_id);
        assert.ok(fate);
        fate.runs++;
        const { promise, resolve, reject } = Promise.withResolvers<CommandResult>();
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        if (action === "restart") this.wantsStop = true;
        else {
          this.executions.push((succeeds) => {
            if (signal.aborted) return;
            fate.ended = succeeds ? { code: 0, message: "ok" } : { code: 1, message: "bad" };
            resolve(fate.ended);
          });
        }
        return promise;
      },
    };
  }
}
