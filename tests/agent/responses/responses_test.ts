import assert from "node:assert/strict";
import { NotStartedError } from "../../../src/agent/responses/action.ts";
import type { ResponseQueue } from "../../../src/agent/responses/response_steps.ts";
import { settle } from "../../support/fake_clock.ts";
import { FakeAction, outcome, ResponseScene } from "./support.ts";

const IP = "192.0.2.7";

function test(name: string, run: (scene: ResponseScene) => Promise<void>): void {
  Deno.test(`Responses ${name}`, async () => {
    using scene = new ResponseScene();
    scene.start();
    await run(scene);
    await scene.stop();
  });
}

test("enables for a time, tells so, reverts when the time is over and tells so", async (scene) => {
  const { action } = scene;
  const result = await scene.block(IP, 600);
  assert.equal(result.code, 0);
  assert.equal(result.message, "block 192.0.2.7: enabled until 2026-01-01T00:10:00.000Z");
  assert.deepEqual([...action.effects], [[IP, 600_000]]);
  const [enabled, ...none] = await scene.news();
  assert.deepEqual(none, []);
  assert.equal(enabled?.action, "response-enabled");
  assert.match(
    enabled?.reason ?? "",
    /^block 192\.0\.2\.7: enabled until 2026-01-01T00:10:00\.000Z/,
  );
  await scene.pass(599);
  assert.deepEqual([...action.effects.keys()], [IP]);
  await scene.pass(1);
  assert.deepEqual(action.effects.size, 0);
  assert.deepEqual(await scene.news(), [{
    action: "response-reverted",
    reason: "block 192.0.2.7: reverted (expired): exit status 0",
    exit_code: 0,
    ip: IP,
  }]);
  assert.deepEqual(scene.responses.list(), []);
});

test("a second enable of the same moves the end, in both directions, and runs nothing", async (scene) => {
  const { action } = scene;
  await scene.block(IP, 600);
  await scene.news();
  await scene.pass(300);
  const again = await scene.block("::ffff:192.0.2.7", 600);
  assert.equal(again.code, 0);
  assert.equal(again.message, "block 192.0.2.7: already active until 2026-01-01T00:15:00.000Z");
  assert.deepEqual(action.calls, [`enable ${IP}`]);
  await scene.pass(599);
  assert.equal(action.effects.size, 1);
  await scene.block(IP, 1);
  await scene.pass(1);
  assert.equal(action.effects.size, 0);
  assert.deepEqual((await scene.news()).map(({ action }) => action), ["response-reverted"]);
});

test("keeps apart whom responses are against: each has its own end", async (scene) => {
  await scene.block("192.0.2.1", 10);
  await scene.block("192.0.2.2", 20);
  await scene.block("192.0.2.3", 30);
  await scene.pass(10);
  assert.deepEqual([...scene.action.effects.keys()], ["192.0.2.2", "192.0.2.3"]);
  await scene.pass(20);
  assert.equal(scene.action.effects.size, 0);
});

test("an order to disable ends it before its time", async (scene) => {
  await scene.block(IP);
  await scene.news();
  const result = await scene.order({ command: "disable", source: { ip: IP } }, { id: "9" });
  assert.deepEqual(result, { code: 0, message: "block 192.0.2.7: reverted: exit status 0" });
  const [told, ...none] = await scene.news();
  assert.deepEqual(none, []);
  assert.match(told?.reason ?? "", /reverted \(by order 9\)/);
  await scene.pass(600);
  assert.deepEqual(scene.action.calls, [`enable ${IP}`, `disable ${IP}`]);
});

test("an order to disable what is not written down runs the action all the same, and tells no end", async (scene) => {
  const result = await scene.order({ command: "disable", source: { ip: IP } });
  assert.equal(result.code, 0);
  assert.match(result.message, /was not active here; exit status 0$/);
  assert.deepEqual(scene.action.calls, [`disable ${IP}`]);
  assert.deepEqual(await scene.news(), []);
});

test("an enable without a duration runs once and each time, and leaves nothing to end", async (scene) => {
  for (const id of ["1", "2"]) {
    const result = await scene.order({ source: { ip: IP } }, { id });
    assert.deepEqual([result.code, result.message], [0, "block 192.0.2.7: enabled"]);
  }
  assert.deepEqual(scene.action.calls, [`enable ${IP}`, `enable ${IP}`]);
  assert.deepEqual(scene.responses.list(), []);
  const told = (await scene.news()).map(({ action }) => action);
  assert.deepEqual(told, ["response-enabled", "response-enabled"]);
});

test("an enable without a duration leaves the end of what is active, which ends once", async (scene) => {
  await scene.block(IP, 600);
  const again = await scene.order({ source: { ip: IP } }, { id: "2" });
  assert.deepEqual(
    [again.code, again.message],
    [0, "block 192.0.2.7: already active until 2026-01-01T00:10:00.000Z"],
  );
  assert.deepEqual(scene.action.calls, [`enable ${IP}`]);
  await scene.pass(600);
  assert.equal(scene.action.effects.size, 0);
  assert.deepEqual((await scene.news()).map(({ action }) => action), [
    "response-enabled",
    "response-reverted",
  ]);
});

test("an enable without a duration does not have a reversal forgotten that fails", async (scene) => {
  await scene.block(IP, 10);
  scene.action.failures = [outcome(false, "exit status 1")];
  await scene.pass(10);
  const again = await scene.order({ source: { ip: IP } }, { id: "2" });
  assert.equal(again.code, 1);
  assert.match(again.message, /^block 192\.0\.2\.7: .* still being reverted/);
  await scene.pass(60);
  assert.equal(scene.action.effects.size, 0);
  assert.deepEqual((await scene.news()).map(({ action }) => action), [
    "response-enabled",
    "response-failed",
    "response-reverted",
  ]);
});

Deno.test("Responses enable for the longest time what always ends, without a duration", async () => {
  class Ending extends FakeAction {
    override readonly alwaysEnds = true;
  }
  using scene = new ResponseScene(new Ending());
  scene.maxDurationMs = 3_600_000;
  const { message } = await scene.order({ source: { ip: IP } });
  assert.match(message, /enabled until 2026-01-01T01:00:00/);
});

test("refuse what is protected, and more time than the machine allows, and write nothing", async (scene) => {
  scene.maxDurationMs = 3_600_000;
  const refused = await scene.block("10.0.0.1");
  assert.deepEqual(refused, { code: 1, message: "refused: 10.0.0.1 is protected" });
  const long = await scene.block(IP, 3_601);
  assert.equal(long.code, 1);
  assert.match(
    long.message,
    /duration_s is 3601, more than .* \(active_response\.max_duration, 1h\)/,
  );
  assert.equal((await scene.block(IP, 3_600)).code, 0);
  assert.deepEqual(scene.action.calls, [`enable ${IP}`]);
});

test("undo what could not be enabled, since nobody knows what of it was done", async (scene) => {
  scene.action.failures = [outcome(false, "exit status 3")];
  const result = await scene.block(IP);
  assert.deepEqual([result.code, result.message], [1, "block 192.0.2.7: exit status 3"]);
  await scene.pass(0);
  assert.deepEqual(scene.action.calls, [`enable ${IP}`, `disable ${IP}`]);
  assert.deepEqual((await scene.news()).map(({ action, reason }) => [action, reason]), [
    ["response-failed", "block 192.0.2.7: not enabled, and to be undone: exit status 3"],
    [
      "response-reverted",
      "block 192.0.2.7: reverted (not enabled: exit status 3): exit status 0",
    ],
  ]);
});

test("end at once what was not even started", async (scene) => {
  scene.action.failures = [new NotStartedError("no such file")];
  assert.equal((await scene.block(IP)).code, 1);
  await scene.pass(0);
  assert.deepEqual(scene.action.calls, [`enable ${IP}`]);
  assert.deepEqual((await scene.news()).map(({ reason }) => reason), [
    "block 192.0.2.7: not enabled: no such file",
  ]);
  assert.deepEqual(scene.responses.list(), []);
});

test("try a failing reversal again after 1, 2, 4 … 60 minutes, for ever, and tell of it once", async (scene) => {
  await scene.block(IP, 10);
  await scene.news();
  scene.action.failures = Array.from({ length: 9 }, () => outcome(false, "exit status 1"));
  await scene.pass(10);
  const tries = () => scene.action.calls.length - 1;
  assert.equal(tries(), 1);
  for (const [index, minutes] of [1, 2, 4, 8, 16, 32, 60, 60, 60].entries()) {
    await scene.pass(minutes * 60 - 1);
    assert.equal(tries(), index + 1, `${minutes} min`);
    const [report] = scene.responses.list();
    assert.equal(report?.attempts, index + 1);
    assert.equal(report?.failure, "exit status 1");
    await scene.pass(1);
  }
  assert.equal(scene.action.effects.size, 0);
  assert.deepEqual((await scene.news()).map(({ action }) => action), [
    "response-failed",
    "response-reverted",
  ]);
  assert.deepEqual(scene.responses.status(), { active: 0, reverting: 0, failing: [] });
});

test("tell in the status which reversals fail, and why", async (scene) => {
  await scene.block(IP, 10);
  await scene.block("192.0.2.8", 600);
  scene.action.failures = [outcome(false, "exit status 1")];
  await scene.pass(10);
  const { active, reverting, failing } = scene.responses.status();
  assert.deepEqual([active, reverting], [1, 1]);
  assert.equal(failing[0]?.failure, "exit status 1");
  assert.equal(failing[0]?.next_try_at, "2026-01-01T00:01:10.000Z");
});

test("an enable of what could not be reverted enables it anew, and it ends once", async (scene) => {
  await scene.block(IP, 10);
  scene.action.failures = [outcome(false, "exit status 1")];
  await scene.pass(10);
  const again = await scene.block(IP, 100, {});
  assert.match(again.message, /enabled until/);
  assert.equal(scene.action.calls.at(-1), `enable ${IP}`);
  await scene.pass(99);
  assert.equal(scene.action.effects.size, 1);
  await scene.pass(1);
  assert.deepEqual((await scene.news()).map(({ action }) => action), [
    "response-enabled",
    "response-failed",
    "response-reverted",
  ]);
});

test("end what expired while no agent ran, and nothing else", async (scene) => {
  await scene.block("192.0.2.1", 60);
  await scene.block("192.0.2.2", 7_200);
  await scene.stop();
  await scene.pass(3_600);
  assert.equal(scene.action.effects.size, 2);
  await scene.restart();
  await settle("loop");
  assert.deepEqual([...scene.action.effects.keys()], ["192.0.2.2"]);
  await scene.pass(3_600);
  assert.equal(scene.action.effects.size, 0);
});

test("a jump of the wall clock neither ends one early nor keeps it", async (scene) => {
  await scene.block(IP, 600);
  scene.clock.jumpTo(Date.UTC(2036, 0, 1));
  await scene.pass(599);
  assert.equal(scene.action.effects.size, 1);
  scene.clock.jumpTo(Date.UTC(2016, 0, 1));
  await scene.pass(1);
  assert.equal(scene.action.effects.size, 0);
});

test("a clock that is set back while no agent runs keeps one for no longer than it has left", async (scene) => {
  await scene.block(IP, 600);
  await scene.pass(100);
  await scene.stop();
  scene.clock.jumpTo(Date.UTC(2016, 0, 1));
  await scene.restart();
  await scene.pass(499);
  assert.equal(scene.action.effects.size, 1);
  await scene.pass(1);
  assert.equal(scene.action.effects.size, 0);
});

test("revert by hand by key, by its beginning, and all", async (scene) => {
  for (const last of [1, 2, 3, 4]) await scene.block(`192.0.2.${last}`);
  const { signal } = new AbortController();
  const keys = scene.responses.list().map(({ key }) => key);
  const [one = "", two = ""] = keys;
  const reports = await scene.responses.revert({ keys: [one, two.slice(0, 30)] }, signal);
  assert.deepEqual(reports.map(({ key, reverted }) => [key, reverted]), [[one, true], [two, true]]);
  await assert.rejects(scene.responses.revert({ keys: ["block:"] }, signal), {
    message: '2 responses have keys that begin with "block:"',
  });
  await assert.rejects(scene.responses.revert({ keys: [one] }, signal), /No response has the key/);
  assert.equal((await scene.responses.revert({ all: true }, signal)).length, 2);
  assert.equal(scene.action.effects.size, 0);
  const reasons = (await scene.news()).filter(({ action }) => action === "response-reverted")
    .map(({ reason }) => reason);
  assert.equal(reasons.length, 4);
  assert.ok(reasons.every((reason) => reason.includes("(by hand)")));
});

test("a script that asks by keys that are active already is told to abort, and the end of those moves", async (scene) => {
  scene.action.claim = ({ claimKeys }) => claimKeys(["192.0.2"]);
  assert.equal((await scene.block("192.0.2.1", 100)).code, 0);
  await scene.news();
  const second = await scene.block("192.0.2.2", 600);
  assert.equal(second.code, 0);
  assert.equal(second.message, "block 192.0.2.1: already active until 2026-01-01T00:10:00.000Z");
  assert.equal(scene.responses.list().length, 1);
  assert.deepEqual(await scene.news(), []);
  await scene.pass(599);
  assert.equal(scene.action.effects.size, 1);
  await scene.pass(1);
  assert.equal(scene.action.effects.size, 0);
});

test("an action that runs out of its time is undone", async (scene) => {
  const timeUp = new AbortController();
  const { promise, reject } = Promise.withResolvers<void>();
  timeUp.signal.addEventListener("abort", () => reject(timeUp.signal.reason));
  scene.action.point = () => promise;
  const running = scene.order({ source: { ip: IP }, duration_s: 60 }, { signal: timeUp.signal });
  await settle("loop");
  scene.action.point = () => Promise.resolve();
  timeUp.abort(new Error("timed out after 60 s"));
  assert.equal((await running).code, 1);
  await scene.pass(0);
  assert.deepEqual(scene.action.calls, [`disable ${IP}`]);
  assert.deepEqual(scene.responses.list(), []);
});

test("a reversal that does not end is given up after its time, and tried again", async (scene) => {
  await scene.block(IP, 10);
  let hanging = true;
  scene.action.point = () => hanging ? new Promise(() => {}) : Promise.resolve();
  const { action } = scene;
  const disable = action.disable.bind(action);
  action.disable = (run) =>
    Promise.race([
      disable(run),
      new Promise<never>((_, reject) =>
        run.signal.addEventListener("abort", () => reject(run.signal.reason))
      ),
    ]);
  await scene.pass(10 + 60);
  assert.match(scene.responses.list()[0]?.failure ?? "", /timed out after 60 s/);
  hanging = false;
  await scene.pass(60);
  assert.equal(action.effects.size, 0);
});

test("what the disk changed is not run, and is told", async (scene) => {
  await scene.block(IP, 10);
  scene.change("UPDATE response SET subject = replace(subject, '192.0.2.7', '198.51.100.9')");
  await scene.pass(10);
  assert.deepEqual(scene.action.calls, [`enable ${IP}`]);
  assert.match(scene.responses.list()[0]?.failure ?? "", /damaged/);
});

test("10,000 are kept, listed and reverted", async (scene) => {
  // Together, so that they share transactions.
  await Promise.all(
    Array.from({ length: 10_000 }, (_, index) => scene.block(`10.7.${index >> 8}.${index & 255}`)),
  );
  assert.equal(scene.responses.list().length, 10_000);
  assert.equal(scene.responses.status().active, 10_000);
  const { signal } = new AbortController();
  assert.equal((await scene.responses.revert({ all: true }, signal)).length, 10_000);
  assert.equal(scene.action.effects.size, 0);
});

test("refuse more input than the disk is to hold, and small ones not for that", async (scene) => {
  const input = { text: "x".repeat(2_000) };
  const block = (index: number, more = {}) =>
    scene.block(`10.8.${index >> 8}.${index & 255}`, 60, more);
  await Promise.all(Array.from({ length: 500 }, (_, index) => block(index, { input })));
  const refused = await block(500, { input });
  assert.match(refused.message, /^too many responses are enabled .* 500 with more than 1 KiB/);
  assert.equal((await block(501)).code, 0);
});

/** A queue whose disk is full now and then. */
function fullDisk(scene: ResponseScene): { queue: ResponseQueue; isFull: boolean } {
  const disk: { queue: ResponseQueue; isFull: boolean } = {
    isFull: false,
    queue: {
      look: (read) => scene.queue.look(read),
      transact: (write) =>
        disk.isFull ? Promise.reject(new Error("disk is full")) : scene.queue.transact(write),
    },
  };
  return disk;
}

test("enable nothing that cannot be written down", async (scene) => {
  const disk = fullDisk(scene);
  const responses = scene.process(disk.queue);
  disk.isFull = true;
  const order = { source: { ip: IP }, duration_s: 60 };
  await assert.rejects(scene.order(order, { to: responses }), /disk is full/);
  assert.deepEqual(scene.action.calls, []);
  disk.isFull = false;
  assert.equal((await scene.order(order, { to: responses })).code, 0);
});

test("write down what was done once there is room, and end it all the same", async (scene) => {
  await scene.stop();
  const disk = fullDisk(scene);
  scene.responses = scene.process(disk.queue);
  scene.start();
  scene.action.point = () => Promise.resolve(void (disk.isFull = true));
  const running = scene.block(IP, 600);
  await scene.pass(5);
  assert.equal(scene.action.effects.size, 1);
  scene.action.point = () => Promise.resolve();
  disk.isFull = false;
  await scene.pass(1);
  assert.match((await running).message, /enabled until/);
  disk.isFull = true;
  await scene.pass(600);
  disk.isFull = false;
  await scene.pass(10);
  assert.equal(scene.action.effects.size, 0);
  assert.deepEqual((await scene.news()).map(({ action }) => action), [
    "response-enabled",
    "response-reverted",
  ]);
});

Deno.test("Responses that the end of an agent left half enabled are ended by hand too, and both is told", async () => {
  using scene = new ResponseScene();
  scene.action.point = () => new Promise(() => {});
  scene.block(IP, 600);
  await settle("loop");
  scene.action.point = () => Promise.resolve();
  const next = scene.process();
  const [report] = await next.revert({ all: true }, new AbortController().signal);
  assert.equal(report?.reverted, true);
  assert.deepEqual((await scene.news()).map(({ reason }) => reason), [
    "block 192.0.2.7: not enabled, and to be undone: the agent ended while it was being enabled",
    "block 192.0.2.7: reverted (by hand): exit status 0",
  ]);
});

test("one that has something to end gives way to no other with the same keys", async (scene) => {
  scene.action.claim = ({ claimKeys }) => claimKeys(["192.0.2"]);
  await scene.block("192.0.2.1", 600);
  scene.action.claim = undefined;
  scene.action.failures = [outcome(false, "exit status 1"), outcome(false, "exit status 1")];
  await scene.block("192.0.2.2", 60);
  await scene.pass(0);
  assert.equal(scene.responses.status().reverting, 1);
  scene.action.claim = ({ claimKeys }) => claimKeys(["192.0.2"]);
  assert.match((await scene.block("192.0.2.2", 60)).message, /enabled until/);
  await scene.pass(600);
  assert.deepEqual(scene.responses.list(), []);
  assert.equal(
    (await scene.news()).filter(({ action }) => action === "response-reverted").length,
    2,
  );
});

Deno.test("Responses that were left half enabled are undone also when the next try cannot even start", async () => {
  using scene = new ResponseScene();
  scene.action.point = () => new Promise(() => {});
  scene.block(IP, 600);
  await settle("loop");
  scene.action.point = () => Promise.resolve();
  scene.action.failures = [new NotStartedError("no such file")];
  scene.responses = scene.process();
  assert.equal((await scene.block(IP, 600)).code, 1);
  scene.start();
  await scene.pass(0);
  await scene.stop();
  assert.equal(scene.action.calls.at(-1), `disable ${IP}`);
  assert.deepEqual(scene.responses.list(), []);
});
