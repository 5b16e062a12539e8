import assert from "node:assert/strict";
import { loadConfig, resolveConfig } from "../../../src/agent/config/load.ts";
import {
  readModuleOverrides,
  writeModuleOverride,
} from "../../../src/agent/config/module_overrides.ts";
import { placeText } from "../../../src/shared/config/given.ts";
import { TempFolder } from "../../support/queues.ts";

const AT = "2026-02-19T20:25:46.000Z";
const off = { enabled: false, by: "server", at: AT } as const;

Deno.test("writeModuleOverride() keeps one entry a module, and takes it away", () => {
  using folder = new TempFolder();
  assert.equal(readModuleOverrides(folder.path).size, 0);
  writeModuleOverride(folder.path, "a", off);
  writeModuleOverride(folder.path, "b", off);
  writeModuleOverride(folder.path, "a", { ...off, enabled: true });
  assert.deepEqual([...readModuleOverrides(folder.path)], [
    ["a", { ...off, enabled: true }],
    ["b", off],
  ]);
  writeModuleOverride(folder.path, "a", undefined);
  assert.deepEqual([...readModuleOverrides(folder.path).keys()], ["b"]);
});

Deno.test("the server's word on a module is stronger than files and weaker than the environment", () => {
  const allowed = "remote.allow.options: [logcollector.enabled]\n";
  const file = { path: "/a.yaml", text: `logcollector.enabled: true\n${allowed}` };
  const overrides = new Map([["logcollector", off]]);
  const shared = [{ name: "web", text: "logcollector.enabled: true\n" }];
  const ordered = resolveConfig(file, { env: {}, overrides, shared, platform: "linux" });
  assert.equal(ordered.config.logcollector.enabled, false);
  const place = ordered.places.get("logcollector.enabled");
  assert.equal(place && placeText(place), `command disable-module of ${AT}`);
  const env = { AGENT_LOGCOLLECTOR_ENABLED: "true" };
  const stronger = resolveConfig(file, { env, overrides, platform: "linux" });
  assert.equal(stronger.config.logcollector.enabled, true);
});

Deno.test("loadConfig() goes on without the server's word when it cannot be read, and says so", async () => {
  using folder = new TempFolder();
  const load = () =>
    loadConfig({
      env: { AGENT_PATH_DATA: folder.path },
      defaultFile: folder.file("none.yaml"),
      readOverrides: readModuleOverrides,
    });
  for (const text of ["{", "[]", '{"logcollector": {"enabled": "no"}}']) {
    Deno.writeTextFileSync(folder.file("modules.json"), text);
    const { config, warnings } = await load();
    assert.equal(config.logcollector.enabled, true);
    assert.match(warnings.join(), /What the server said of modules is ignored: .*modules\.json/);
  }
  writeModuleOverrideAnew(folder, "fimm");
  assert.match((await load()).warnings.join(), /word on module "fimm" is ignored/);
});

function writeModuleOverrideAnew(folder: TempFolder, name: string): void {
  Deno.removeSync(folder.file("modules.json"));
  writeModuleOverride(folder.path, name, off);
}

Deno.test("readModuleOverrides() leaves out what holds no more, and the next word takes it away", () => {
  using folder = new TempFolder();
  const brief = { ...off, by: "person", until: "2026-02-19T22:25:46.000Z" } as const;
  const endMs = Date.parse(brief.until);
  writeModuleOverride(folder.path, "a", brief);
  const raw = () => Object.keys(JSON.parse(Deno.readTextFileSync(folder.file("modules.json"))));
  assert.deepEqual([...readModuleOverrides(folder.path, endMs - 1)], [["a", brief]]);
  assert.equal(readModuleOverrides(folder.path, endMs).size, 0);
  writeModuleOverride(folder.path, "b", off, endMs);
  assert.deepEqual(raw(), ["b"]);
});

Deno.test("a locked module leaves the server's word aside, also one from before, but not a person's", () => {
  const resolve = (override: typeof off | (Omit<typeof off, "by"> & { by: "person" })) =>
    resolveConfig({ path: "/a.yaml", text: "logcollector: { enabled: true, locked: true }\n" }, {
      env: {},
      overrides: new Map([["logcollector", override]]),
      platform: "linux",
    });
  const ordered = resolve(off);
  assert.equal(ordered.config.logcollector.enabled, true);
  assert.match(ordered.warnings.join(), /"logcollector" is ignored: logcollector\.locked is true/);
  assert.equal(resolve({ ...off, by: "person" }).config.logcollector.enabled, false);
});

Deno.test("a word that the files, or the default, say anyway is idle, unless it has an end", () => {
  const idle = (text: string, override: object = {}) =>
    resolveConfig({ path: "/a.yaml", text }, {
      env: {},
      overrides: new Map([["logcollector", { ...off, ...override }]]),
      platform: "linux",
    }).idleWords;
  assert.deepEqual(idle("logcollector.enabled: false\n"), ["logcollector"]);
  assert.deepEqual(idle("logcollector.enabled: true\n"), []);
  assert.deepEqual(idle("", { enabled: true }), ["logcollector"]);
  assert.deepEqual(idle("logcollector.enabled: false\n", { until: AT }), []);
});
