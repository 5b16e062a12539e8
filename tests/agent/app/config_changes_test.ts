import { configure, type LogRecord, reset } from "@logtape/logtape";
import assert from "node:assert/strict";
import { LiveConfig } from "../../../src/agent/app/config_changes.ts";
import { resolveConfig } from "../../../src/agent/config/load.ts";
import { listOptions } from "../../../src/agent/config/options.ts";

const load = (text = "") =>
  resolveConfig({ path: "/agent.yaml", text }, { env: {}, platform: "linux" });

/** A configuration that is read again as what `next` holds; `refused` sections cannot be applied. */
function live(
  next: { text: string; warnings?: string[] },
  refused: readonly string[] = [],
  renewed: readonly string[] = [],
) {
  const applied: string[] = [];
  const config = new LiveConfig({
    loaded: load(),
    options: listOptions("linux"),
    files: { paths: ["/ca.pem"], renew: () => ({ applied: [...renewed], failed: [] }) },
    load: () => Promise.resolve({ ...load(next.text), warnings: next.warnings ?? [] }),
    apply: (section) => {
      if (refused.includes(section)) throw new Error(`${section} is stuck`);
      applied.push(section);
    },
  });
  return { config, applied };
}

const CHANGES = `
agent.server_url: https://other:27000
events.batch_events: 7
queue: { max_events: 9, durability: normal }
active_response.enabled: true
log: { level: debug, format: json }
logcollector.localfiles: [{ location: /var/log/a.log }]
`;

Deno.test("LiveConfig.reload() refuses a certificate file that a restart could not use, and changes nothing", async () => {
  const { config, applied } = live({ text: "agent.ca_cert: /nowhere/ca.pem\nlog.level: debug\n" });
  await assert.rejects(config.reload(), /ca_cert.*\/nowhere\/ca\.pem.*no such file/s);
  assert.deepEqual([applied, config.config.log.level], [[], "info"]);
});

Deno.test("LiveConfig.reload() takes what can change live and keeps the rest as it was", async () => {
  const { config, applied } = live({ text: CHANGES });
  const before = config.config;
  const report = await config.reload();
  assert.deepEqual(report, {
    applied: [
      "queue.max_events",
      "events.batch_events",
      "log.level",
      "logcollector.localfiles",
      "active_response.enabled",
    ],
    needs_restart: ["agent.server_url", "queue.durability", "log.format"],
    failed: [],
    looked_at: ["/agent.yaml", "/ca.pem"],
  });
  assert.deepEqual(applied, ["queue", "events", "log", "logcollector", "active_response"]);
  const after = config.config;
  assert.equal(after.agent.server_url, before.agent.server_url);
  assert.equal(after.queue.durability, "full");
  assert.equal(after.queue.max_events, 9);
  assert.equal(after.events.batch_events, 7);
  assert.equal(after.log.level, "debug");
  assert.equal(config.places.get("log.level")?.source, "file");
  assert.equal(config.places.get("log.format")?.source, "default");
});

Deno.test("LiveConfig.reload() tells of a file that is named as before and holds something else", async () => {
  const { config } = live({ text: "" }, [], ["agent.ca_cert"]);
  assert.deepEqual((await config.reload()).applied, ["agent.ca_cert"]);
});

Deno.test("LiveConfig.reload() of the same configuration changes nothing, and says what it looked at", async () => {
  const { config, applied } = live({ text: "" });
  const before = config.config;
  assert.deepEqual(await config.reload(), {
    applied: [],
    needs_restart: [],
    failed: [],
    looked_at: ["/agent.yaml", "/ca.pem"],
  });
  assert.deepEqual(config.config, before);
  assert.deepEqual(applied, []);
});

Deno.test("LiveConfig.reload() reports as applied only what was applied, and tries the rest again", async () => {
  const refused = ["logcollector"];
  const { config } = live({ text: CHANGES }, refused);
  const report = await config.reload();
  assert.deepEqual(report.failed, [
    { option: "logcollector.localfiles", reason: "logcollector is stuck" },
  ]);
  assert(!report.applied.includes("logcollector.localfiles"));
  assert.equal(config.places.get("logcollector.localfiles")?.source, "default");
  assert.deepEqual(config.config.logcollector.localfiles, []);
  assert.equal(config.config.log.level, "debug");
  refused.pop();
  assert.deepEqual((await config.reload()).applied, ["logcollector.localfiles"]);
});

Deno.test("LiveConfig.reload() changes nothing when the configuration is not valid", async () => {
  const next = { text: "log.level: loud" };
  const { config, applied } = live(next);
  const before = config.config;
  await assert.rejects(config.reload(), /log\.level/);
  assert.deepEqual(config.config, before);
  assert.deepEqual(applied, []);
  next.text = "log.level: debug";
  assert.deepEqual((await config.reload()).applied, ["log.level"]);
});

Deno.test("LiveConfig.reload() runs one at a time, each with what it prepares", async () => {
  const next = { text: "" };
  const { config } = live(next);
  const levels = ["debug", "error", "warning"];
  const seen: string[] = [];
  await Promise.all(levels.map(async (level) => {
    const reload = config.reload(() => next.text = `log.level: ${level}`);
    await reload;
    seen.push(config.config.log.level);
  }));
  assert.deepEqual(seen, levels);
});

Deno.test("LiveConfig warns once of what a group file holds that is not known here, and again when it has come back", async () => {
  const told: unknown[] = [];
  const sink = (record: LogRecord) => told.push(record.properties.warning);
  await configure({
    sinks: { test: sink },
    loggers: [
      { category: ["agent", "config"], lowestLevel: "warning", sinks: ["test"] },
      { category: ["logtape", "meta"], lowestLevel: "error" },
    ],
  });
  try {
    const next: { text: string; warnings: string[] } = { text: "", warnings: ["web.yml: osquery"] };
    const { config } = live(next);
    await config.reload();
    await config.reload();
    assert.deepEqual([told, config.warnings], [["web.yml: osquery"], ["web.yml: osquery"]]);
    for (const warnings of [[], ["web.yml: osquery"]]) {
      next.warnings = warnings;
      await config.reload();
    }
    assert.equal(told.length, 2);
  } finally {
    await reset();
  }
});
