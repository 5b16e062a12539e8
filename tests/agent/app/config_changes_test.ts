import assert from "node:assert/strict";
import { mergeLive } from "../../../src/agent/app/config_changes.ts";
import { configSchema } from "../../../src/agent/config/schema.ts";

const base = configSchema().parse({});

Deno.test("mergeLive() takes what can change live and keeps the rest as it was", () => {
  const next = configSchema().parse({
    agent: { server_url: "https://other:27000" },
    events: { batch_events: 7 },
    queue: { max_events: 9, durability: "normal" },
    active_response: { enabled: true },
    log: { level: "debug", format: "json" },
    logcollector: { localfiles: [{ location: "/var/log/a.log" }] },
  });
  const { config, report } = mergeLive(base, next);
  assert.deepEqual(report.applied.toSorted(), [
    "active_response.enabled",
    "events.batch_events",
    "log.level",
    "logcollector.localfiles",
    "queue.max_events",
  ]);
  assert.deepEqual(report.needs_restart.toSorted(), [
    "agent.server_url",
    "log.format",
    "queue.durability",
  ]);
  assert.equal(config.agent.server_url, base.agent.server_url);
  assert.equal(config.queue.durability, "full");
  assert.equal(config.queue.max_events, 9);
  assert.equal(config.events.batch_events, 7);
  assert.equal(config.log.level, "debug");
});

Deno.test("mergeLive() of the same configuration changes nothing", () => {
  const { config, report } = mergeLive(base, configSchema().parse({}));
  assert.deepEqual(config, base);
  assert.deepEqual(report, { applied: [], needs_restart: [] });
});
