import assert from "node:assert/strict";
import { DEFAULTS } from "../../../src/manager/config/manager_options.ts";
import { troublesOf } from "../../../src/manager/page/views.tsx";
import { eventually } from "../../support/eventually.ts";
import { eventsBody, numbered } from "../harness.ts";
import { openPage } from "./visitor.ts";

Deno.test("page: every view says when an index does not take events", async () => {
  const bulkOutput = { ...DEFAULTS.bulkOutput, url: "http://127.0.0.1:1" };
  const { manager, visitor } = await openPage({ bulkOutput });
  await using _manager = manager;
  assert.ok(!(await visitor.read("/page/orders")).includes('role="alert"'));
  await manager.postEvents(eventsBody(manager.agentId, ...numbered(1)));
  const text = await eventually(
    () => visitor.read("/page/orders"),
    (text) => text.includes('role="alert"'),
  );
  assert.match(text, /<ul class="troubles" role="alert"><li>The index does not take events/);
});

Deno.test("page: what is said of a cluster, a broker and an index that are away, and of none", () => {
  const nats = {
    connected_to: null,
    ...{ published: 0, failures: 0, set_aside: 0, duplicates: 0, waiting: 0, dropped: 0 },
  };
  const sinceMs = Date.UTC(2026, 10, 26, 8, 12, 4);
  const trouble = { reason: "no_quorum", message: "too few servers are there", sinceMs } as const;
  const away = { trouble: () => trouble };
  const publisher = { stats: () => ({ nats, audit_log: null }) };
  const said = troublesOf({ cluster: away, publisher });
  assert.equal(
    said[0],
    "The broker is away since 2026-11-26 08:12:04 UTC: too few servers are there. Events, " +
      "registrations and orders are refused until it is back; agents keep theirs.",
  );
  assert.match(said[1] ?? "", /^The NATS server cannot be reached/);
  assert.equal(said.length, 2);
  assert.deepEqual(troublesOf({ cluster: { trouble: () => undefined } }), []);
});
