import assert from "node:assert/strict";
import { stateStatuses } from "../../../src/agent/state/state_status.ts";
import { TempFolder } from "../../support/queues.ts";
import { StateScene } from "./support/state_scene.ts";

Deno.test("the status of a collector says what it has, what it told, and how its last scan went", async () => {
  using folder = new TempFolder();
  using scene = new StateScene(folder);
  await scene.adopt();
  const { clock, core, keeper, signal } = scene;
  const status = () => stateStatuses(core, "test")[0];
  await keeper.scan("things", ["a", "b", "c"].map((name) => scene.item(name)), { signal });
  assert.deepEqual([status()?.items, status()?.pending], [3, 3]);
  await scene.deliver();
  scene.server.rule = () => 400;
  await clock.advance(1_000);
  await keeper.scan("things", [scene.item("a", 2), scene.item("c")], {
    signal,
    whyIncomplete: () => "no permission",
  });
  await keeper.apply("things", [{ gone: "b" }], { signal });
  keeper.plan("things", clock.now() + 60_000);
  scene.server.rule = ({ header }) => header.operation === "update" ? 400 : undefined;
  await scene.deliver();
  assert.deepEqual(status(), {
    collector: "things",
    items: 2,
    creates: 3,
    updates: 1,
    deletes: 1,
    told: 0,
    pending: 0,
    refused: 1,
    last_refusal: "400: told",
    refusals: 1,
    window_waits: 0,
    scanning: false,
    scans: { count: 2, incomplete: 1, last_ms: 0, mean_ms: 0, max_ms: 0 },
    over_limit: 0,
    last_scan_at: "2026-01-01T00:00:01.000Z",
    last_scan_ms: 0,
    last_scan_complete: false,
    last_scan_reason: "no permission",
    next_scan_at: "2026-01-01T00:01:01.000Z",
    in_sync: "unknown",
    in_sync_since: null,
    paused_until: null,
    pause_reason: null,
  });
  assert.deepEqual(stateStatuses(core, "other"), []);
});

Deno.test("the status of a collector that the server does not take has its words", async () => {
  using folder = new TempFolder();
  using scene = new StateScene(folder);
  await scene.adopt();
  scene.server.refuse = () => ({ status: 400, reason: "collector: unknown" });
  await scene.keeper.scan("things", [scene.item("a"), scene.item("b")], { signal: scene.signal });
  await scene.deliver();
  const [status] = stateStatuses(scene.core, "test");
  assert.deepEqual([status?.pending, status?.pause_reason, status?.paused_until], [
    2,
    "400: collector: unknown",
    "2026-01-01T01:00:00.000Z",
  ]);
});
