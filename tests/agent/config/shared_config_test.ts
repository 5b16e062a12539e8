import { MODULES } from "../../../src/agent/modules/modules.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import {
  checkShared,
  loadConfig,
  type LoadOptions,
  resolveConfig,
} from "../../../src/agent/config/load.ts";
import { listOptions } from "../../../src/agent/config/options.ts";
import { configAsJson, configAsYaml } from "../../../src/shared/config/show.ts";
import type { FlagValue } from "../../../src/shared/config/text_source.ts";
import type { AgentConfig } from "../../../src/agent/config/schema.ts";
import { AgentError } from "../../../src/shared/errors.ts";
import type { GroupFile } from "../../../src/shared/protocol/groups.ts";

interface Sources {
  local?: string;
  env?: Record<string, string>;
  flags?: FlagValue[];
}

/** Resolves with group files `{name: text}`, the weakest first. */
function resolve(
  shared: Record<string, string>,
  { local = "", env = {}, flags = [] }: Sources = {},
) {
  return resolveConfig(
    { path: "a.yaml", text: local },
    { env, flags, shared: filesOf(shared), platform: "linux", folder: "/home/me" },
  );
}

function filesOf(shared: Record<string, string>): GroupFile[] {
  return Object.entries(shared).map(([name, text]) => ({ name, text }));
}

function problemsOf(shared: Record<string, string>, sources?: Sources): string[] {
  try {
    resolve(shared, sources);
  } catch (error) {
    assert(error instanceof AgentError);
    assert.equal(error.code, "config_invalid");
    return error.message.split("\n").slice(1).map((line) => line.trim());
  }
  return [];
}

Deno.test("resolveConfig() prefers flag to environment to file to later to earlier group to default", () => {
  const flags = [{ path: "log.level", flag: "--log-level", value: "error" }];
  const env = { AGENT_LOG_LEVEL: "warning" };
  const [web, linux] = ["log.level: debug\n", "log:\n  level: warning\n"];
  const outcome = (shared: Record<string, string>, sources?: Sources) => {
    const { config, places } = resolve(shared, sources);
    return [config.log.level, places.get("log.level")];
  };
  assert.deepEqual(outcome({}), ["info", { source: "default" }]);
  assert.deepEqual(outcome({ web }), [
    "debug",
    { source: "shared", file: "web.yml", line: 1, column: 12 },
  ]);
  assert.deepEqual(outcome({ web, linux }), [
    "warning",
    { source: "shared", file: "linux.yml", line: 2, column: 10 },
  ]);
  assert.equal(outcome({ linux, web })[0], "debug");
  assert.equal(outcome({ web }, { local: "log.level: info\n" })[0], "info");
  assert.equal(outcome({ web }, { local: "log.level: info\n", env })[0], "warning");
  assert.equal(outcome({ web }, { env, flags })[0], "error");
});

Deno.test("resolveConfig() merges groups option by option, and takes a list from the strongest", () => {
  const { config } = resolve({
    web: "events: {batch_events: 5, batch_interval: 2s}\n" +
      "logcollector.localfiles: [{location: /var/log/web.log}]\n",
    linux: "events.batch_events: 7\nlogcollector.localfiles: [{location: /var/log/syslog}]\n",
  });
  assert.deepEqual([config.events.batch_events, config.events.batch_interval], [7, 2_000]);
  assert.deepEqual(placesIn(config), [{ location: "/var/log/syslog", exclude: [] }]);
});

Deno.test("resolveConfig() lets groups set what is safe and no other option", () => {
  const safe =
    /^(events\.|log\.(level|format)|health\.|logcollector\.(?!follow_links|locked)|commands\.(?!require_signature|trusted_keys)|queue\.max_|stateful\.(?!schema))/;
  // What a module shares is for its fields to say; of this one it is also written down here.
  const modules = MODULES.filter(({ name }) => name === "logcollector");
  for (const { path } of listOptions("linux", modules).values()) {
    const [problem = ""] = problemsOf({ web: `\n  ${path}: full\n` });
    const refusal =
      `group web.yml:2:${path.length + 5}: ${path} cannot be set for a group, only on ` +
      "the machine itself";
    assert.equal(problem === refusal, !safe.test(path), `${path}: ${problem}`);
  }
});

Deno.test("resolveConfig() says where a group file is wrong, all of one file together", () => {
  assert.deepEqual(
    problemsOf({
      web: "log:\n  level: loud\nactive_response:\n  enabled: true\nlog.levle: info\n",
      linux: "logcollector:\n  localfiles:\n    - location: logs/*.log\n      exclude: [a.log]\n" +
        "log.level: ${HOME}\n",
    }, { local: "log.format: none\n", env: { HOME: "/root" } }),
    [
      'group web.yml:2:10: log.level is "loud", must be one of debug, info, warning, error',
      "group web.yml:4:12: active_response.enabled cannot be set for a group, only on the machine " +
      "itself",
      "group web.yml:5:1: log.levle is not an option, did you mean log.level?",
      'group linux.yml:3:17: logcollector.localfiles has "logs/*.log", must be an absolute path in ' +
      "a group file",
      'group linux.yml:4:17: logcollector.localfiles has "a.log", must be an absolute path in a ' +
      "group file",
      'group linux.yml:5:12: log.level is "${HOME}", must not name an environment variable here; ' +
      "write $${ for a plain ${",
      'a.yaml:1:13: log.format is "none", must be one of auto, text, json',
    ],
  );
  assert.deepEqual(problemsOf({ web: "log: [\n" }), [
    "group web.yml:2:1: not valid YAML: Flow sequence in block collection must be sufficiently " +
    "indented and end with a ]",
  ]);
  assert.deepEqual(problemsOf({ web: "log.level: info\nlog: {level: info}\n" }), [
    "group web.yml:2:7: log.level is given twice, first in line 1",
  ]);
});

Deno.test("resolveConfig() takes $${ in a group file as a plain ${", () => {
  const { config } = resolve({ web: "logcollector.localfiles: [{location: '/var/log/$${a}'}]\n" });
  assert.equal(config.logcollector.localfiles[0]?.location, "/var/log/${a}");
});

Deno.test("resolveConfig() checks groups together with what is said on the machine", () => {
  const web = "commands.default_timeout: 50m\n";
  assert.deepEqual(problemsOf({ web }), []);
  assert.deepEqual(problemsOf({ web }, { local: "commands.max_timeout: 5m\n" }), [
    'group web.yml:1:27: commands.default_timeout is "50m", but commands.default_timeout (50m) ' +
    "must not be longer than commands.max_timeout (5m)",
  ]);
});

Deno.test("configAsYaml() and configAsJson() name the group file of a value", () => {
  const loaded = resolve({ web: "log.level: debug\n" });
  assert.match(
    configAsYaml(loaded, listOptions("linux")),
    /^ {2}level: debug # group web\.yml:1:12$/m,
  );
  const { options } = configAsJson(loaded, listOptions("linux")) as {
    options: Record<string, unknown>;
  };
  assert.deepEqual(options["log.level"], {
    value: "debug",
    source: "shared",
    at: "group web.yml:1:12",
  });
});

async function withLocal(text: string, run: (sources: LoadOptions) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    const file = join(folder, "agent.yaml");
    await Deno.writeTextFile(file, text);
    await run({ file, env: {}, platform: "linux" });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("loadConfig() takes stored group files from the data folder that the other sources name", () =>
  withLocal("agent.path.data: /data/x\n", async (sources) => {
    const asked: string[] = [];
    const { config, warnings } = await loadConfig({
      ...sources,
      readStored(dataFolder) {
        asked.push(dataFolder);
        return filesOf({ web: "log.level: debug\n" });
      },
    });
    assert.deepEqual([asked, config.log.level, warnings], [["/data/x"], "debug", []]);
  }));

Deno.test("loadConfig() leaves out stored files that are not valid any more, each with a warning", () =>
  withLocal("commands.max_timeout: 5m\n", async (sources) => {
    const { config, warnings } = await loadConfig({
      ...sources,
      readStored: () =>
        filesOf({
          good: "log.level: debug\n",
          old: "log.color: true\n",
          clash: "commands.default_timeout: 50m\n",
          last: "events.batch_events: 5\n",
        }),
    });
    assert.deepEqual([config.log.level, config.events.batch_events], ["debug", 5]);
    assert.equal(config.commands.default_timeout, 60_000);
    assert.deepEqual(warnings, [
      "Group file old.yml is ignored: group old.yml:1:1: log.color is not an option",
      "Group file clash.yml is ignored: group clash.yml:1:27: commands.default_timeout is " +
      '"50m", but commands.default_timeout (50m) must not be longer than commands.max_timeout (5m)',
    ]);
  }));

Deno.test("loadConfig() goes on without group files that cannot be read", () =>
  withLocal("log.level: error\n", async (sources) => {
    const { config, warnings } = await loadConfig({
      ...sources,
      readStored() {
        throw new AgentError("failed", "Cannot read it");
      },
    });
    assert.equal(config.log.level, "error");
    assert.deepEqual(warnings, ["The configuration of the groups is ignored: Cannot read it"]);
  }));

Deno.test("loadConfig() does not blame group files for a local file that is not valid", () =>
  withLocal("log.level: loud\n", async (sources) => {
    const readStored = () => filesOf({ web: "log.level: loud\n" });
    await assert.rejects(loadConfig({ ...sources, readStored }), (error: AgentError) => {
      assert.doesNotMatch(error.message, /web/);
      return true;
    });
  }));

Deno.test("checkShared() refuses a file that is wrong by itself, or together with the local one", () =>
  withLocal("commands.max_timeout: 5m\n", async (sources) => {
    await checkShared(filesOf({ web: "log.level: info\n", linux: "" }), sources);
    const cases: [Record<string, string>, string][] = [
      [
        { web: "", linux: "log.level: loud\nlog.format: no\n" },
        'group linux.yml:1:12: log.level is "loud", must be one of debug, info, warning, error; ' +
        'group linux.yml:2:13: log.format is "no", must be one of auto, text, json',
      ],
      [
        { web: "commands.default_timeout: 10m\n" },
        'group web.yml:1:27: commands.default_timeout is "10m", but commands.default_timeout ' +
        "(10m) must not be longer than commands.max_timeout (5m)",
      ],
    ];
    for (const [shared, problems] of cases) {
      await assert.rejects(checkShared(filesOf(shared), sources), (error: AgentError) => {
        assert.equal(error.message, `Cannot use the group files: ${problems}`);
        return true;
      });
    }
  }));

Deno.test("resolveConfig() leaves locations of another operating system out of a group file, and says so", () => {
  const web = String.raw`
logcollector:
  localfiles:
    - C:\logs\x.log
    - location: \\server\share\*.log
    - /var/log/app.log
    - location: relative.log
`;
  assert.match(problemsOf({ web })[0] ?? "", /web\.yml:7:17: .*relative\.log.*absolute/);
  const { config, warnings } = resolve({ web: web.replace("relative.log", "/var/log/b.log") });
  assert.deepEqual(config.logcollector.localfiles.map(({ location }) => location), [
    "/var/log/app.log",
    "/var/log/b.log",
  ]);
  assert.deepEqual(warnings.map((warning) => warning.slice(0, 23)), [
    "group web.yml:4:7: a lo",
    "group web.yml:5:7: a lo",
  ]);
  assert.match(warnings[0] ?? "", /left out: .*C:.*x\.log/);
});

Deno.test("resolveConfig() takes group files of other agents: plain paths to follow, and sections of theirs with a warning", () => {
  const web = `
logcollector:
  localfiles:
    - /var/log/app.log
    - location: /var/log/other.log
theirs:
  anything: [1, { a: b }]
logcollectr: {}
other.dotted: 5
`;
  const { config, warnings } = resolve({ web });
  assert.deepEqual(config.logcollector.localfiles.map(({ location }) => location), [
    "/var/log/app.log",
    "/var/log/other.log",
  ]);
  assert.deepEqual(warnings.map((warning) => warning.split(": ")[0]), [
    "group web.yml:6:1",
    "group web.yml:8:1",
    "group web.yml:9:1",
  ]);
  assert.match(warnings[1] ?? "", /logcollectr is not a section of this agent.*logcollector/);
  assert.deepEqual(problemsOf({ web: "logcollector: { localfiles: [relative.log] }" }).length, 1);
  assert.match(problemsOf({ web: "logcollector: { localfile: [] }" })[0] ?? "", /is not an option/);
  assert.match(problemsOf({ web: "theirs: {" })[0] ?? "", /not valid YAML/);
  assert.match(problemsOf({}, { local: "theirs: 5" })[0] ?? "", /is not an option/);
  assert.match(problemsOf({}, { local: "logcollector: { localfiles: [/a.log] }" })[0] ?? "", /./);
});

/** What is to be followed, without how. */
function placesIn({ logcollector }: AgentConfig) {
  return logcollector.localfiles.map(({ location, exclude }) => ({ location, exclude }));
}
