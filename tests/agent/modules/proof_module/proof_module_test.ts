/** A module with options, tables, a migration, an executor and a check: one folder and one line. */

import assert from "node:assert/strict";
import { runAgent } from "../../../../src/agent/agent.ts";
import { databaseParts } from "../../../../src/agent/app/queue/database_parts.ts";
import { createModuleRunner } from "../../../../src/agent/app/modules/module_parts.ts";
import { JOURNAL_SCHEMA } from "../../../../src/agent/commands/journal_schema.ts";
import { loadConfig, resolveConfig } from "../../../../src/agent/config/load.ts";
import { listOptions } from "../../../../src/agent/config/options.ts";
import { configSchema, moduleOptions } from "../../../../src/agent/config/schema.ts";
import { STORED } from "../../../../src/agent/config/stored.ts";
import { runModuleChecks } from "../../../../src/agent/modules/checks.ts";
import type { Module } from "../../../../src/agent/modules/module.ts";
import { ReloadRequests } from "../../../../src/agent/process/signals.ts";
import type { Queue } from "../../../../src/agent/queue/queue.ts";
import { systemClock } from "../../../../src/shared/clock.ts";
import { textOfJsonSchema } from "../../../../src/shared/config/json_schema.ts";
import { eventually } from "../../../support/eventually.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";
import { OrderDesk } from "../../../support/order_desk.ts";
import { openQueue, TempFolder } from "../../../support/queues.ts";
import { AgentSide, OwnServer } from "../../../support/scene.ts";
import { MIGRATIONS } from "./file_count/table.ts";
import * as registry from "./registry.ts";

const modules: readonly Module[] = Object.values(registry);
const parts = databaseParts(modules);

function resolve(text: string, platform: "linux" | "windows" = "linux") {
  return resolveConfig({ path: "/etc/agent.yaml", text }, { env: {}, modules, platform });
}

/** The counts that were told, in order. */
async function countsIn(queue: Queue): Promise<number[]> {
  const limits = { max_events: 1_000, max_bytes: 1_000_000 };
  const batch = await queue.claim("stateless", { limits, encoding: "identity", agent_line: "{}" });
  if (batch === undefined) return [];
  const text = new TextDecoder().decode(queue.body(batch));
  return [...text.matchAll(/"files":(\d+)/g)].map(([, files]) => Number(files));
}

/** Runs the module over `folder` in the database of `queue`. */
function start(queue: Queue, folder: string, clock = new FakeClock()) {
  const { config } = resolve(`file_count: { enabled: true, folder: ${folder}, interval: 10s }\n`);
  const runner = createModuleRunner(modules, { config, queue, clock, whyNotRead: () => undefined });
  const stop = new AbortController();
  runner.start(stop.signal);
  return { runner, clock, stop };
}

Deno.test("the section of the module is in the configuration, its schema and its variables", () => {
  const { config } = resolve("file_count.interval: 5s\n");
  assert.deepEqual(moduleOptions(config, "file_count"), {
    enabled: false,
    folder: "/tmp",
    interval: 5_000,
    hidden: true,
  });
  assert.equal(
    listOptions("linux", modules).get("file_count.folder")?.envName,
    "AGENT_FILE_COUNT_FOLDER",
  );
  const schema = JSON.parse(textOfJsonSchema(configSchema({ modules })));
  assert.equal(schema.properties.file_count.properties.interval.default, "1m");
  assert.throws(() => resolve("file_count.intervall: 5s\n"), /did you mean file_count\.interval\?/);
});

Deno.test("what a group may set of the module its fields say, and where an option exists", () => {
  const shared = (text: string, platform: "linux" | "windows" = "linux") =>
    resolveConfig(undefined, { env: {}, modules, platform, shared: [{ name: "web", text }] });
  assert.equal(
    moduleOptions(shared("file_count.interval: 2s\n").config, "file_count").interval,
    2_000,
  );
  assert.throws(() => shared("file_count.folder: /etc\n"), /cannot be set for a group/);
  assert.throws(
    () => resolve("file_count.hidden: false\n", "windows"),
    /file_count\.hidden is an option on linux and darwin only, not on windows/,
  );
});

Deno.test("an event of the module and its row are stored together: a count is told once, over restarts", async () => {
  using data = new TempFolder();
  using watched = new TempFolder();
  Deno.writeTextFileSync(watched.file("a"), "");
  using queue = openQueue(data, { parts });
  const first = start(queue, watched.path);
  await settle();
  Deno.writeTextFileSync(watched.file("b"), "");
  await first.clock.advance(10_000);
  await first.clock.advance(10_000);
  await first.runner.stop();
  const second = start(queue, watched.path);
  await settle();
  const status = second.runner.status().find(({ name }) => name === "file_count");
  assert.deepEqual([status?.state, status?.details.files, status?.events], ["running", 2, 0]);
  await second.runner.stop();
  assert.deepEqual(await countsIn(queue), [1, 2]);
});

Deno.test("a scan of the module counts at once", async () => {
  using data = new TempFolder();
  using watched = new TempFolder();
  using queue = openQueue(data, { parts });
  const { runner } = start(queue, watched.path);
  await settle();
  Deno.writeTextFileSync(watched.file("a"), "");
  await runner.scan("file_count", new AbortController().signal);
  await runner.stop();
  assert.deepEqual(await countsIn(queue), [0, 1]);
});

Deno.test("an older table of the module is upgraded, and its rows stay", async () => {
  using data = new TempFolder();
  using watched = new TempFolder();
  const before = [JOURNAL_SCHEMA, {
    name: "module.file_count",
    migrations: MIGRATIONS.slice(0, 1),
  }];
  {
    using queue = openQueue(data, { parts: before });
    await queue.transact(({ database }) =>
      database.prepare("INSERT INTO file_count (folder, files) VALUES (?, 0)").run(watched.path)
    );
  }
  using queue = openQueue(data, { parts });
  const { runner } = start(queue, watched.path);
  await settle();
  await runner.stop();
  assert.deepEqual(await countsIn(queue), [], "the folder has no files, as the old row says");
});

Deno.test("the check of the module says what is wrong with its folder, and is skipped while it is disabled", async () => {
  using folder = new TempFolder();
  Deno.writeTextFileSync(folder.file("file"), "");
  const check = async (text: string) => {
    const { config } = resolve(text);
    const reports = await runModuleChecks(modules, {
      optionsOf: (name) => moduleOptions(config, name),
      platform: "linux",
      clock: new FakeClock(),
      signal: new AbortController().signal,
      dataFolder: folder.path,
    });
    const report = reports.find(({ id }) => id === "file_count.folder_readable");
    return [report?.status, report?.message, report?.try];
  };
  const on = (path: string) => `file_count: { enabled: true, folder: ${path} }\n`;
  assert.deepEqual(await check(on(folder.path)), ["ok", `${folder.path} can be read`, null]);
  assert.deepEqual(await check(on(folder.file("file"))), [
    "fail",
    `${folder.file("file")} is no folder`,
    "set file_count.folder to a folder",
  ]);
  assert.deepEqual(await check(on("/no/such/folder")), ["fail", "no such file", null]);
  assert.deepEqual(await check(""), ["skip", "the module is disabled", null]);
});

Deno.test("a whole agent with the module: enabled by order, counts, runs its command, and nothing else is started anew", async () => {
  using folder = new TempFolder();
  using watched = new TempFolder();
  await using server = await OwnServer.start(folder);
  using desk = await OrderDesk.open(server);
  const side = new AgentSide(folder, server);
  const { id } = await side.register();
  const env = { AGENT_FILE_COUNT_FOLDER: watched.path };
  const sources = { file: side.configPath, env, modules };
  const load = () => loadConfig({ ...sources, ...STORED });
  const stop = new AbortController();
  const ended = runAgent({
    ...await load(),
    modules,
    clock: systemClock,
    stop: stop.signal,
    loadConfig: load,
    checkGroupFiles: () => Promise.resolve(),
    setLogLevel: () => {},
    reloads: new ReloadRequests(),
  });
  const run = async (name: string, args: object = {}) => {
    const [order] = await desk.outcomes(await desk.send({ type: "agent", id }, { name, args }));
    return order?.result?.message;
  };
  const logcollector = async () => {
    const { modules } = JSON.parse((await side.command("status", "--json")).stdout);
    return modules.find(({ name }: { name: string }) => name === "logcollector");
  };
  assert.equal(await run("count-files"), "module file_count is disabled");
  const before = await logcollector();
  assert.equal(await run("enable-module", { name: "file_count" }), "file_count is enabled");
  Deno.writeTextFileSync(watched.file("a"), "");
  assert.equal(await run("scan-module", { name: "file_count" }), "file_count has scanned");
  assert.equal(await run("count-files"), `1 files in ${watched.path}`);
  const counted = await eventually(
    async () => (await server.events()).filter(({ header }) => header.module === "file_count"),
    (events) => events.some(({ data }) => data?.files === 1),
  );
  assert.deepEqual(counted.at(-1)?.data, { folder: watched.path, files: 1 });
  const { state, since } = await logcollector();
  assert.deepEqual([state, since], ["running", before.since]);
  stop.abort("done");
  assert.equal(await ended, "stopped");
});
