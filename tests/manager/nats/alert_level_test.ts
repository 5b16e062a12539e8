import assert from "node:assert/strict";
import { alertLevel } from "../../../src/manager/nats/alert_level.ts";
import { change } from "./scene.ts";

Deno.test("alertLevel goes by state, missed keep-alives, flapping and critical groups", () => {
  const level = (changes: Parameters<typeof change>[0]) =>
    alertLevel(change({ missedKeepAlives: 0, ...changes }), new Set(["database"]));
  assert.equal(level({ current: "active", reason: "flapping", groups: ["database"] }), 0);
  assert.equal(level({ current: "stopped", reason: "agent_shutdown", missedKeepAlives: 9 }), 3);
  assert.deepEqual(
    [0, 1, 2, 3, 4, 99].map((missedKeepAlives) => level({ missedKeepAlives })),
    [7, 7, 8, 9, 10, 10],
  );
  assert.equal(level({ groups: ["web", "database"] }), 11);
  assert.equal(level({ reason: "flapping", groups: ["database"], missedKeepAlives: 99 }), 15);
});
