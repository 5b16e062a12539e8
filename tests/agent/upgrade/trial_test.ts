/** The trial of a version, with a clock that is handed in and a process that the test plays. */

import assert from "node:assert/strict";
import { type TrialEnd, type TrialProcess, tryVersion } from "../../../src/agent/upgrade/trial.ts";
import { baselineOf, type ComparedStatus } from "../../../src/agent/upgrade/trial_verdict.ts";
import { MemoryClock } from "../../support/fake_clock.ts";
import { documentOf, WELL } from "../../support/status_documents.ts";

const LIMIT_MS = 12_000;
const STEADY_MS = 1_000;
const PID = 4712;

/** The version on trial, and what the one that watches knows. */
class Scene {
  readonly clock = new MemoryClock();
  readonly stop = new AbortController();
  readonly signals: string[] = [];
  readonly #ended = Promise.withResolvers<{ code: number; signal: string | null }>();
  log = "";
  /** What its local API says; `undefined` while it does not answer. */
  status: ComparedStatus | undefined;
  acknowledged = true;
  serverAnswers = true;
  looks = 0;
  obeys = true;
  starts = true;

  status99(change: Partial<ComparedStatus> = {}): ComparedStatus {
    const document = documentOf({ ...WELL, pid: PID });
    const { agent } = document;
    return { ...document, agent: agent && { ...agent, version: "99.0.0" }, ...change };
  }

  end(code: number, signal: string | null = null): void {
    this.#ended.resolve({ code, signal });
  }

  run(baseline = baselineOf(documentOf(WELL))): Promise<TrialEnd> {
    const process: TrialProcess = {
      pid: PID,
      status: this.#ended.promise,
      readLog: (onText) => Promise.resolve(onText(this.log)),
      kill: (signal) => {
        this.signals.push(signal);
        if (this.obeys || signal === "SIGKILL") this.end(143, signal);
      },
    };
    return tryVersion({
      version: "99.0.0",
      baseline,
      start: () => {
        if (!this.starts) throw new Error("exec format error");
        return process;
      },
      ask: () => Promise.resolve(this.status),
      delivers: () => Promise.resolve(this.acknowledged),
      serverAnswers: () => Promise.resolve(this.serverAnswers),
      onLook: () => void this.looks++,
      onLog: () => {},
      limitMs: LIMIT_MS,
      stopMs: 5_000,
      clock: this.clock,
      signal: this.stop.signal,
    });
  }
}

function fault(end: TrialEnd): unknown {
  return end.kind === "failed" ? end.fault : end.kind;
}

Deno.test("a version passes once it was well for a while without a break", async () => {
  const scene = new Scene();
  const trial = scene.run();
  await scene.clock.advance(2_000);
  scene.status = scene.status99();
  await scene.clock.advance(STEADY_MS - 200);
  // A break begins the time anew.
  scene.status = undefined;
  await scene.clock.advance(1_000);
  scene.status = scene.status99();
  await scene.clock.advance(STEADY_MS + 400);
  assert.equal((await trial).kind, "passed");
  assert.deepEqual(scene.signals, []);
  assert.ok(scene.looks > 10);
});

Deno.test("a version that cannot be started, ends, or does not answer has failed", async () => {
  const unstartable = new Scene();
  unstartable.starts = false;
  assert.equal(fault(await unstartable.run()), "does_not_start");
  const mortal = new Scene();
  mortal.log = "first\nlast words\n";
  const dying = mortal.run();
  await mortal.clock.advance(1_000);
  mortal.end(3);
  await mortal.clock.advance(2_000);
  const died = await dying;
  assert.ok(died.kind === "failed" && died.fault === "died");
  assert.match(died.message, /with status 3$/);
  assert.deepEqual(died.log, ["first", "last words"]);
  const silent = new Scene();
  const hanging = silent.run();
  await silent.clock.advance(LIMIT_MS + 1_000);
  assert.equal(fault(await hanging), "does_not_answer");
  assert.deepEqual(silent.signals, ["SIGTERM"]);
});

Deno.test("a version that does not obey is killed", async () => {
  const scene = new Scene();
  scene.obeys = false;
  const trial = scene.run();
  await scene.clock.advance(LIMIT_MS + 6_000);
  await trial;
  assert.deepEqual(scene.signals, ["SIGTERM", "SIGKILL"]);
});

Deno.test("what answers must be the process that was started, under the version that it was signed as", async () => {
  for (
    const [status, wanted] of [
      [{ pid: 1 }, "does_not_answer"],
      [{ agent: WELL.agent }, "wrong_version"],
      [{ agent: null }, "wrong_version"],
    ] as const
  ) {
    const scene = new Scene();
    scene.status = scene.status99(status);
    const trial = scene.run();
    await scene.clock.advance(LIMIT_MS + 1_000);
    assert.equal(fault(await trial), wanted);
  }
});

Deno.test("a version with fewer events than were stored has failed, though the server is away", async () => {
  const scene = new Scene();
  scene.status = scene.status99();
  const trial = scene.run({ hadToken: false, taken: { stateless: 1e9, stateful: 0 } });
  await scene.clock.advance(LIMIT_MS + 1_000);
  assert.equal(fault(await trial), "queue_smaller");
});

Deno.test("a version that gets no token or no event through has failed only if the old one can", async () => {
  const token = { state: "retrying", expires_at: null };
  for (
    const [change, acknowledged, wanted] of [
      [{ server: { ...WELL.server, token } }, true, "cannot_log_in"],
      [{}, false, "not_acknowledged"],
    ] as const
  ) {
    for (const serverAnswers of [true, false]) {
      const scene = new Scene();
      scene.status = scene.status99(change);
      Object.assign(scene, { acknowledged, serverAnswers });
      const trial = scene.run();
      await scene.clock.advance(LIMIT_MS + 1_000);
      assert.equal(fault(await trial), serverAnswers ? wanted : "passed");
    }
  }
});

Deno.test("without a token before, none is asked for", async () => {
  const scene = new Scene();
  scene.acknowledged = false;
  scene.status = scene.status99({
    server: { ...WELL.server, token: { state: "retrying", expires_at: null } },
  });
  const trial = scene.run({ hadToken: false, taken: { stateless: 0, stateful: 0 } });
  await scene.clock.advance(STEADY_MS + 400);
  assert.equal((await trial).kind, "passed");
});

Deno.test("a stop of the agent ends the trial and the version on trial", async () => {
  const scene = new Scene();
  const trial = scene.run();
  await scene.clock.advance(1_000);
  scene.stop.abort("SIGTERM");
  await scene.clock.advance(1_000);
  assert.equal((await trial).kind, "stopped");
  assert.deepEqual(scene.signals, ["SIGTERM"]);
});
