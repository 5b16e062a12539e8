import assert from "node:assert/strict";
import type { Collector } from "../../../src/agent/modules/collector.ts";
import { MemoryClock, settle } from "../../support/fake_clock.ts";
import { runModules, ScriptedModule, untilAborted } from "./support/scripted_module.ts";

const never = new AbortController().signal;

Deno.test("ModuleRunner has a module rest and go on from what it has open; the others do not notice", async () => {
  const files = new ScriptedModule("files", (_, signal) => untilAborted(signal));
  const others = new ScriptedModule("others", (_, signal) => untilAborted(signal));
  const handed: Collector[] = [];
  const closed: string[] = [];
  files.extras = {
    takeOver: (previous) => void handed.push(previous),
    close: () => Promise.resolve(void closed.push("closed")),
  };
  const { runner, only } = runModules(new MemoryClock(), [files, others]);
  await settle("loop");
  await runner.pause("files", "person");
  assert.deepEqual(
    [only().state, only().reason, only().try],
    ["paused", "paused by a person here", "agent modules resume files"],
  );
  assert.equal(runner.progress("files"), undefined);
  await assert.rejects(runner.scan("files", never), /"files" is paused/);
  await runner.pause("files", "server");
  assert.equal(only().reason, "paused by a person here");
  await runner.change("files", { enabled: true });
  assert.deepEqual([only().state, files.runs], ["paused", 1]);
  await assert.rejects(runner.resume("files", "server"), /"files" is paused by a person here/);
  await runner.resume("files", "person");
  await settle("loop");
  assert.deepEqual([only().state, only().reason, files.runs], ["running", null, 2]);
  assert.equal(handed.length, 2);
  assert.deepEqual([others.runs, closed], [1, []]);
  await runner.stop();
});

Deno.test("a person's pause takes the place of the server's, which then cannot end it", async () => {
  const files = new ScriptedModule("files", (_, signal) => untilAborted(signal));
  const { runner, only } = runModules(new MemoryClock(), [files]);
  await settle("loop");
  await runner.pause("files", "server");
  assert.equal(only().reason, "paused by an order of the server");
  await runner.resume("files", "server");
  await runner.pause("files", "server");
  await runner.pause("files", "person");
  await assert.rejects(runner.resume("files", "server"), /"files" is paused by a person here/);
  assert.equal(only().state, "paused");
  await runner.stop();
});

Deno.test("ModuleRunner puts a paused module away at the end, and forgets the pause of one that is disabled", async () => {
  const files = new ScriptedModule("files", (_, signal) => untilAborted(signal));
  let closed = 0;
  files.extras = { close: () => Promise.resolve(void closed++) };
  const { runner, only } = runModules(new MemoryClock(), [files]);
  await settle("loop");
  await runner.pause("files", "person");
  await runner.change("files", { enabled: false });
  assert.equal(only().state, "disabled");
  await assert.rejects(runner.pause("files", "person"), /"files" is disabled/);
  await assert.rejects(runner.resume("files", "person"), /"files" is disabled/);
  await runner.change("files", { enabled: true });
  await settle("loop");
  assert.equal(only().state, "running");
  await runner.pause("files", "person");
  const before = closed;
  await runner.stop();
  assert.equal(closed, before + 1);
});

Deno.test("a paused module is paused also when it had failed and waited to start again", async () => {
  const broken = new ScriptedModule("broken", () => Promise.reject(new Error("no disk")));
  const clock = new MemoryClock();
  const { runner, only } = runModules(clock, [broken]);
  await settle("loop");
  assert.equal(only().state, "failed");
  await runner.pause("broken", "person");
  await clock.advance(600_000);
  assert.deepEqual([only().state, broken.runs], ["paused", 1]);
  assert.deepEqual(only().statistics.errors, { run: 1 });
  await runner.stop();
});

Deno.test("a scan that nobody waits for goes on to its end; another collector is scanned beside it", async () => {
  const clock = new MemoryClock();
  const files = new ScriptedModule("files", (_, signal) => untilAborted(signal));
  const states = { collectors: () => ["packages", "ports"] };
  const scanned: (string | undefined)[] = [];
  files.scan = async (signal, collector) => {
    await clock.sleep(5_000, signal);
    scanned.push(collector);
  };
  const { runner, only } = runModules(clock, [Object.assign(files, { states })]);
  await settle("loop");
  await runner.scan("files", never, { wait: false, collector: "packages" });
  await runner.scan("files", never, { wait: false });
  const waited = runner.scan("files", never, { collector: "packages" });
  assert.equal(only().state, "scanning");
  await clock.advance(5_000);
  await waited;
  assert.deepEqual(scanned, ["packages", undefined]);
  await settle("loop");
  assert.equal(only().state, "running");
  const { asked_scans: scans } = only().statistics;
  assert.deepEqual(scans, { count: 2, last_ms: 5_000, mean_ms: 5_000, max_ms: 5_000 });
  await assert.rejects(
    runner.scan("files", never, { collector: "package" }),
    /keeps no "package" now, did you mean "packages"/,
  );
  await runner.stop();
});

Deno.test("a scan that fails is counted, also when nobody waited for it", async () => {
  const files = new ScriptedModule("files", (_, signal) => untilAborted(signal));
  files.scan = () => Promise.reject(new Error("no disk"));
  const { runner, only } = runModules(new MemoryClock(), [files]);
  await settle("loop");
  await runner.scan("files", never, { wait: false });
  await settle("loop");
  assert.deepEqual(only().statistics.errors, { scan: 1 });
  await assert.rejects(runner.scan("files", never, { collector: "x" }), /no collectors to scan/);
  await runner.stop();
});
