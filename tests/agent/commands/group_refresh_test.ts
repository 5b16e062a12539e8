import assert from "node:assert/strict";
import type { GroupUpdate } from "../../../src/agent/commands/executors/group_updater.ts";
import { GroupRefresh } from "../../../src/agent/commands/group_refresh.ts";
import { AgentError } from "../../../src/shared/errors.ts";
import { MemoryClock, settle } from "../../support/fake_clock.ts";

const INTERVAL_MS = 600_000;
const UNCHANGED: GroupUpdate = { groups: ["web"], changed: false, needs_restart: [] };

/** A refresh whose outcomes a test sets. */
class Scene implements AsyncDisposable {
  readonly clock = new MemoryClock();
  readonly refresh: GroupRefresh;
  groups = ["web"];
  isAllowed = true;
  loggedIn: Promise<unknown> = Promise.resolve();
  outcome: () => Promise<GroupUpdate | undefined> = () => Promise.resolve(UNCHANGED);
  /** When the server was asked: monotonic, milliseconds. */
  readonly asked: number[] = [];
  /** What was written into the machine's record. */
  readonly recorded: string[] = [];
  recording: () => Promise<void> = () => Promise.resolve();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(prepare: (scene: Scene) => void = () => {}) {
    prepare(this);
    let waitMs = 500;
    this.refresh = new GroupRefresh({
      updater: {
        refresh: () => {
          this.asked.push(this.clock.monotonic());
          return this.outcome();
        },
      },
      loggedIn: () => this.loggedIn,
      groups: () => this.groups,
      isAllowed: () => this.isAllowed,
      intervalMs: () => INTERVAL_MS,
      retryWaits: { next: () => waitMs *= 2, reset: () => void (waitMs = 500) },
      record: (groups, { taken, message }) => {
        this.recorded.push(`${groups} ${taken ? "taken" : "refused"}: ${message}`);
        return this.recording();
      },
      clock: this.clock,
      random: () => 0.5,
    });
    this.#running = this.refresh.run(this.#stop.signal);
  }

  async advance(ms: number): Promise<void> {
    await settle("loop");
    await this.clock.advance(ms);
    await settle("loop");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort("stop");
    await this.#running;
  }
}

Deno.test("GroupRefresh asks once logged in, and again every interval, a little earlier than that", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  await using at = new Scene((scene) => scene.loggedIn = promise);
  await at.advance(1_000);
  assert.deepEqual([at.asked, at.refresh.status().state], [[], "pending"]);
  resolve();
  await at.advance(0);
  assert.deepEqual([at.asked, at.refresh.status().state], [[1_000], "current"]);
  await at.advance(INTERVAL_MS);
  assert.deepEqual(at.asked, [1_000, 1_000 + INTERVAL_MS * 0.95]);
});

Deno.test("GroupRefresh asks at once after a log-in, but not for the one that it waited for", async () => {
  await using at = new Scene();
  at.refresh.wake();
  await at.advance(5_000);
  assert.deepEqual(at.asked, [0]);
  at.refresh.wake();
  await at.advance(0);
  assert.deepEqual(at.asked, [0, 5_000]);
});

Deno.test("GroupRefresh tries a passing fault again soon, and a file that is wrong at the next interval", async () => {
  const fail = (code: "server_unreachable" | "failed") => () =>
    Promise.reject(new AgentError(code, "no"));
  await using at = new Scene((scene) => scene.outcome = fail("server_unreachable"));
  for (const ms of [1_000, 2_000]) await at.advance(ms);
  assert.deepEqual(at.asked, [0, 1_000, 3_000]);
  const { state, reason, nextTryAtMs, failingSinceMs } = at.refresh.status();
  assert.equal(failingSinceMs, at.clock.now() - 3_000);
  assert.deepEqual([state, reason, nextTryAtMs], ["failing", "no", at.clock.now() + 4_000]);
  at.outcome = fail("failed");
  await at.advance(4_000);
  await at.advance(INTERVAL_MS / 2);
  assert.deepEqual(at.asked.length, 4);
  at.outcome = () => Promise.resolve(UNCHANGED);
  await at.advance(INTERVAL_MS / 2);
  assert.deepEqual([at.asked.length, at.refresh.status().state], [5, "current"]);
  assert.equal(at.refresh.status().reason, undefined);
  assert.equal(at.refresh.status().failingSinceMs, undefined);
});

Deno.test("GroupRefresh asks for nothing without groups, or where the machine does not allow it", async () => {
  await using none = new Scene((scene) => scene.groups = []);
  await none.advance(INTERVAL_MS);
  assert.deepEqual([none.asked, none.refresh.status().state], [[], "none"]);
  await using barred = new Scene((scene) => scene.isAllowed = false);
  await barred.advance(INTERVAL_MS);
  const { state, reason } = barred.refresh.status();
  assert.deepEqual([barred.asked, state], [[], "not_allowed"]);
  assert.match(reason ?? "", /remote\.allow\.actions/);
  barred.isAllowed = true;
  await barred.advance(INTERVAL_MS);
  assert.equal(barred.asked.length, 1);
});

Deno.test("GroupRefresh looks again soon after an order that came in between, and takes its success for its own", async () => {
  await using at = new Scene((scene) => scene.outcome = () => Promise.resolve(undefined));
  await at.advance(0);
  at.refresh.noteOrder();
  assert.equal(at.refresh.status().state, "current");
  await at.advance(1_000);
  assert.deepEqual(at.asked, [0, 1_000]);
});

Deno.test("GroupRefresh records what the server changed or was refused, each once, and no passing fault", async () => {
  await using at = new Scene();
  at.outcome = () =>
    Promise.resolve({ ...UNCHANGED, changed: true, needs_restart: ["log.format"] });
  await at.advance(0);
  at.outcome = () => Promise.reject(new AgentError("failed", "web.yml turns collection off"));
  for (let turn = 0; turn < 3; turn++) await at.advance(INTERVAL_MS);
  at.outcome = () => Promise.reject(new AgentError("server_unreachable", "away"));
  await at.advance(INTERVAL_MS);
  at.outcome = () => Promise.resolve(UNCHANGED);
  await at.advance(INTERVAL_MS);
  assert.deepEqual(at.recorded, [
    "web taken: the groups' files changed; after a restart: log.format",
    "web refused: web.yml turns collection off",
  ]);
});

Deno.test("GroupRefresh goes on when the record cannot be written", async () => {
  await using at = new Scene((scene) => {
    scene.recording = () => Promise.reject(new Error("disk full"));
    scene.outcome = () => Promise.resolve({ ...UNCHANGED, changed: true });
  });
  await at.advance(INTERVAL_MS);
  assert.ok(at.asked.length >= 2);
  assert.equal(at.refresh.status().state, "current");
});
