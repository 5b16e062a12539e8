import assert from "node:assert/strict";
import { fill, QueueScene } from "../../../support/filled_queue.ts";

Deno.test("losses lists the ledger: when, how much, why, and whether the server knows", async () => {
  using scene = new QueueScene();
  await fill(scene);
  const { stdout } = await scene.run("losses");
  assert.match(
    stdout,
    /\n2026-01-01T00:00:00Z +2026-01-01T00:00:00Z +stateless +3 +30 +open +file truncated +\/var\/log\/a\.log\n$/,
  );
  const { schema, losses: [loss] } = await scene.json("losses");
  const { id: _, ...rest } = loss;
  assert.deepEqual([schema, rest], [1, {
    stream: "stateless",
    events: 3,
    bytes: 30,
    reason: "file truncated",
    detail: "/var/log/a.log",
    notice: "open",
    first_at: "2026-01-01T00:00:00.000Z",
    last_at: "2026-01-01T00:00:00.000Z",
  }]);
  assert.equal((await scene.run("losses", "--since", "1h")).stdout, "Nothing was lost.\n");
});
