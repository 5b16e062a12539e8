import assert from "node:assert/strict";
import { DEFAULTS } from "../../../src/manager/config/manager_options.ts";
import { eventually } from "../../support/eventually.ts";
import { BulkServer } from "../../support/bulk_server.ts";
import { eventsBody, numbered, TestManager } from "../harness.ts";

Deno.test("a manager gives its events to an index over HTTP, with user and password, and tells how it goes", async () => {
  const index = new BulkServer(["agent-events"]);
  const asked: (string | null)[] = [];
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/password`, "sesame\n", { mode: 0o600 });
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      asked.push(request.headers.get("Authorization"));
      return index.fetch(request);
    },
  );
  try {
    const bulkOutput = {
      ...DEFAULTS.bulkOutput,
      url: `http://127.0.0.1:${server.addr.port}`,
      user: "manager",
      password_file: `${folder}/password`,
    };
    await using manager = await TestManager.open({ bulkOutput });
    await manager.postEvents(eventsBody(manager.agentId, ...numbered(5)));
    // The checkpoint is written down behind the answer.
    const stats = await eventually(
      async () => (await manager.stats()).bulk_output,
      ({ sent_up_to }) => sent_up_to === 5,
    );
    assert.equal(index.documents("agent-events").size, 5);
    assert.equal(asked[0], `Basic ${btoa("manager:sesame")}`);
    assert.deepEqual(stats, {
      sent_up_to: 5,
      refused: 0,
      missed: 0,
      waiting: 0,
      failures: 0,
      last_error: null,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a manager names the file of its output that it cannot use", async () => {
  const bulkOutput = { ...DEFAULTS.bulkOutput, url: "http://127.0.0.1:1", user: "u" };
  for (const changes of [{ password_file: "/nowhere/p" }, { ca_cert: "/nowhere/ca" }]) {
    await assert.rejects(
      () => TestManager.open({ bulkOutput: { ...bulkOutput, ...changes } }),
      new RegExp(`bulk_output.${Object.keys(changes)[0]}`),
    );
  }
});
