import assert from "node:assert/strict";
import { join } from "node:path";
import type { FlagValue } from "../../../src/shared/config/text_source.ts";
import { listOptions } from "../../../src/agent/config/options.ts";
import { configAsJson, configAsYaml } from "../../../src/shared/config/show.ts";
import { loadConfig, resolveConfig } from "../../../src/agent/config/load.ts";
import { socketPath } from "../../../src/agent/config/places.ts";
import type { AgentConfig } from "../../../src/agent/config/schema.ts";
import { AgentError } from "../../../src/shared/errors.ts";

const FILE = "/etc/agent/agent.yaml";

interface Sources {
  env?: Record<string, string>;
  flags?: FlagValue[];
}

function load(text: string, { env = {}, flags = [] }: Sources = {}) {
  return resolveConfig({ path: FILE, text }, { env, flags, platform: "linux", folder: "/home/me" });
}

Deno.test("resolveConfig() gives defaults in milliseconds and bytes without any source", () => {
  const { config, file, warnings } = resolveConfig(undefined, { env: {}, platform: "linux" });
  assert.equal(file, undefined);
  assert.deepEqual(warnings, []);
  assert.equal(config.agent.server_url, "https://localhost:27000");
  assert.equal(config.agent.retry_interval, 1_000);
  assert.equal(config.agent.commands_request_timeout, 960_000);
  assert.equal(config.queue.max_bytes, 2 ** 30);
  assert.equal(config.events.batch_size, 1_000_000);
  assert.equal(config.agent.ca_cert, undefined);
  assert.deepEqual(config.logcollector.localfiles, []);
});

Deno.test("resolveConfig() takes an empty file, comments and keys without values as defaults", () => {
  const { config } = resolveConfig(undefined, { env: {}, platform: "linux" });
  for (
    const text of ["", "\n", "# nothing\n", "agent:\n", "agent:\n  path:\n    data:\nlog.level:\n"]
  ) {
    assert.deepEqual(load(text).config, config, JSON.stringify(text));
  }
});

Deno.test("resolveConfig() has default folders for each platform", () => {
  const run = (platform: "linux" | "darwin" | "windows") =>
    resolveConfig(undefined, { env: {}, platform }).config.agent.path;
  assert.deepEqual(run("linux"), { data: "/var/lib/agent", run: "/run/agent" });
  assert.equal(run("darwin").data, "/Library/Application Support/agent");
  assert.equal(run("windows").run, "C:\\ProgramData\\agent\\run");
});

Deno.test("resolveConfig() takes keys dotted and nested, at any depth", () => {
  const forms = [
    "agent:\n  path:\n    data: /x\n",
    "agent:\n  path.data: /x\n",
    "agent.path.data: /x\n",
    "agent.path:\n  data: /x\n",
    "agent: {path: &p {data: /x}}\n",
  ];
  for (const text of forms) assert.equal(load(text).config.agent.path.data, "/x", text);
  const mixed = load("agent.path.run: /r\nagent:\n  path.data: /x\n").config.agent.path;
  assert.deepEqual(mixed, { data: "/x", run: "/r" });
});

Deno.test("resolveConfig() prefers flag to environment to file to default and says which it was", () => {
  const flag = { path: "log.level", flag: "--log-level", value: "error" };
  const env = { AGENT_LOG_LEVEL: "debug" };
  const text = "log:\n  level: warning\n";
  const outcome = (sources: Sources, file = text) => {
    const { config, places } = load(file, sources);
    return [config.log.level, places.get("log.level")];
  };
  assert.deepEqual(outcome({}, ""), ["info", { source: "default" }]);
  assert.deepEqual(outcome({}), [
    "warning",
    { source: "file", file: FILE, line: 2, column: 10 },
  ]);
  assert.deepEqual(outcome({ env }), [
    "debug",
    { source: "environment", variable: "AGENT_LOG_LEVEL" },
  ]);
  assert.deepEqual(outcome({ env, flags: [flag] }), [
    "error",
    { source: "flag", flag: "--log-level" },
  ]);
});

Deno.test("resolveConfig() reads numbers, truth values and lists from the environment", () => {
  const { config } = load("", {
    env: {
      AGENT_QUEUE_MAX_EVENTS: "12",
      AGENT_LOGCOLLECTOR_ENABLED: "false",
      AGENT_LOGCOLLECTOR_LOCALFILES: '[{"location": "/var/log/a.log"}]',
      AGENT_EVENTS_BATCH_INTERVAL: "5s",
      AGENT_LOG_FORMAT: "",
    },
  });
  assert.equal(config.queue.max_events, 12);
  assert.equal(config.logcollector.enabled, false);
  assert.deepEqual(placesIn(config), [{ location: "/var/log/a.log", exclude: [] }]);
  assert.equal(config.events.batch_interval, 5_000);
  assert.equal(config.log.format, "auto", "an empty variable is no value");
});

Deno.test("resolveConfig() puts variables into the file's values and leaves $${ alone", () => {
  const env = { HOST: "manager", N: "7", ON: "false" };
  const { config } = load(
    "agent:\n  server_url: https://${HOST}:27000/\n  login_path: /$${HOST}\n" +
      "events.max_in_flight: ${N}\nlogcollector:\n  enabled: ${ON}\n" +
      "  localfiles: [{location: '/var/log/${HOST}.log'}]\n",
    { env },
  );
  assert.equal(config.agent.server_url, "https://manager:27000");
  assert.equal(config.agent.login_path, "/${HOST}");
  assert.equal(config.events.max_in_flight, 7);
  assert.equal(config.logcollector.enabled, false);
  assert.equal(config.logcollector.localfiles[0]?.location, "/var/log/manager.log");
});

Deno.test("resolveConfig() starts relative paths at the file's folder, elsewhere at the current one", () => {
  const { config } = load(
    "agent.path.data: data\nagent.ca_cert: ca.pem\nlogcollector.localfiles:\n" +
      "  - location: logs/*.log\n    exclude: [logs/old.log]\n",
    { flags: [{ path: "agent.ca_cert", flag: "--ca-cert", value: "ca.pem" }] },
  );
  assert.equal(config.agent.path.data, "/etc/agent/data");
  assert.equal(config.agent.ca_cert, "/home/me/ca.pem");
  assert.deepEqual(placesIn(config), [
    { location: "/etc/agent/logs/*.log", exclude: ["/etc/agent/logs/old.log"] },
  ]);
});

Deno.test("resolveConfig() warns of a variable in a section of the options, and of one with the prefix twice", () => {
  const env = { AGENT_AGENT_SERVER_URL: "https://x", AGENT_FIM_FOLDERS: "/etc", AGENT_NAME: "ci" };
  assert.deepEqual(load("", { env }).warnings, [
    "Environment variable AGENT_AGENT_SERVER_URL is no option, did you mean AGENT_SERVER_URL?",
    "Environment variable AGENT_FIM_FOLDERS is no option, and has no effect",
  ]);
});

Deno.test("resolveConfig() warns of a variable that is nearly an option, and of no other", () => {
  const env = {
    AGENT_LOG_LEVLE: "debug",
    AGENT_PASSWORD: "x",
    AGENT_CONFIG: "x",
    AGENT_BIN: "x",
    AGENT_WORKDIR: "/builds",
  };
  assert.deepEqual(load("", { env }).warnings, [
    "Environment variable AGENT_LOG_LEVLE is no option, did you mean AGENT_LOG_LEVEL?",
  ]);
});

Deno.test("socketPath() is agent.sock in agent.path.run", () => {
  assert.equal(socketPath(load("agent.path.run: /tmp/r").config), join("/tmp/r", "agent.sock"));
});

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("loadConfig() reads the named file, else AGENT_CONFIG, else the default file, else none", () =>
  inFolder(async (folder) => {
    const [named, fromEnv, usual] = ["a.yaml", "b.yaml", "c.yaml"].map((name) =>
      join(folder, name)
    );
    assert(named !== undefined && fromEnv !== undefined && usual !== undefined);
    const read = async (options: { file?: string; env?: Record<string, string> }) =>
      (await loadConfig({ env: {}, defaultFile: usual, ...options })).file;
    assert.equal(await read({}), undefined);
    for (const path of [named, fromEnv, usual]) await Deno.writeTextFile(path, "");
    assert.equal(await read({}), usual);
    assert.equal(await read({ env: { AGENT_CONFIG: fromEnv } }), fromEnv);
    assert.equal(await read({ env: { AGENT_CONFIG: fromEnv }, file: named }), named);
  }));

Deno.test("loadConfig() says why a file cannot be read", () =>
  inFolder(async (folder) => {
    const binary = join(folder, "binary.yaml");
    await Deno.writeFile(binary, new Uint8Array([0xff, 0xfe, 0x00]));
    const huge = join(folder, "huge.yaml");
    await Deno.writeTextFile(huge, "#".repeat(1_048_577));
    const cases: [string, string][] = [
      [join(folder, "no.yaml"), "there is no such file"],
      [folder, "it is a folder"],
      [binary, "it is not UTF-8 text"],
      [huge, "it is larger than 1 MiB"],
    ];
    for (const [path, why] of cases) {
      await assert.rejects(loadConfig({ file: path, env: {} }), (error: AgentError) => {
        assert.equal(error.code, "config_invalid");
        assert.equal(error.message, `Cannot read configuration ${JSON.stringify(path)}: ${why}`);
        return true;
      });
    }
    await assert.rejects(
      loadConfig({ env: { AGENT_CONFIG: join(folder, "no.yaml") } }),
      /there is no such file/,
    );
  }));

Deno.test("resolveConfig() takes days, and warn for warning, wherever they are given", () => {
  const env = { AGENT_LOG_LEVEL: "warn", AGENT_COMMANDS_JOURNAL_RETENTION: "7d" };
  for (
    const { config } of [
      load("log.level: warn\ncommands.journal_retention: 7d\n"),
      load("", { env }),
    ]
  ) {
    assert.equal(config.log.level, "warning");
    assert.equal(config.commands.journal_retention, 7 * 86_400_000);
  }
});

Deno.test("resolveConfig() takes a list from a variable as YAML or JSON, and says what else is wrong with it", () => {
  const cases = [
    '[{"location":"/var/log/a.log","exclude":["/var/log/b.log"]}]',
    "[{location: /var/log/a.log, exclude: [/var/log/b.log]}]",
    "- location: /var/log/a.log\n  exclude:\n    - /var/log/b.log\n",
  ];
  for (const text of cases) {
    const { config } = load("", { env: { AGENT_LOGCOLLECTOR_LOCALFILES: text } });
    assert.deepEqual(placesIn(config), [
      { location: "/var/log/a.log", exclude: ["/var/log/b.log"] },
    ]);
  }
  const { config } = load("", { env: { AGENT_REMOTE_ALLOW_ACTIONS: "[set-group, restart]" } });
  assert.deepEqual(config.remote.allow.actions, ["set-group", "restart"]);
  const wrong = [
    ["/var/log/a.log", /must be a list such as \[\{location/],
    ["[{location: ", /must be a list such as/],
    ["[{locaton: /var/log/a.log}]", /locaton is not an option|locaton/],
    [`[&a {location: /x}, ${"*a, ".repeat(9)}*a]`, /must be a list such as/],
  ] as const;
  for (const [text, message] of wrong) {
    assert.throws(() => load("", { env: { AGENT_LOGCOLLECTOR_LOCALFILES: text } }), {
      code: "config_invalid",
      message,
    });
  }
});

Deno.test("resolveConfig() takes the proxy that every program is told of, unless the agent is told of one", () => {
  const env = { HTTPS_PROXY: "proxy.example:3128", no_proxy: "localhost", NO_PROXY: "ignored" };
  const { config: { agent }, places } = load("", { env });
  assert.deepEqual([agent.proxy, agent.no_proxy], ["http://proxy.example:3128", "localhost"]);
  assert.deepEqual(places.get("agent.proxy"), { source: "environment", variable: "HTTPS_PROXY" });
  assert.equal(load("agent.proxy: http://own:1", { env }).config.agent.proxy, "http://own:1");
  assert.equal(load('agent.proxy: ""', { env }).config.agent.proxy, "");
});

Deno.test("user and password of a proxy are shown nowhere", () => {
  const secret = "http://user:s3cret@proxy:3128";
  const loaded = load("", { env: { https_proxy: secret } });
  assert.equal(loaded.config.agent.proxy, secret);
  const options = listOptions("linux");
  const shown = configAsYaml(loaded, options) + JSON.stringify(configAsJson(loaded, options));
  assert.ok(shown.includes("http://[redacted]@proxy:3128"));
  assert.ok(!shown.includes("s3cret"));
  for (
    const wrong of [
      "socks5://user:s3cret@proxy:3128",
      "http://user:s3cret@proxy:3128/path",
      "user:s3cret@proxy:99999",
      "http://user:s3cret@proxy:99999",
      "http://user:s3cret%FF@proxy:3128",
      "http://user:s3cret@1.2.3.4.5:3128",
      "http://user:p@s3cret/s3cret@proxy:3128",
    ]
  ) {
    for (
      const attempt of [
        () => load(`agent.proxy: ${wrong}`),
        () => load("", { env: { HTTPS_PROXY: wrong } }),
      ]
    ) {
      assert.throws(attempt, (error: Error) => {
        assert.match(error.message, /must be empty or an HTTP proxy/);
        return !error.message.includes("s3cret");
      });
    }
  }
});

/** What is to be followed, without how. */
function placesIn({ logcollector }: AgentConfig) {
  return logcollector.localfiles.map(({ location, exclude }) => ({ location, exclude }));
}
