import assert from "node:assert/strict";
import { MemoryClock, settle } from "../../support/fake_clock.ts";
import { runModules, ScriptedModule, untilAborted } from "./support/scripted_module.ts";

const EVENT = `\n{"module":"m"}\n{"event":{"original":"x"}}`;

Deno.test("ModuleRunner gives a collector up that does not end, and lets nothing of it into the queue any more", async () => {
  const clock = new MemoryClock();
  const woken = Promise.withResolvers<void>();
  const late = Promise.withResolvers<unknown>();
  const files = new ScriptedModule("files", async ({ sink }, signal, { run }) => {
    if (run > 1) {
      await sink.append({ stream: "stateless", events: [EVENT] }, signal);
      return await untilAborted(signal);
    }
    await woken.promise;
    await sink.append({ stream: "stateless", events: [EVENT, EVENT] }, signal)
      .then(() => late.resolve("stored"), late.resolve);
    throw new Error("ends at last");
  });
  const taken: unknown[] = [];
  files.extras = { takeOver: (previous) => void taken.push(previous) };
  const { runner, only, sink } = runModules(clock, [files]);
  await settle("loop");
  const restarted = runner.restart("files");
  await clock.advance(5_000);
  await restarted;
  await settle("loop");
  assert.deepEqual([files.runs, only().state, only().events, taken.length], [2, "running", 1, 0]);
  woken.resolve();
  assert.match(String(await late.promise), /was given up, and another one is in its place/);
  await clock.advance(600_000);
  assert.equal(sink.groups.length, 1);
  assert.deepEqual([files.runs, only().state, only().last_error], [2, "running", null]);
  await runner.stop();
  assert.equal(only().state, "stopped");
});

Deno.test("ModuleRunner gives a collector up for which a change of options waits", async () => {
  const clock = new MemoryClock();
  const files = new ScriptedModule(
    "files",
    (_, signal, { run }) => run > 1 ? untilAborted(signal) : new Promise(() => {}),
  );
  const { runner, only } = runModules(clock, [files]);
  await settle("loop");
  const changed = runner.change("files", { enabled: true });
  await settle("loop");
  assert.equal(only().state, "stopping");
  assert.deepEqual(runner.progress("files"), {
    mark: "stopping",
    waitsFor: 'the end of "stopping"',
    mayWait: false,
  });
  const restarted = runner.restart("files");
  await clock.advance(5_000);
  await Promise.all([changed, restarted]);
  await settle("loop");
  assert.deepEqual([files.made, files.runs, only().state], [2, 2, "running"]);
  await runner.stop();
});

Deno.test("ModuleRunner knows nothing of the progress of what does not run or does not tell, and of appends all", async () => {
  const clock = new MemoryClock();
  const files = new ScriptedModule("files", async ({ sink }, signal) => {
    await clock.sleep(1_000, signal);
    await sink.append({ stream: "stateless", events: [EVENT] }, signal);
    await untilAborted(signal);
  });
  const { runner, sink } = runModules(clock, [files]);
  await settle("loop");
  assert.equal(runner.progress("files"), undefined);
  sink.pushBack();
  await clock.advance(1_000);
  assert.deepEqual(runner.progress("files"), { mark: "0 ", waitsFor: "the queue", mayWait: false });
  await runner.stop();
  assert.equal(runner.progress("files"), undefined);
  await assert.rejects(runner.restart("fles"), /There is no module "fles"/);
});
