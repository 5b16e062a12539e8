import { MODULES } from "../../../src/agent/modules/modules.ts";
import { fileCount } from "../modules/proof_module/file_count/module.ts";
import assert from "node:assert/strict";
import { isScalar, parseDocument } from "yaml";
import { agentDocuments } from "../../../src/agent/config/documents.ts";
import { resolveConfig } from "../../../src/agent/config/load.ts";
import { listOptions, RESERVED_VARIABLES } from "../../../src/agent/config/options.ts";
import type { Platform } from "../../../src/shared/config/platform.ts";
import { configAsJson, configAsYaml } from "../../../src/shared/config/show.ts";
import { nearest } from "../../../src/shared/config/suggest.ts";
import {
  formatDuration,
  formatSize,
  parseDuration,
  parseSize,
} from "../../../src/shared/config/units.ts";

const PLATFORMS: Platform[] = ["linux", "darwin", "windows"];

function readConfigFolder(name: string): string {
  return Deno.readTextFileSync(new URL(`../../../config/${name}`, import.meta.url));
}

Deno.test("agent.yaml gives exactly the defaults on every platform", () => {
  const text = readConfigFolder("agent.yaml");
  for (const platform of PLATFORMS) {
    const { config } = resolveConfig({ path: "agent.yaml", text }, { env: {}, platform });
    assert.deepEqual(config, resolveConfig(undefined, { env: {}, platform }).config);
  }
});

Deno.test("agent.yaml is valid on every platform with options of a module that exist on some only", () => {
  const modules = [...MODULES.filter(({ name }) => name !== fileCount.name), fileCount];
  const text = agentDocuments(modules).get("config/agent.yaml") ?? "";
  assert.match(text, /begin with a dot\. On\s+(# )?linux and darwin only\.\n {2}hidden:\n/);
  for (const platform of PLATFORMS) {
    resolveConfig({ path: "agent.yaml", text }, { env: {}, platform, modules });
  }
});

Deno.test("agent.yaml names every option, and writes the default of all that have one everywhere", () => {
  const document = parseDocument(readConfigFolder("agent.yaml"));
  for (const { path, schema, platforms } of listOptions("linux").values()) {
    const node = document.getIn(path.split("."), true);
    assert(node !== undefined, `config/agent.yaml lacks ${path}`);
    const differs = path.startsWith("agent.path.") || path === "remote.allow.localfiles" ||
      platforms !== undefined;
    const preset = schema.parse(undefined);
    const empty = isScalar(node) && node.value === null;
    assert.equal(empty, preset === undefined || differs, `default of ${path} in config/agent.yaml`);
  }
});

Deno.test("what is made of the options is up to date", () => {
  for (const [path, text] of agentDocuments()) {
    const kept = Deno.readTextFileSync(new URL(`../../../${path}`, import.meta.url));
    assert.equal(kept.replaceAll("\r\n", "\n"), text, `${path}: run deno task generate`);
  }
});

Deno.test("listOptions() gives every option a description and a variable of its own", () => {
  const options = [...listOptions("linux").values()];
  assert(options.length > 25);
  for (const { path, description, kind } of options) {
    assert.match(description, /^\S.+\.$/s, path);
    assert(kind !== undefined, path);
  }
  const names = [...options.map((option) => option.envName), ...RESERVED_VARIABLES];
  assert.equal(new Set(names).size, names.length);
});

Deno.test("listOptions() names variables without the section agent, and with every other", () => {
  const variable = (path: string) => listOptions("linux").get(path)?.envName;
  assert.equal(variable("agent.server_url"), "AGENT_SERVER_URL");
  assert.equal(variable("agent.path.data"), "AGENT_PATH_DATA");
  assert.equal(variable("queue.max_bytes"), "AGENT_QUEUE_MAX_BYTES");
});

Deno.test("configAsYaml() can be loaded again and names the source of each value", () => {
  const loaded = resolveConfig({
    path: "/etc/agent/agent.yaml",
    text:
      "agent.retry_interval: 1500ms\nlogcollector.localfiles:\n  - {location: '/x/$${a}: #b'}\n" +
      "  - {location: /y, max_rate: 5, multiline: {start: '^A', timeout: 1500ms, max_bytes: 12KiB}}\n",
  }, { env: { AGENT_QUEUE_MAX_BYTES: "1000KiB" } });
  const yaml = configAsYaml(loaded, listOptions("linux"));
  assert.match(yaml, /^ {2}retry_interval: 1500ms # \/etc\/agent\/agent\.yaml:1:23$/m);
  assert.match(yaml, /^ {2}max_bytes: 1000KiB # environment AGENT_QUEUE_MAX_BYTES$/m);
  assert.match(yaml, /^ {2}level: info # default$/m);
  assert.match(yaml, /^ +timeout: 1500ms$/m);
  const again = resolveConfig({ path: "/etc/agent/agent.yaml", text: yaml }, { env: {} });
  assert.deepEqual(again.config, loaded.config);
});

Deno.test("configAsJson() gives value, unit and source of every option", () => {
  const loaded = resolveConfig(undefined, { env: { AGENT_LOG_LEVEL: "debug" } });
  const { schema, file, options } = configAsJson(loaded, listOptions("linux")) as {
    schema: number;
    file: null;
    options: Record<string, unknown>;
  };
  assert.deepEqual([schema, file], [1, null]);
  assert.deepEqual(Object.keys(options), [...listOptions("linux").keys()]);
  assert.deepEqual(options["events.batch_interval"], {
    value: 1_000,
    unit: "ms",
    source: "default",
  });
  assert.deepEqual(options["agent.ca_cert"], { value: null, source: "default" });
  assert.deepEqual(options["log.level"], {
    value: "debug",
    source: "environment",
    at: "environment AGENT_LOG_LEVEL",
  });
});

Deno.test("parseDuration() and parseSize() take whole numbers with a unit and nothing else", () => {
  assert.deepEqual(["0ms", "500ms", "10s", "5m", "1h", "7d"].map(parseDuration), [
    0,
    500,
    10_000,
    300_000,
    3_600_000,
    604_800_000,
  ]);
  assert.deepEqual(["1B", "1KB", "1KiB", "2MB", "2MiB", "1GiB", "1TiB"].map(parseSize), [
    1,
    1_000,
    1_024,
    2_000_000,
    2_097_152,
    2 ** 30,
    2 ** 40,
  ]);
  for (
    const text of [
      "",
      "5",
      "s",
      "-1s",
      "1.5s",
      "1 s",
      "1D",
      "1w",
      "1S",
      "1e3s",
      `${"9".repeat(30)}s`,
    ]
  ) {
    assert.equal(parseDuration(text), undefined, text);
  }
  for (const text of ["", "5", "1kb", "1Mb", "-1B", "1 MB", "KiB"]) {
    assert.equal(parseSize(text), undefined, text);
  }
});

Deno.test("formatDuration() and formatSize() are undone by parsing", () => {
  assert.deepEqual([0, 1, 1_500, 60_000, 90_000, 7_200_000].map(formatDuration), [
    "0ms",
    "1ms",
    "1500ms",
    "1m",
    "90s",
    "2h",
  ]);
  assert.deepEqual([0, 1_000, 1_024, 1_000_000, 2 ** 30, 1_025].map(formatSize), [
    "0B",
    "1KB",
    "1KiB",
    "1MB",
    "1GiB",
    "1025B",
  ]);
});

Deno.test("nearest() finds a slip of the pen and nothing far-fetched", () => {
  const words = ["level", "format", "enabled"];
  assert.equal(nearest("levle", words), "level");
  assert.equal(nearest("formt", words), "format");
  assert.equal(nearest("colour", words), undefined);
  assert.equal(nearest("include", ["exclude", "include_lines"]), "include_lines");
});
