import assert from "node:assert/strict";
import { LiveConfig } from "../../../../src/agent/app/config_changes.ts";
import { ModuleOrders } from "../../../../src/agent/app/modules/module_orders.ts";
import { loadWithoutIdleWords } from "../../../../src/agent/app/modules/module_words.ts";
import { moduleOrderExecutors } from "../../../../src/agent/commands/executors/modules.ts";
import { resolveConfig } from "../../../../src/agent/config/load.ts";
import { readModuleOverrides } from "../../../../src/agent/config/module_overrides.ts";
import { listOptions } from "../../../../src/agent/config/options.ts";
import { moduleOptions } from "../../../../src/agent/config/schema.ts";
import { optionsDigest } from "../../../../src/agent/modules/checks.ts";
import { defineModule, type Module } from "../../../../src/agent/modules/module.ts";
import { MODULES } from "../../../../src/agent/modules/modules.ts";
import * as field from "../../../../src/shared/config/fields.ts";
import { currentPlatform } from "../../../../src/shared/config/platform.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { TempFolder } from "../../../support/queues.ts";

const NOBODY = { run: () => Promise.resolve(), report: () => ({ details: {} }) };

/** A module that only the machine's owner enables, and one that works nowhere. */
const others: readonly Module[] = [
  defineModule({
    name: "own",
    about: "Is the owner's.",
    options: { enabled: field.toggle({ default: false, about: "Whether it runs." }) },
    create: () => NOBODY,
  }),
  defineModule({
    name: "elsewhere",
    about: "Works elsewhere.",
    options: {
      enabled: field.toggle({ default: false, about: "Whether it runs.", shareable: true }),
    },
    platforms: [currentPlatform() === "windows" ? "linux" : "windows"],
    create: () => NOBODY,
  }),
];

/** By default a server may not turn collection off. */
const ALLOWED = "remote.allow.options: [logcollector.enabled]\n";

/** Orders over a configuration file in `folder`; `trouble` says why a section cannot be changed. */
function orders(folder: TempFolder, { text = ALLOWED, env = {}, trouble }: {
  text?: string;
  env?: Record<string, string>;
  trouble?: () => string | undefined;
} = {}) {
  const modules = [...MODULES, ...others];
  const clock = new FakeClock();
  const options = listOptions(currentPlatform(), modules);
  const load = () =>
    resolveConfig({ path: folder.file("agent.yaml"), text }, {
      env,
      modules,
      overrides: readModuleOverrides(folder.path, clock.now()),
    });
  const live = new LiveConfig({
    files: { paths: [], renew: () => ({ applied: [], failed: [] }) },
    loaded: load(),
    options,
    load: () => Promise.resolve().then(load),
    apply: () => {
      const reason = trouble?.();
      if (reason !== undefined) throw new Error(reason);
    },
  });
  const asked: string[] = [];
  const all = new ModuleOrders({
    states: { resync: () => [], keep: () => Promise.resolve([]) },
    modules,
    options,
    dataFolder: folder.path,
    runner: {
      scan: (name, _signal, { collector, wait } = {}) => {
        asked.push(["scan", name, collector, wait].filter((word) => word !== undefined).join(" "));
        return wait === false ? Promise.resolve() : clock.sleep(5);
      },
      pause: (name, by) => Promise.resolve(void asked.push(`pause ${name} ${by}`)),
      resume: (name, by) => Promise.resolve(void asked.push(`resume ${name} ${by}`)),
      files: () => [],
    },
    clock,
    config: () => live.config,
    own: () => live.own,
    places: () => live.places,
    reload: (prepare) => live.reload(prepare),
  });
  return { orders: all, live, clock, asked };
}

Deno.test("ModuleOrders keep the server's word and put it in force, until it is reset", async () => {
  using folder = new TempFolder();
  const { orders: all, live } = orders(folder);
  await all.switch("logcollector", false);
  assert.equal(live.config.logcollector.enabled, false);
  assert.equal(readModuleOverrides(folder.path).get("logcollector")?.enabled, false);
  const reset = await all.reset("logcollector");
  assert.equal(reset.removed?.enabled, false);
  assert.deepEqual(reset.reload?.applied, ["logcollector.enabled"]);
  assert.equal(live.config.logcollector.enabled, true);
  assert.deepEqual(await all.reset("logcollector"), {
    name: "logcollector",
    removed: null,
    set_aside_as: null,
    reload: null,
  });
});

Deno.test("ModuleOrders.switch() leaves everything as it was when the module cannot be changed", async () => {
  using folder = new TempFolder();
  const troubles: string[] = [];
  const { orders: all, live } = orders(folder, { trouble: () => troubles[0] });
  await all.switch("logcollector", false);
  troubles.push("no room");
  await assert.rejects(all.switch("logcollector", true), /cannot be changed: no room/);
  assert.equal(live.config.logcollector.enabled, false);
  assert.equal(readModuleOverrides(folder.path).get("logcollector")?.enabled, false);
});

Deno.test("ModuleOrders.switch() refuses what is not the server's to say", async () => {
  using folder = new TempFolder();
  const env = { AGENT_LOGCOLLECTOR_ENABLED: "true" };
  const { orders: all } = orders(folder, { env });
  await assert.rejects(all.switch("logcollector", false), /AGENT_LOGCOLLECTOR_ENABLED.*stronger/);
  await assert.rejects(all.switch("own", true), /own\.enabled is set on the machine itself only/);
  await assert.rejects(all.switch("elsewhere", true), /"elsewhere" works on \w+ only/);
  await assert.rejects(all.switch("logcolector", true), /did you mean "logcollector"/);
  assert.equal(readModuleOverrides(folder.path).size, 0);
});

Deno.test("enable-module, disable-module and scan-module answer with what is so, and hints in the message", async () => {
  using folder = new TempFolder();
  const { orders: all, clock } = orders(folder);
  const executors = new Map(moduleOrderExecutors(all).map((one) => [one.action, one]));
  const context = { document_id: "1", signal: new AbortController().signal };
  const run = (action: string, name: string) => executors.get(action)?.execute({ name }, context);
  assert.deepEqual(await run("disable-module", "logcollector"), {
    code: 0,
    message: "logcollector is disabled",
  });
  assert.deepEqual(await run("enable-module", "logcollector"), {
    code: 0,
    message: "logcollector is enabled",
  });
  const scanned = run("scan-module", "logcollector");
  await clock.advance(5);
  assert.deepEqual(await scanned, { code: 0, message: "logcollector has scanned" });
  const unknown = await run("enable-module", "logs");
  assert.equal(unknown?.code, 1);
  assert.match(unknown?.message ?? "", /no module "logs" \(name one of these: .*logcollector/);
});

Deno.test("ModuleOrders set a damaged file of the server's words aside: a new word is taken, and a reset says where it is", async () => {
  using folder = new TempFolder();
  const file = folder.file("modules.json");
  const { orders: all } = orders(folder);
  Deno.writeTextFileSync(file, "{ damaged");
  await assert.rejects(Promise.resolve().then(() => readModuleOverrides(folder.path)), /modules/);
  assert.equal((await all.reset("logcollector")).set_aside_as, `${file}.damaged`);
  Deno.writeTextFileSync(file, "[]");
  await all.switch("logcollector", false);
  assert.equal(readModuleOverrides(folder.path).get("logcollector")?.enabled, false);
});

Deno.test("ModuleOrders.resync() and keep() refuse a module that keeps no documents", async () => {
  using folder = new TempFolder();
  const { orders: all } = orders(folder);
  const refusal = /Module "logcollector" keeps no documents at the server/;
  assert.throws(() => all.resync("logcollector"), refusal);
  await assert.rejects(all.keep("logcollector"), refusal);
  assert.throws(() => all.resync("logcolector"), /did you mean "logcollector"/);
});

Deno.test("a word for a while ends by itself at its time, by the wall clock, and once", async () => {
  using folder = new TempFolder();
  const { orders: all, live, clock } = orders(folder);
  const term = await all.switchFor("logcollector", { enabled: false, forMs: 7_200_000 });
  assert.equal(term.until, new Date(clock.now() + 7_200_000).toISOString());
  assert.equal(live.config.logcollector.enabled, false);
  await all.words.endExpired();
  assert.equal(live.config.logcollector.enabled, false);
  clock.jumpTo(clock.now() + 86_400_000);
  await all.words.endExpired();
  assert.equal(live.config.logcollector.enabled, true);
  assert.deepEqual(readRaw(folder), {});
});

Deno.test("the order module does what the commands on the machine do", async () => {
  using folder = new TempFolder();
  const { orders: all, live, asked } = orders(folder);
  const executor = moduleOrderExecutors(all).find(({ action }) => action === "module");
  assert.ok(executor);
  const run = async (args: object) => {
    const context = { document_id: "1", signal: new AbortController().signal };
    const { code, message } = await executor.execute(executor.args.parse(args), context);
    return `${code} ${message}`;
  };
  const name = "logcollector";
  assert.equal(
    await run({ name, operation: "disable", for_s: 60 }),
    "0 logcollector is disabled for 60 s",
  );
  assert.equal(live.config.logcollector.enabled, false);
  assert.ok(readModuleOverrides(folder.path, 0).get(name)?.until !== undefined);
  assert.equal(await run({ name, operation: "enable" }), "0 logcollector is enabled");
  assert.equal(await run({ name, operation: "pause" }), "0 logcollector is paused");
  assert.equal(await run({ name, operation: "resume" }), "0 logcollector goes on");
  assert.equal(
    await run({ name, operation: "scan", collector: "ports", wait: false }),
    "0 logcollector/ports has begun to scan",
  );
  assert.match(await run({ name, operation: "resync" }), /^1 .*keeps no documents/);
  assert.match(
    await run({ name: "nosuch", operation: "enable" }),
    /^1 There is no module "nosuch" \(name one of these: .*logcollector/,
  );
  assert.deepEqual(asked, [
    "pause logcollector server",
    "resume logcollector server",
    "scan logcollector ports false",
  ]);
  for (
    const wrong of [
      { name },
      { name, operation: "stop" },
      { name, operation: "scan", for_s: 3 },
      { name, operation: "enable", for_s: 0 },
      { name, operation: "pause", wait: false },
    ]
  ) assert.equal(executor.args.safeParse(wrong).success, false, JSON.stringify(wrong));
});

Deno.test("ModuleOrders let the server neither rest what it may not turn off, nor have the last word on what a person turned off for a while", async () => {
  using folder = new TempFolder();
  const { orders: all, live, clock, asked } = orders(folder, { text: "" });
  await assert.rejects(all.pause("logcollector", "server"), /server may not turn logcollector off/);
  await all.pause("logcollector", "person");
  assert.deepEqual(asked, ["pause logcollector person"]);
  await all.switchFor("logcollector", { enabled: false, forMs: 1_000 });
  await assert.rejects(all.switch("logcollector", false), /server may not turn logcollector off/);
  await assert.rejects(all.switch("logcollector", true), /person here disabled logcollector until/);
  assert.equal(readModuleOverrides(folder.path, clock.now()).get("logcollector")?.by, "person");
  assert.equal(live.config.logcollector.enabled, false);
});

Deno.test("ModuleOrders let the server turn off again, and rest, what it turned on itself", async () => {
  using folder = new TempFolder();
  const { orders: all, live, asked } = orders(folder, { text: "" });
  await all.switch("inventory", true);
  assert.equal(live.config.inventory.enabled, true);
  await all.pause("inventory", "server");
  assert.equal(asked.length, 1);
  await all.switch("inventory", false);
  assert.equal(live.config.inventory.enabled, false);
});

function readRaw(folder: TempFolder): unknown {
  return JSON.parse(Deno.readTextFileSync(folder.file("modules.json")));
}

Deno.test("ModuleOrders make a module's own check with the options in force, and name one that there is not", async () => {
  using folder = new TempFolder();
  const text = "logcollector.localfiles: [{location: /nowhere/*.log}]\n";
  const { orders: all, live } = orders(folder, { text });
  const { signal } = new AbortController();
  const said = await all.check("logcollector", "matches", signal);
  assert.equal(said.status, "warn");
  assert.match(said.message, /no file matches "\/nowhere\/\*\.log"/);
  assert.equal(said.options, optionsDigest(moduleOptions(live.config, "logcollector")));
  await assert.rejects(all.check("logcollector", "nothing", signal), /has no check "nothing"/);
  await assert.rejects(all.check("nothing", "matches", signal), /no module "nothing"/);
});

Deno.test("ModuleOrders.switch() refuses a module that is locked on the machine", async () => {
  using folder = new TempFolder();
  const { orders: all } = orders(folder, { text: "fim: { enabled: false, locked: true }\n" });
  await assert.rejects(all.switch("fim", true), { message: "fim.locked is true on this machine" });
  assert.equal(readModuleOverrides(folder.path).size, 0);
});

Deno.test("loadWithoutIdleWords() forgets what the files say by now, and the files hold again", async () => {
  using folder = new TempFolder();
  const { orders: all, live, clock } = orders(folder);
  await all.switch("logcollector", false);
  const text = "logcollector.enabled: false\n";
  const load = () =>
    Promise.resolve(resolveConfig({ path: "/a.yaml", text }, {
      env: {},
      overrides: readModuleOverrides(folder.path, clock.now()),
    }));
  const loaded = await loadWithoutIdleWords(load, { dataFolder: folder.path, clock });
  assert.equal(loaded.places.get("logcollector.enabled")?.source, "file");
  assert.equal(readModuleOverrides(folder.path).size, 0);
  assert.equal(live.config.logcollector.enabled, false);
});
