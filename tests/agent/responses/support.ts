/**
 * Responses for tests: over the real queue, with an action whose effects are seen, and processes that can be made to end anywhere.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import type {
  ActionOutcome,
  ActionRun,
  ResponseAction,
} from "../../../src/agent/responses/action.ts";
import { responseArgs } from "../../../src/agent/responses/response_order.ts";
import { Responses } from "../../../src/agent/responses/responses.ts";
import type { ResponseQueue } from "../../../src/agent/responses/response_steps.ts";
import type { ResponseKind } from "../../../src/agent/responses/response_store.ts";
import { RESPONSE_SCHEMA } from "../../../src/agent/responses/schema.ts";
import type { CommandResult } from "../../../src/shared/protocol/commands.ts";
import { MemoryClock, settle } from "../../support/fake_clock.ts";
import { openQueue, roomy, TempFolder } from "../../support/queues.ts";

/** What an event tells. */
export interface News {
  action: string;
  reason: string;
  exit_code?: number;
  ip?: string;
}

/** An action that writes its effects down in memory, as a firewall would. */
export class FakeAction implements ResponseAction {
  readonly alwaysEnds: boolean = false;
  /** Addresses that something is in effect against, and for how long it was last asked to be. */
  readonly effects = new Map<string, number | null | undefined>();
  readonly calls: string[] = [];
  /** What the next runs do in place of succeeding. */
  failures: (Error | ActionOutcome)[] = [];
  /** Waited for around each effect. */
  point: () => Promise<void> = () => Promise.resolve();
  /** Asked in the middle of each enabling. */
  claim: ((run: ActionRun) => Promise<unknown>) | undefined;

  refusal(): Promise<string | undefined> {
    return Promise.resolve(undefined);
  }

  async enable(run: ActionRun): Promise<ActionOutcome> {
    if (await this.claim?.(run) === "abort") return outcome(true, "told to abort");
    return await this.#run("enable", run, (ip) => this.effects.set(ip, run.durationMs));
  }

  async disable(run: ActionRun): Promise<ActionOutcome> {
    return await this.#run("disable", run, (ip) => this.effects.delete(ip));
  }

  async #run(
    what: string,
    { subject }: ActionRun,
    effect: (ip: string) => void,
  ): Promise<ActionOutcome> {
    const ip = subject.source?.ip ?? "";
    await this.point();
    this.calls.push(`${what} ${ip}`);
    const failure = this.failures.shift();
    if (failure instanceof Error) throw failure;
    if (failure !== undefined) return failure;
    effect(ip);
    await this.point();
    return outcome(true, "exit status 0");
  }
}

export function outcome(isDone: boolean, message: string): ActionOutcome {
  return { isDone, message, exitCode: isDone ? 0 : 1 };
}

/** A data folder and the agent's process on it. */
export class ResponseScene implements Disposable {
  readonly folder = new TempFolder();
  readonly clock = new MemoryClock();
  readonly queue = openQueue(this.folder, {
    parts: [RESPONSE_SCHEMA],
    now: () => this.clock.now(),
  });
  readonly action: FakeAction;
  kind: ResponseKind = "script";
  maxDurationMs = 7 * 86_400_000;
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  responses: Responses;

  constructor(action = new FakeAction()) {
    this.action = action;
    this.responses = this.process();
  }

  /** A process of the agent; what it does with the queue goes through `queue`. */
  process(queue: ResponseQueue = this.queue): Responses {
    return new Responses({
      queue,
      clock: this.clock,
      kindOf: () => this.kind,
      actionOf: () => this.action,
      protectedAddresses: {
        whyNot: (ip) => Promise.resolve(ip === "10.0.0.1" ? "10.0.0.1 is protected" : undefined),
      },
      maxDurationMs: () => this.maxDurationMs,
      reversalLimitMs: () => 60_000,
    });
  }

  /** Begins to end what is due. */
  start(): void {
    this.#stop = new AbortController();
    this.#running = this.responses.run(this.#stop.signal);
  }

  /** The process stops, and another one takes its place. */
  async restart(): Promise<void> {
    await this.stop();
    this.responses = this.process();
    this.start();
  }

  async stop(): Promise<void> {
    this.#stop.abort("stopping");
    await this.#running;
  }

  /** Gives an order to the process. */
  order(
    args: object,
    { id = "1", signal = new AbortController().signal, to = this.responses } = {},
  ): Promise<CommandResult> {
    const whole = { name: "block", command: "enable", ...args };
    return to.order({ args: responseArgs.parse(whole), documentId: id, signal });
  }

  /** Blocks an address for some seconds. */
  block(ip: string, seconds = 600, more: object = {}): Promise<CommandResult> {
    return this.order({ source: { ip }, duration_s: seconds, ...more });
  }

  /** Lets time pass, and what is due be done. */
  async pass(seconds: number): Promise<void> {
    await this.clock.advance(seconds * 1_000);
    await settle("loop");
  }

  /** What was told since it was last asked. */
  async news(): Promise<News[]> {
    const limits = roomy;
    const batch = await this.queue.claim("stateless", {
      limits,
      encoding: "identity",
      agent_line: "{}",
    });
    if (batch === undefined) return [];
    const lines = new TextDecoder().decode(this.queue.body(batch)).trim().split("\n");
    await this.queue.acknowledge(batch, { status: 200 });
    return lines.filter((line) => line.startsWith('{"event"')).map((line) => {
      const { event, source, process } = JSON.parse(line);
      return {
        action: event.action,
        reason: event.reason,
        ...(process.exit_code !== undefined && { exit_code: process.exit_code }),
        ...(source !== undefined && { ip: source.ip }),
      };
    });
  }

  /** Changes rows as nobody but a disk would. */
  change(statement: string): void {
    using database = new DatabaseSync(this.folder.file("agent.db"));
    database.exec(statement);
  }

  [Symbol.dispose](): void {
    this.#stop.abort("over");
    this.queue.close();
    this.folder[Symbol.dispose]();
  }
}
