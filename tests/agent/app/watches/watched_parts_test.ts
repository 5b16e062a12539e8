import assert from "node:assert/strict";
import { Watchdog } from "../../../../src/agent/app/watches/watchdog.ts";
import { watchedParts } from "../../../../src/agent/app/watches/watched_parts.ts";
import { Dispatcher } from "../../../../src/agent/dispatch/dispatcher.ts";
import { ReplaceableDispatcher } from "../../../../src/agent/dispatch/replaceable_dispatcher.ts";
import type { Send } from "../../../../src/agent/dispatch/types.ts";
import type { EventSink } from "../../../../src/agent/modules/collector.ts";
import { Pulse } from "../../../../src/agent/modules/pulse.ts";
import { QueueBatchSource } from "../../../../src/agent/queue/batch_source.ts";
import { QueueEventSink } from "../../../../src/agent/queue/event_sink.ts";
import type { QueueOptions } from "../../../../src/agent/queue/queue_options.ts";
import type { Batch } from "../../../../src/agent/queue/types.ts";
import type { EventsOutcome } from "../../../../src/shared/protocol/exchange.ts";
import type { TokenStatus } from "../../../../src/shared/protocol/part_status.ts";
import type { Stream } from "../../../../src/shared/protocol/wire.ts";
import { MemoryClock, settle } from "../../../support/fake_clock.ts";
import { events, openQueue, roomy, TempFolder } from "../../../support/queues.ts";
import {
  runModules,
  type Script,
  ScriptedModule,
  untilAborted,
} from "../../modules/support/scripted_module.ts";

const MINUTE_MS = 60_000;
const REQUEST_TIMEOUT_MS = 30_000;
const OK: EventsOutcome = { kind: "done", status: 200 };
const VALID: TokenStatus = { state: "valid", since: "", for_ms: 0 };

/** Real dispatchers over a real queue, a module, and the watchdog of both. */
class Watched implements AsyncDisposable {
  readonly folder = new TempFolder();
  readonly clock = new MemoryClock();
  readonly queue;
  readonly module: ScriptedModule;
  readonly watchdog: Watchdog;
  readonly sent: { id: string; signal: AbortSignal }[] = [];
  readonly takenOver: unknown[] = [];
  token: TokenStatus = VALID;
  send: Send<Batch> = () => Promise.resolve(OK);
  retryMs = 1_000;
  readonly #stop = new AbortController();
  readonly #dispatchers: Record<Stream, ReplaceableDispatcher<Batch>>;

  constructor({ script = (_, signal) => untilAborted(signal), pulse, queue }: {
    script?: Script;
    pulse?: Pulse;
    queue?: Partial<QueueOptions>;
  } = {}) {
    this.queue = openQueue(this.folder, { now: () => this.clock.now(), ...queue });
    this.#dispatchers = {
      stateless: new ReplaceableDispatcher(() => this.#dispatcher("stateless")),
      stateful: new ReplaceableDispatcher(() => this.#dispatcher("stateful")),
    };
    this.module = new ScriptedModule("files", script);
    this.module.extras = {
      ...(pulse && { progress: () => pulse.progress() }),
      takeOver: (previous) => void this.takenOver.push(previous),
    };
    const { runner } = runModules(this.clock, [this.module]);
    this.#stop.signal.addEventListener("abort", () => void runner.stop());
    const parts = watchedParts({
      dispatchers: this.#dispatchers,
      modules: runner,
      moduleNames: ["files"],
      tokens: { status: () => this.token },
      queue: this.queue,
      requestTimeoutMs: () => REQUEST_TIMEOUT_MS,
    });
    this.watchdog = new Watchdog(parts, { clock: this.clock, timeoutMs: () => MINUTE_MS });
    for (const one of Object.values(this.#dispatchers)) void one.run(this.#stop.signal);
  }

  get sink(): EventSink {
    return new QueueEventSink(this.queue, "files");
  }

  /** Lets time pass in steps, each of which the watchdog counts as 5 seconds at most. */
  async pass(steps: number, stepMs: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      await this.clock.advance(stepMs);
      this.watchdog.check();
      await settle("loop");
    }
  }

  /** Names of the parts that were rebuilt. */
  rebuilt(): string[] {
    return this.watchdog.status().filter(({ rebuilds }) => rebuilds > 0).map(({ part }) => part);
  }

  report(part: string) {
    return this.watchdog.status().find((report) => report.part === part);
  }

  #dispatcher(stream: Stream): Dispatcher<Batch> {
    const shape = () => ({ limits: roomy, encoding: "identity", agentLine: () => "{}" }) as const;
    const policy = { batchEvents: 10, batchBytes: 1e6, batchIntervalMs: 1_000, maxInFlight: 1 };
    return new Dispatcher(stream, () => policy, {
      source: new QueueBatchSource(this.queue, shape),
      send: (batch, body, context) => {
        this.sent.push({ id: batch.id, signal: context.signal });
        return this.send(batch, body, context);
      },
      retryWaits: { next: () => this.retryMs, reset() {} },
      clock: this.clock,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort("test is over");
    await settle("loop");
    this.queue.close();
    this.folder[Symbol.dispose]();
  }
}

Deno.test("a dispatcher whose request never ends is replaced, and the same batch leaves under the same id", async () => {
  await using watched = new Watched();
  watched.send = () => new Promise(() => {});
  await watched.queue.append({ stream: "stateless", events: events(3) });
  await watched.pass(2, 5_000);
  const [first] = watched.sent;
  assert.equal(watched.sent.length, 1);
  await watched.pass(11, 5_000);
  assert.match(
    watched.report("stream stateless")?.waits_for ?? "",
    /^an answer to batch .*, for \d+ s$/,
  );
  assert.deepEqual(watched.rebuilt(), []);
  watched.send = () => Promise.resolve(OK);
  await watched.pass(20, 5_000);
  assert.deepEqual(watched.rebuilt(), ["stream stateless"]);
  assert.equal(first?.signal.aborted, true);
  assert.deepEqual(watched.sent.map(({ id }) => id), [first?.id, first?.id]);
  assert.equal(watched.queue.account("stateless").acknowledged.events, 3);
  const report = watched.report("stream stateless");
  assert.deepEqual([report?.stalled_since, report?.waits_for], [null, "events"]);
  assert.match(report?.rebuilt_for ?? "", /^an answer to batch /);
});

Deno.test("a late answer of a dispatcher that was replaced counts when it says received, and else not", async () => {
  for (const late of [OK, { kind: "give_up", status: 400, reason: "no" }] as const) {
    await using watched = new Watched();
    const answers: ((outcome: EventsOutcome) => void)[] = [];
    watched.send = () => new Promise((resolve) => void answers.push(resolve));
    await watched.queue.append({ stream: "stateless", events: events(2) });
    await watched.pass(26, 5_000);
    assert.equal(answers.length, 2);
    answers[0]?.(late);
    await settle("loop");
    const { acknowledged, dead_lettered, queued } = watched.queue.account("stateless");
    const received = late.kind === "done";
    assert.deepEqual(
      [acknowledged.events, dead_lettered.events, queued.events],
      received ? [2, 0, 0] : [0, 0, 2],
    );
    answers[1]?.(OK);
    await settle("loop");
    assert.equal(watched.queue.account("stateless").acknowledged.events, 2);
  }
});

Deno.test("one request that never ends is seen also while the others go on", async () => {
  await using watched = new Watched();
  watched.send = () => new Promise(() => {});
  await watched.queue.append({ stream: "stateful", events: events(1) });
  await watched.pass(2, 5_000);
  watched.send = () => Promise.resolve(OK);
  for (let round = 0; round < 26; round++) {
    await watched.queue.append({ stream: "stateless", events: events(1) });
    await watched.pass(1, 5_000);
  }
  assert.deepEqual(watched.rebuilt(), ["stream stateful"]);
});

Deno.test("a collector whose rounds never end is restarted, and what it held is taken over", async () => {
  const pulse = new Pulse();
  await using watched = new Watched({
    pulse,
    script: async (_, signal, { run }) => {
      if (run > 1) await pulse.during("new lines", untilAborted(signal));
      else await untilAborted(signal);
    },
  });
  await watched.pass(12, 5_000);
  assert.deepEqual([watched.module.runs, watched.rebuilt()], [1, []]);
  assert.equal(watched.report("module files")?.waits_for, "the end of a round");
  await watched.pass(2, 5_000);
  assert.deepEqual([watched.module.runs, watched.takenOver.length], [2, 1]);
  await watched.pass(30, 5_000);
  assert.deepEqual([watched.module.runs, watched.rebuilt()], [2, ["module files"]]);
});

Deno.test("hours without events, and with a collector that has nothing new, alarm nobody", async () => {
  const pulse = new Pulse();
  await using watched = new Watched({
    pulse,
    script: (_, signal) => pulse.during("new lines", untilAborted(signal)),
  });
  await watched.pass(40, 5 * MINUTE_MS);
  assert.deepEqual(watched.rebuilt(), []);
});

Deno.test("hours in which the server is away alarm nobody, however long the waits between tries are", async () => {
  await using watched = new Watched();
  watched.send = () => Promise.resolve({ kind: "retry", reason: "connection refused" });
  watched.retryMs = 40 * MINUTE_MS;
  await watched.queue.append({ stream: "stateless", events: events(3) });
  await watched.pass(40, 5 * MINUTE_MS);
  assert.deepEqual(watched.rebuilt(), []);
  assert.match(watched.report("stream stateless")?.waits_for ?? "", /^its next try, in \d+ s$/);
});

Deno.test("hours in which the server lets nobody log in alarm nobody; a log-in that hangs does", async () => {
  await using watched = new Watched();
  watched.send = () => new Promise(() => {});
  watched.token = { state: "refused", since: "", for_ms: 0, next_try_in_ms: 500_000 };
  await watched.queue.append({ stream: "stateless", events: events(3) });
  await watched.pass(30, 5 * MINUTE_MS);
  assert.deepEqual(watched.rebuilt(), []);
  assert.equal(watched.report("stream stateless")?.waits_for, "a log-in that the server takes");
  watched.token = { ...watched.token, next_try_in_ms: -70_000 };
  await watched.pass(13, 5_000);
  assert.deepEqual(watched.rebuilt(), ["stream stateless"]);
});

Deno.test("hours with a full queue alarm nobody", async () => {
  const later: { sink?: EventSink } = {};
  await using watched = new Watched({
    pulse: new Pulse(),
    script: async (_, signal) => {
      await settle("loop");
      await later.sink?.append({ stream: "stateless", events: events(3) }, signal);
    },
    queue: { max: { events: 2, bytes: 1_000_000 } },
  });
  later.sink = watched.sink;
  watched.send = () => Promise.resolve({ kind: "retry", reason: "connection refused" });
  watched.retryMs = 40 * MINUTE_MS;
  await watched.queue.append({ stream: "stateless", events: events(2) });
  await watched.pass(40, 5 * MINUTE_MS);
  assert.equal(watched.queue.full, true);
  assert.deepEqual(watched.rebuilt(), []);
  assert.equal(watched.report("module files")?.waits_for, "room in the queue");
});
