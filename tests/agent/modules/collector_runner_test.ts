import assert from "node:assert/strict";
import type {
  Collector,
  CollectorReport,
  EventSink,
} from "../../../src/agent/modules/collector.ts";
import { CollectorRunner } from "../../../src/agent/modules/collector_runner.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";
import { RecordingSink } from "./support/recording_sink.ts";

const EVENT = `\n{"module":"m"}\n{"event":{"original":"x"}}`;

/** A collector made of a function. */
class ScriptedCollector implements Collector {
  runs = 0;
  reported: CollectorReport = { details: { things: 3 } };

  constructor(
    readonly name: string,
    readonly script: (sink: EventSink, signal: AbortSignal, run: number) => Promise<void>,
  ) {}

  run(sink: EventSink, signal: AbortSignal): Promise<void> {
    return this.script(sink, signal, ++this.runs);
  }

  report(): CollectorReport {
    return this.reported;
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function run(clock: FakeClock, ...collectors: Collector[]) {
  const sink = new RecordingSink();
  const stop = new AbortController();
  const runner = new CollectorRunner(collectors, { clock, sinkFor: () => sink });
  runner.start(stop.signal);
  const only = () => {
    const [status] = runner.status();
    assert.ok(status);
    return status;
  };
  return { sink, stop, runner, only };
}

Deno.test("CollectorRunner counts what a collector hands over and shows its report", async () => {
  const clock = new FakeClock();
  const { runner, only } = run(
    clock,
    new ScriptedCollector("files", async (sink, signal) => {
      await clock.sleep(5_000);
      await sink.append({ stream: "stateless", events: [EVENT, EVENT] }, signal);
      await clock.sleep(5_000);
      await sink.append({ stream: "stateless", events: [] }, signal);
      await untilAborted(signal);
    }),
  );
  const started = new Date(clock.now()).toISOString();
  await clock.advance(10_000);
  assert.deepEqual(only(), {
    name: "files",
    state: "running",
    since: started,
    events: 2,
    groups: 2,
    last_event_at: new Date(clock.now() - 5_000).toISOString(),
    last_error: null,
    details: { things: 3 },
  });
  await runner.stop();
  assert.equal(only().state, "stopped");
});

Deno.test("CollectorRunner starts a failed collector again after growing waits; the others go on", async () => {
  const broken = new ScriptedCollector(
    "broken",
    () => Promise.reject(new Error("no such journal")),
  );
  const healthy = new ScriptedCollector("healthy", (_, signal) => untilAborted(signal));
  const clock = new FakeClock();
  const { runner } = run(clock, broken, healthy);
  await settle();
  const [failed, running] = runner.status();
  assert.equal(failed?.state, "failed");
  assert.equal(failed?.last_error, "no such journal");
  assert.equal(running?.state, "running");
  const startedAtS: number[] = [];
  for (let restart = 0; restart < 8; restart++) {
    await clock.advance(clock.nextWakeIn() ?? 0);
    startedAtS.push(clock.monotonic() / 1_000);
  }
  assert.deepEqual(startedAtS, [1, 3, 7, 15, 31, 63, 123, 183]);
  assert.deepEqual([broken.runs, healthy.runs], [9, 1]);
  await runner.stop();
});

Deno.test("CollectorRunner waits shortly again after a collector has run for long", async () => {
  const clock = new FakeClock();
  const { runner, only } = run(
    clock,
    new ScriptedCollector("files", async (_, __, run) => {
      if (run === 5) await clock.sleep(3_600_000);
      throw new Error(`run ${run}`);
    }),
  );
  await clock.advance(15_000);
  await clock.advance(3_600_000);
  assert.equal(only().last_error, "run 5");
  await clock.advance(1_000);
  assert.equal(only().last_error, "run 6");
  await runner.stop();
});

Deno.test("CollectorRunner shows a collector as waiting while the queue pushes back", async () => {
  const clock = new FakeClock();
  const { sink, runner, only } = run(
    clock,
    new ScriptedCollector("files", async (sink, signal) => {
      await clock.sleep(1_000);
      await sink.append({ stream: "stateless", events: [EVENT] }, signal);
      await untilAborted(signal);
    }),
  );
  sink.pushBack();
  await clock.advance(1_500);
  assert.equal(only().state, "running");
  await clock.advance(1_500);
  assert.deepEqual([only().state, only().events], ["waiting", 0]);
  assert.equal(only().since, new Date(clock.now() - 2_000).toISOString());
  sink.open();
  await settle();
  assert.deepEqual([only().state, only().events], ["running", 1]);
  await runner.stop();
});

Deno.test("CollectorRunner ends every collector when the signal is aborted, also one that waits to start again", async () => {
  const { stop, runner } = run(
    new FakeClock(),
    new ScriptedCollector("broken", () => Promise.reject(new Error("broken"))),
    new ScriptedCollector("healthy", (_, signal) => untilAborted(signal)),
  );
  await settle();
  stop.abort();
  await runner.stopped;
  assert.deepEqual(runner.status().map(({ state }) => state), ["stopped", "stopped"]);
});

Deno.test("CollectorRunner.stop() resolves when nothing was started", async () => {
  const clock = new FakeClock();
  const runner = new CollectorRunner([], { clock, sinkFor: () => new RecordingSink() });
  await runner.stop();
  assert.deepEqual(runner.status(), []);
});
