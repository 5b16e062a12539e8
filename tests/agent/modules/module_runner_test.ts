import assert from "node:assert/strict";
import { MemoryClock, settle } from "../../support/fake_clock.ts";
import { ModuleUnavailable } from "../../../src/agent/modules/unavailable.ts";
import { runModules, ScriptedModule, untilAborted } from "./support/scripted_module.ts";

const EVENT = `\n{"module":"m"}\n{"event":{"original":"x"}}`;

Deno.test("ModuleRunner counts what a module hands over and shows its report", async () => {
  const clock = new MemoryClock();
  const files = new ScriptedModule("files", async ({ sink }, signal) => {
    await clock.sleep(5_000);
    await sink.append({ stream: "stateless", events: [EVENT, EVENT] }, signal);
    await clock.sleep(5_000);
    await sink.append({ stream: "stateless", events: [] }, signal);
    await untilAborted(signal);
  });
  const { runner, only } = runModules(clock, [files]);
  const started = new Date(clock.now()).toISOString();
  await clock.advance(10_000);
  assert.deepEqual(only(), {
    name: "files",
    enabled: true,
    state: "running",
    since: started,
    reason: null,
    try: null,
    events: 2,
    groups: 2,
    last_event_at: new Date(clock.now() - 5_000).toISOString(),
    last_error: null,
    scans: false,
    next_scan_at: null,
    details: { things: 3 },
    problems: [],
    statistics: {
      runs: 1,
      bytes: 2 * EVENT.length,
      cpu_ms: 0,
      child_cpu_ms: 0,
      child_peak_bytes: 0,
      asked_scans: { count: 0, last_ms: null, mean_ms: null, max_ms: null },
      errors: {},
    },
  });
  await runner.stop();
  assert.equal(only().state, "stopped");
});

Deno.test("ModuleRunner starts a failed module again after growing waits; the others go on", async () => {
  const broken = new ScriptedModule("broken", () => Promise.reject(new Error("no such journal")));
  const healthy = new ScriptedModule("healthy", (_, signal) => untilAborted(signal));
  const clock = new MemoryClock();
  const { runner } = runModules(clock, [broken, healthy]);
  await settle("loop");
  const [failed, running] = runner.status();
  assert.deepEqual([failed?.state, failed?.reason], ["failed", "no such journal"]);
  assert.equal(failed?.last_error, "no such journal");
  assert.equal(running?.state, "running");
  const startedAtS: number[] = [];
  for (let restart = 0; restart < 10; restart++) {
    await clock.advance(clock.nextWakeIn() ?? 0);
    startedAtS.push(clock.monotonic() / 1_000);
  }
  assert.deepEqual(startedAtS, [1, 3, 7, 15, 31, 63, 127, 255, 511, 811]);
  assert.deepEqual([broken.runs, healthy.runs], [11, 1]);
  await runner.stop();
});

Deno.test("ModuleRunner shows what a module misses outside, and has it look again every ten minutes", async () => {
  const clock = new MemoryClock();
  const journal = new ScriptedModule("journal", (_, signal, { run }) => {
    if (run > 2) return untilAborted(signal);
    throw new ModuleUnavailable("there is no journal", { hint: "install one" });
  });
  const { runner, only } = runModules(clock, [journal]);
  await settle();
  const { state, reason, try: hint, statistics } = only();
  assert.deepEqual([state, reason, hint], ["unavailable", "there is no journal", "install one"]);
  assert.deepEqual(statistics.errors, {});
  await clock.advance(599_999);
  assert.equal(journal.runs, 1);
  await clock.advance(600_001);
  assert.deepEqual([journal.runs, only().state, only().try], [3, "running", null]);
  await runner.stop();
});

Deno.test("ModuleRunner waits shortly again after a module has run for long", async () => {
  const clock = new MemoryClock();
  const files = new ScriptedModule("files", async (_, __, { run }) => {
    if (run === 5) await clock.sleep(3_600_000);
    throw new Error(`run ${run}`);
  });
  const { runner, only } = runModules(clock, [files]);
  await clock.advance(15_000);
  await clock.advance(3_600_000);
  assert.equal(only().last_error, "run 5");
  await clock.advance(1_000);
  assert.equal(only().last_error, "run 6");
  await runner.stop();
});

Deno.test("ModuleRunner shows a module as failed that cannot be made, and tries again", async () => {
  const clock = new MemoryClock();
  const files = new ScriptedModule("files", (_, signal) => untilAborted(signal));
  files.check = () => {
    throw new Error("no such folder");
  };
  const { runner, only } = runModules(clock, [files]);
  await settle("loop");
  assert.deepEqual([only().state, only().reason], ["failed", "no such folder"]);
  files.check = () => {};
  await clock.advance(1_000);
  assert.deepEqual([only().state, only().reason], ["running", null]);
  await runner.stop();
});

Deno.test("ModuleRunner shows a module as waiting while the queue pushes back", async () => {
  const clock = new MemoryClock();
  const files = new ScriptedModule("files", async ({ sink }, signal) => {
    await clock.sleep(1_000);
    await sink.append({ stream: "stateless", events: [EVENT] }, signal);
    await untilAborted(signal);
  });
  const { sink, runner, only } = runModules(clock, [files]);
  sink.pushBack();
  await clock.advance(1_500);
  assert.equal(only().state, "running");
  await clock.advance(1_500);
  assert.deepEqual([only().state, only().events], ["waiting", 0]);
  assert.equal(only().since, new Date(clock.now() - 2_000).toISOString());
  sink.open();
  await settle("loop");
  assert.deepEqual([only().state, only().events], ["running", 1]);
  await runner.stop();
});

Deno.test("ModuleRunner ends every module when the signal is aborted, also one that waits to start again", async () => {
  let finish = () => {};
  const slow = new ScriptedModule("slow", async (_, signal) => {
    await untilAborted(signal);
    await new Promise<void>((resolve) => finish = resolve);
  });
  const { stop, runner } = runModules(new MemoryClock(), [
    new ScriptedModule("broken", () => Promise.reject(new Error("broken"))),
    slow,
  ]);
  await settle("loop");
  stop.abort();
  await settle("loop");
  assert.deepEqual(runner.status().map(({ state }) => state), ["stopped", "stopping"]);
  finish();
  await runner.stop();
  assert.deepEqual(runner.status().map(({ state }) => state), ["stopped", "stopped"]);
});

Deno.test("ModuleRunner.stop() resolves when nothing runs", async () => {
  const { runner } = runModules(new MemoryClock(), []);
  await runner.stop();
  assert.deepEqual(runner.status(), []);
});

Deno.test("ModuleRunner makes nothing of what is disabled or works elsewhere only", async () => {
  const off = new ScriptedModule("off", (_, signal) => untilAborted(signal));
  const elsewhere = new ScriptedModule("elsewhere", (_, signal) => untilAborted(signal));
  elsewhere.platforms = ["windows", "darwin"];
  const { runner } = runModules(new MemoryClock(), [off, elsewhere], { off: { enabled: false } });
  await settle("loop");
  const states = runner.status().map(({ state, enabled, reason }) => ({ state, enabled, reason }));
  assert.deepEqual(states, [
    { state: "disabled", enabled: false, reason: null },
    { state: "unavailable", enabled: true, reason: "works on windows and darwin only" },
  ]);
  assert.deepEqual([off.made, elsewhere.made], [0, 0]);
  await runner.stop();
});

Deno.test("ModuleRunner.change() starts one module anew; counts go on and the others do not notice", async () => {
  const seen: unknown[] = [];
  const files = new ScriptedModule("files", async ({ sink }, signal, { options }) => {
    seen.push(options);
    await sink.append({ stream: "stateless", events: [EVENT] }, signal);
    await untilAborted(signal);
  });
  const other = new ScriptedModule("other", (_, signal) => untilAborted(signal));
  const { runner, only } = runModules(new MemoryClock(), [files, other]);
  await settle("loop");
  await runner.change("files", { enabled: true, depth: 2 });
  await settle("loop");
  assert.deepEqual(seen, [{ enabled: true }, { enabled: true, depth: 2 }]);
  assert.deepEqual([files.made, files.runs, other.made, other.runs], [2, 2, 1, 1]);
  assert.deepEqual([only().state, only().events], ["running", 2]);
  await runner.change("files", { enabled: false });
  assert.deepEqual([only().state, only().enabled], ["disabled", false]);
  await runner.change("files", { enabled: true });
  await settle("loop");
  assert.deepEqual([only().state, only().events], ["running", 3]);
  await runner.stop();
});

Deno.test("ModuleRunner.change() leaves a module as it was when its new options cannot be used", async () => {
  const files = new ScriptedModule("files", (_, signal) => untilAborted(signal));
  files.check = ({ depth }) => {
    if (depth === 0) throw new Error("depth 0 finds nothing");
  };
  const { runner, only } = runModules(new MemoryClock(), [files]);
  await settle("loop");
  await assert.rejects(runner.change("files", { enabled: true, depth: 0 }), /depth 0/);
  await settle("loop");
  assert.deepEqual([only().state, files.runs], ["running", 1]);
  await runner.stop();
});

Deno.test("ModuleRunner.change() starts nothing once the agent stops", async () => {
  const files = new ScriptedModule("files", (_, signal) => untilAborted(signal));
  const { stop, runner } = runModules(new MemoryClock(), [files]);
  await settle("loop");
  stop.abort();
  await runner.change("files", { enabled: true, depth: 2 });
  await runner.stop();
  assert.equal(files.runs, 1);
});

Deno.test("ModuleRunner.scan() has a module scan, shows that it does, and joins who asks meanwhile", async () => {
  const scans: PromiseWithResolvers<void>[] = [];
  const files = new ScriptedModule("files", (_, signal) => untilAborted(signal));
  files.scan = () => {
    const scan = Promise.withResolvers<void>();
    scans.push(scan);
    return scan.promise;
  };
  const { runner, only } = runModules(new MemoryClock(), [files]);
  await settle("loop");
  assert.equal(only().scans, true);
  const never = new AbortController().signal;
  const both = Promise.all([runner.scan("files", never), runner.scan("files", never)]);
  await settle("loop");
  assert.deepEqual([only().state, scans.length], ["scanning", 1]);
  scans[0]?.resolve();
  await both;
  assert.equal(only().state, "running");
  await runner.stop();
});

Deno.test("ModuleRunner.scan() gives a scan up when nobody waits for it any more, or its module ends", async () => {
  const aborted: string[] = [];
  const files = new ScriptedModule("files", (_, signal) => untilAborted(signal));
  files.scan = async (signal) => {
    await untilAborted(signal);
    aborted.push(String(signal.reason));
    throw signal.reason;
  };
  const { runner } = runModules(new MemoryClock(), [files]);
  await settle("loop");
  const [first, second] = [new AbortController(), new AbortController()];
  const ends = [first, second].map(({ signal }) => assert.rejects(runner.scan("files", signal)));
  first.abort("first");
  await settle("loop");
  assert.deepEqual(aborted, []);
  second.abort("second");
  await Promise.all(ends);
  await settle("loop");
  assert.deepEqual(aborted, ["second"]);
  const third = assert.rejects(runner.scan("files", new AbortController().signal));
  await settle("loop");
  await runner.stop();
  await third;
  assert.equal(aborted.length, 2);
});

Deno.test("ModuleRunner.scan() says why a module cannot scan now", async () => {
  const { runner } = runModules(new MemoryClock(), [
    new ScriptedModule("plain", (_, signal) => untilAborted(signal)),
    new ScriptedModule("broken", () => Promise.reject(new Error("no disk"))),
    new ScriptedModule("off", () => Promise.resolve()),
  ], { off: { enabled: false } });
  await settle("loop");
  const { signal } = new AbortController();
  await assert.rejects(runner.scan("plain", signal), /"plain" has nothing to scan/);
  await assert.rejects(runner.scan("broken", signal), /"broken" is failed: no disk/);
  await assert.rejects(runner.scan("off", signal), /"off" is disabled/);
  await assert.rejects(runner.scan("plane", signal), /no module "plane", did you mean "plain"/);
  await runner.stop();
});

Deno.test("ModuleRunner hands on what a module holds open when its options change, and has it put away at the end", async () => {
  const seen: string[] = [];
  const files = new ScriptedModule("files", async (_, signal, { run }) => {
    await untilAborted(signal);
    seen.push(`run ${run} ended`);
  });
  files.extras = {
    takeOver: () => void seen.push("taken over"),
    close: () => Promise.resolve(void seen.push("closed")),
  };
  const { runner } = runModules(new MemoryClock(), [files]);
  await settle("loop");
  await runner.change("files", { enabled: true, depth: 2 });
  await settle("loop");
  await runner.change("files", { enabled: false });
  assert.deepEqual(seen, ["run 1 ended", "taken over", "run 2 ended", "closed"]);
  await runner.change("files", { enabled: true });
  await settle("loop");
  await runner.stop();
  assert.deepEqual(seen.slice(4), ["run 3 ended", "closed"]);
});

Deno.test("ModuleRunner.stop() waits for a change under way, and what was handed on is put away once", async () => {
  const seen: string[] = [];
  const files = new ScriptedModule("files", (_, signal) => untilAborted(signal));
  files.extras = {
    takeOver: () => void seen.push("taken over"),
    close: () => Promise.resolve(void seen.push("closed")),
  };
  let finish = () => {};
  const original = files.create.bind(files);
  const { runner } = runModules(new MemoryClock(), [files]);
  await settle("loop");
  files.create = async (...given) => {
    await new Promise<void>((resolve) => finish = resolve);
    return original(...given);
  };
  const changed = runner.change("files", { enabled: true, depth: 2 });
  await settle("loop");
  const stopped = runner.stop().then(() => seen.push("stopped"));
  await settle("loop");
  assert.ok(!seen.includes("stopped"));
  finish();
  await Promise.all([changed, stopped]);
  assert.deepEqual(seen, ["closed", "stopped"]);
  assert.equal(files.runs, 1);
});
