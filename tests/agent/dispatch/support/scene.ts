/**
 * A dispatcher at work on a real queue, and a server that answers as it is told.
 *
 * @module
 */

import { Dispatcher } from "../../../../src/agent/dispatch/dispatcher.ts";
import type {
  DispatcherDeps,
  DispatchPolicy,
  RetryWaits,
  SendContext,
} from "../../../../src/agent/dispatch/types.ts";
import { QueueBatchSource } from "../../../../src/agent/queue/batch_source.ts";
import type { Batch } from "../../../../src/agent/queue/types.ts";
import type { Queue } from "../../../../src/agent/queue/queue.ts";
import type { Stream } from "../../../../src/shared/protocol/wire.ts";
import { MemoryClock, settle } from "../../../support/fake_clock.ts";
import { events, openQueue, TempFolder, textsOf } from "../../../support/queues.ts";
import type { EventsOutcome } from "../../../../src/shared/protocol/exchange.ts";

/** An outcome at once, or a good or a bad one once it is released. */
export type Answer = EventsOutcome | "hold" | "fail later";

/** A server that answers as it is told; what it is sent is kept. */
export class ScriptedServer {
  readonly tries: { id: string; texts: string[]; newConnection: boolean; encoding: string }[] = [];
  readonly #answers: Answer[];
  #release: (() => void)[] = [];
  inFlight = 0;
  /** Gives the status with which a batch of these texts is refused. */
  refuses: (texts: string[]) => number | undefined = () => undefined;

  /** Gives the whole answer to a batch of these texts. */
  says: (texts: string[], batch: Batch) => EventsOutcome | undefined = () => undefined;

  constructor(...answers: Answer[]) {
    this.#answers = answers;
  }

  readonly send = async (
    batch: Batch,
    body: Uint8Array,
    { signal, newConnection = false }: SendContext,
  ) => {
    const texts = textsOf(body);
    this.tries.push({ id: batch.id, texts, newConnection, encoding: batch.encoding });
    const said = this.says(texts, batch);
    if (said !== undefined) return said;
    const status = this.refuses(texts);
    if (status !== undefined) return { kind: "give_up", status, reason: "refused" } as const;
    this.inFlight++;
    try {
      const answer = this.#answers.shift();
      if (typeof answer === "object") return answer;
      if (answer !== undefined) await this.#hold(signal);
      return answer === "fail later" ? down() : ok;
    } finally {
      this.inFlight--;
    }
  };

  releaseAll(): void {
    for (const release of this.#release.splice(0)) release();
  }

  #hold(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#release.push(resolve);
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  }
}

/** Received. */
export const ok: EventsOutcome = { kind: "done", status: 200 };
/** A passing fault. */
export const down = (afterMs?: number): EventsOutcome => ({
  kind: "retry",
  reason: "503 from server",
  ...(afterMs === undefined ? {} : { afterMs }),
});
const policy: DispatchPolicy = {
  batchEvents: 10,
  batchBytes: 1_000_000,
  batchIntervalMs: 1000,
  maxInFlight: 1,
};
const secondAndAfter: RetryWaits = { next: (afterMs = 0) => Math.max(1000, afterMs), reset() {} };

/** A dispatcher at work on a real queue. */
export class Scene implements AsyncDisposable {
  readonly folder = new TempFolder();
  readonly clock = new MemoryClock();
  readonly queue: Queue = openQueue(this.folder, { now: () => this.clock.now() });
  readonly dispatcher: Dispatcher<Batch>;
  readonly #stream: Stream;
  readonly #stop = new AbortController();
  #done: Promise<void> = Promise.resolve();

  constructor(
    server: ScriptedServer,
    changes: Partial<DispatchPolicy> = {},
    stream: Stream = "stateless",
    extras: Partial<DispatcherDeps<Batch>> = {},
  ) {
    this.#stream = stream;
    const rules = { ...policy, ...changes };
    const limits = { max_events: rules.batchEvents, max_bytes: rules.batchBytes };
    const { compression } = extras;
    const source = new QueueBatchSource(this.queue, () => ({
      limits,
      encoding: compression?.encoding("gzip") ?? "identity",
      agentLine: () => "{}",
    }));
    this.dispatcher = new Dispatcher(stream, () => rules, {
      source,
      send: server.send,
      retryWaits: secondAndAfter,
      clock: this.clock,
      ...extras,
    });
  }

  async start(): Promise<void> {
    this.#done = this.dispatcher.run(this.#stop.signal);
    await settle("loop");
  }

  async append(count: number, prefix?: string): Promise<void> {
    await this.queue.append({ stream: this.#stream, events: events(count, prefix) });
    await settle("loop");
  }

  /** Makes a batch as a process before this one would have. */
  async claimBefore(max_events = 1_000): Promise<Batch> {
    const limits = { max_events, max_bytes: 1e6 };
    const claim = { limits, encoding: "identity", agent_line: "{}" } as const;
    const batch = await this.queue.claim(this.#stream, claim);
    if (batch === undefined) throw new Error("nothing waits");
    return batch;
  }

  /** Lets seconds pass, and what they set going run, until so many events have left the queue. */
  async passUntilLeft(count: number, seconds = 120): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      await this.untilLeft(count, 30);
      if (this.left() >= count) return;
      await this.clock.advance(1000);
    }
  }

  /** Events that have left the queue. */
  left(): number {
    const { acknowledged, dead_lettered } = this.queue.account(this.#stream);
    return acknowledged.events + dead_lettered.events;
  }

  /** Lets things run until so many events have left the queue in one way or another. */
  async untilLeft(count: number, turns = 1000): Promise<void> {
    for (let turn = 0; turn < turns && this.left() < count; turn++) await settle("loop", 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#done;
    this.queue.close();
    this.folder[Symbol.dispose]();
  }
}
