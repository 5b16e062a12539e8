import assert from "node:assert/strict";
import { resolveConfig } from "../../../src/agent/config/load.ts";
import { checkSocketPath } from "../../../src/agent/config/places.ts";
import type { FlagValue } from "../../../src/shared/config/text_source.ts";
import { AgentError } from "../../../src/shared/errors.ts";

const SECRET = "s3cret-value";

interface Sources {
  env?: Record<string, string>;
  flags?: FlagValue[];
}

function problemsOf(text: string, { env = {}, flags = [] }: Sources = {}): string[] {
  try {
    resolveConfig({ path: "a.yaml", text }, { env, flags, platform: "linux", folder: "/" });
  } catch (error) {
    assert(error instanceof AgentError);
    assert.equal(error.code, "config_invalid");
    const [head, ...lines] = error.message.split("\n");
    assert.match(head ?? "", /^Configuration "a\.yaml" is not valid \(\d+ problems?\)$/);
    return lines.map((line) => line.trim());
  }
  return [];
}

const WRONG: [name: string, text: string, problems: string[]][] = [
  ["an unknown section", "agnet:\n  x: 1\n", [
    "a.yaml:1:1: agnet is not an option, did you mean agent?",
  ]],
  ["the log on top of the queue", "agent: {path: {data: /d}}\nlog: {file: /d/agent.db}\n", [
    'a.yaml:2:13: log.file is "/d/agent.db", must have a name that ends with .log, among the ' +
    "agent's own files",
  ]],
  ["the log on top of a key", "agent: {client_cert: /c, client_key: /k}\nlog: {file: /x/../k}\n", [
    'a.yaml:2:13: log.file is "/x/../k", must be a file for the log alone, and the agent uses this one',
  ]],
  ["the log on top of the socket", "agent: {path: {run: /r}}\nlog: {file: /r/agent.sock}\n", [
    'a.yaml:2:13: log.file is "/r/agent.sock", must have a name that ends with .log, among the ' +
    "agent's own files",
  ]],
  ["the log on top of the configuration", "log: {file: a.yaml}\n", [
    'a.yaml:1:13: log.file is "a.yaml", must be a file for the log alone, and the agent uses this one',
  ]],
  ["an unknown key", "queue:\n  max_byte: 1MB\n", [
    "a.yaml:2:3: queue.max_byte is not an option, did you mean queue.max_bytes?",
  ]],
  ["a key in the wrong section", "server_url: https://x\n", [
    "a.yaml:1:1: server_url is not an option, did you mean agent.server_url?",
  ]],
  ["a key that nothing is near to", "colour: red\n", ["a.yaml:1:1: colour is not an option"]],
  ["names that every object has", "__proto__: 1\nlog: {constructor: 2}\n", [
    "a.yaml:1:1: __proto__ is not an option",
    "a.yaml:2:7: log.constructor is not an option",
  ]],
  ["the same key twice", "log:\n  level: info\n  level: debug\n", [
    "a.yaml:3:3: log.level is given twice, first in line 2",
  ]],
  ["the same section twice", "log: {level: info}\nlog: {format: text}\n", [
    "a.yaml:2:1: log is given twice, first in line 1",
  ]],
  ["a key dotted and nested", "agent:\n  path:\n    data: /x\nagent.path.data: /y\n", [
    "a.yaml:4:1: agent.path.data is given twice, first in line 3",
  ]],
  ["a path that only a shell would understand", "agent.ca_cert: ~/ca.pem\n", [
    'a.yaml:1:16: agent.ca_cert is "~/ca.pem", must be written in full, such as /home/NAME/file: only ' +
    "a shell knows what ~ is",
  ]],
  ["a location with ~", "logcollector.localfiles: [{location: ~/x.log}]\n", [
    'a.yaml:1:38: logcollector.localfiles[0].location is "~/x.log", must be written in full, such as ' +
    "/home/NAME/file: only a shell knows what ~ is",
  ]],
  ["a listening address without a port", "metrics.listen: localhost\n", [
    'a.yaml:1:17: metrics.listen is "localhost", must be off, or an address with a port, such as ' +
    "127.0.0.1:9464 or [::1]:9464",
  ]],
  ["a listening address with a port beyond all", "metrics.listen: 127.0.0.1:65536\n", [
    'a.yaml:1:17: metrics.listen is "127.0.0.1:65536", must be off, or an address with a port, such ' +
    "as 127.0.0.1:9464 or [::1]:9464",
  ]],
  ["thresholds of health in the wrong order", "health.degraded_after: 2h\n", [
    'a.yaml:1:24: health.degraded_after is "2h", but health.degraded_after (2h) must not be longer ' +
    "than health.failing_after (1h)",
  ]],
  ["a duration without unit", "agent.retry_interval: 10\n", [
    "a.yaml:1:23: agent.retry_interval is 10, must be a duration from 10ms to 1h, such as 1s",
  ]],
  ["an unknown unit", "agent.request_timeout: 5 min\n", [
    'a.yaml:1:24: agent.request_timeout is "5 min", must be a duration from 100ms to 1h, such as 30s',
  ]],
  ["a duration out of range", "agent.shutdown_notify_timeout: 2h\n", [
    'a.yaml:1:32: agent.shutdown_notify_timeout is "2h", must be a duration from 100ms to 10m, ' +
    "such as 10s",
  ]],
  ["a size out of range", "queue:\n  max_bytes: 1KB\n", [
    'a.yaml:2:14: queue.max_bytes is "1KB", must be a size from 64KiB to 1TiB, such as 1GiB',
  ]],
  ["a size beyond all numbers", `events.batch_size: ${"9".repeat(40)}TiB\n`, [
    `a.yaml:1:20: events.batch_size is "${"9".repeat(40)}TiB", must be a size from 1KB to 64MB, ` +
    "such as 1MB",
  ]],
  ["a fraction", "events.max_in_flight: 1.5\n", [
    "a.yaml:1:23: events.max_in_flight is 1.5, must be a whole number from 1 to 32",
  ]],
  ["a number in quotes", 'events.max_in_flight: "4"\n', [
    'a.yaml:1:23: events.max_in_flight is "4", must be a whole number from 1 to 32',
  ]],
  ["a word that is no choice", "log.level: warm\n", [
    'a.yaml:1:12: log.level is "warm", must be one of debug, info, warning, error',
  ]],
  ["yes for true", "logcollector.enabled: yes\n", [
    'a.yaml:1:23: logcollector.enabled is "yes", must be true or false',
  ]],
  ["a list for a text", "agent.server_url: [a, b]\n", [
    "a.yaml:1:19: agent.server_url is a list, must be an http or https URL without user, password, " +
    "query or fragment, such as https://localhost:27000, or a list of at most 10, each another",
  ]],
  ["a URL of another kind", "agent.server_url: ftp://x\n", [
    'a.yaml:1:19: agent.server_url is "ftp://x", must be an http or https URL without user, ' +
    "password, query or fragment, such as https://localhost:27000, or a list of at most 10, each another",
  ]],
  ["a URL with a password, not shown", `agent.server_url: https://me:${SECRET}@x\n`, [
    'a.yaml:1:19: agent.server_url is "https://[redacted]@x", must be an http or https URL without ' +
    "user, password, query or fragment, such as https://localhost:27000, or a list of at most 10, each another",
  ]],
  ["a log-in path without a slash", "agent.login_path: login\n", [
    'a.yaml:1:19: agent.login_path is "login", must be a path that starts with a slash, such as ' +
    "/api/v1/authentication",
  ]],
  ["a product of two words", "agent.user_agent_product: My Agent\n", [
    'a.yaml:1:27: agent.user_agent_product is "My Agent", must be letters, digits and ' +
    "!#$%&'*+-.^_`|~ without spaces, such as Agent",
  ]],
  ["an empty path", 'agent.path.data: ""\n', [
    'a.yaml:1:18: agent.path.data is "", must be a path',
  ]],
  ["a Windows path in double quotes", 'agent.ca_cert: "C:\\temp\\new.pem"\n', [
    'a.yaml:1:16: agent.ca_cert is "C:\\temp\\new.pem", must be a path, without control characters: ' +
    "in double quotes YAML reads \\t as a tab and \\n as a new line, so put a path with backslashes " +
    "in single quotes",
  ]],
  [
    "paths of a list in double quotes",
    'logcollector.localfiles: [{location: "C:\\rest\\new.log"}]\n',
    [
      'a.yaml:1:38: logcollector.localfiles[0].location is "C:\\rest\\new.log", must be a path or glob, ' +
      "such as /var/log/*.log, without control characters: in double quotes YAML reads \\t as a tab " +
      "and \\n as a new line, so put a path with backslashes in single quotes",
    ],
  ],
  ["an escape that YAML does not know", 'agent.path.data: "C:\\Users\\me"\n', [
    "a.yaml:1:21: not valid YAML: \\U means nothing in double quotes; put a path with backslashes in " +
    "single quotes",
  ]],
  ["a certificate without its key", "agent.client_cert: /x\n", [
    'a.yaml:1:20: agent.client_cert is "/x", must come together with agent.client_key',
  ]],
  ["a key without its certificate", "agent.client_key: /x\n", [
    'a.yaml:1:19: agent.client_key is "/x", must come together with agent.client_cert',
  ]],
  ["waits the wrong way round", "agent.retry_max_interval: 500ms\n", [
    'a.yaml:1:27: agent.retry_max_interval is "500ms", but agent.retry_interval (1s) must not be ' +
    "longer than agent.retry_max_interval (500ms)",
  ]],
  ["a folder too long for a socket", `agent.path.run: /${"é".repeat(46)}\n`, [
    `a.yaml:1:17: agent.path.run is "/${
      "é".repeat(46)
    }", must be shorter: the path of the socket ` +
    "agent.sock in it has 104 bytes, at most 103 are possible",
  ]],
  ["a section that is a word", "agent: full\n", [
    'a.yaml:1:8: agent is "full", must be a map of options',
  ]],
  ["a file that is a list", "- 1\n", [
    "a.yaml:1:1: the configuration is a list, must be a map of options",
  ]],
  [
    "wrong files to follow",
    "logcollector.localfiles:\n  - locatoin: /x\n  - /y\n  - location: 5\n    exclude: old\n  - {}\n",
    [
      "a.yaml:2:5: logcollector.localfiles[0].locatoin is not an option, did you mean location?",
      'a.yaml:3:5: logcollector.localfiles[1] is "/y", must be a map with location and, optionally, ' +
      "exclude and what else is to be done",
      "a.yaml:4:15: logcollector.localfiles[2].location is 5, must be a path or glob, such as " +
      "/var/log/*.log",
      'a.yaml:5:14: logcollector.localfiles[2].exclude is "old", must be a list of up to 100 paths ' +
      "or globs, such as [/var/log/old.log]",
      "a.yaml:6:5: logcollector.localfiles[3].location is missing, must be a path or glob, such as " +
      "/var/log/*.log",
    ],
  ],
  ["a variable that is not set", "agent.login_path: ${NOPE}\n", [
    'a.yaml:1:19: agent.login_path is "${NOPE}", must name an environment variable that is set: ' +
    "NOPE is not",
  ]],
  ["a variable without its end", "agent.login_path: ${SECRET\n", [
    'a.yaml:1:19: agent.login_path is "${SECRET", must be ${NAME} with the name of an environment ' +
    "variable; write $${ for a plain ${",
  ]],
  ["a variable with a wrong content, not shown", "agent.login_path: ${SECRET}\n", [
    'a.yaml:1:19: agent.login_path is "${SECRET}" (the value of the variable is not shown), must ' +
    "be a path that starts with a slash, such " +
    "as /api/v1/authentication",
  ]],
  ["a list without its end", "log:\n  level: [a\n", [
    "a.yaml:3:1: not valid YAML: Flow sequence in block collection must be sufficiently indented " +
    "and end with a ]",
  ]],
  ["tabs", "log:\n\tlevel: info\n", [
    "a.yaml:2:1: not valid YAML: Tabs are not allowed as indentation",
  ]],
  ["an unknown tag", "log.level: !x info\n", ["a.yaml:1:12: not valid YAML: Unresolved tag: !x"]],
  ["an alias without anchor", "log.level: *x\n", [
    "a.yaml:1:12: not valid YAML: alias *x has no anchor before it",
  ]],
  ["two documents", "log.level: info\n---\nlog.level: debug\n", [
    "a.yaml:2:1: not valid YAML: a second document begins here",
  ]],
  ["a block whose head is wrong", "|a: 1\nb: 2\n---\nc: 3\n", [
    "a.yaml:1:2: not valid YAML: Block scalar header includes extra characters: |a:",
    "a.yaml:1:5: not valid YAML: Not a YAML token: 1",
    "a.yaml:3:1: not valid YAML: a second document begins here",
  ]],
  ["keys that would begin a line of their own", '"x\\nlog.level: fine\\e[2J": 1\n', [
    "a.yaml:1:1: x\\nlog.level: fine\\x1b[2J is not an option",
  ]],
  ["an alias that holds itself", "logcollector.localfiles: &a [*a]\n", [
    "a.yaml:1:30: logcollector.localfiles has more than 100 aliases",
  ]],
];

for (const [name, text, problems] of WRONG) {
  Deno.test(`resolveConfig() says where and why with ${name}`, () => {
    const found = problemsOf(text, { env: { SECRET } });
    assert.deepEqual(found, problems);
    assert(!found.join("\n").includes(SECRET));
  });
}

Deno.test("resolveConfig() says everything at once, in the order of the lines, each source by name", () => {
  const problems = problemsOf(
    "log.level: loud\nlogcollector.localfiles:\n  - {}\n  - {location: '${NO}'}\nx: 1\n",
    {
      env: { AGENT_LOG_FORMAT: SECRET },
      flags: [{ path: "agent.verification_mode", flag: "--verification-mode", value: "half" }],
    },
  );
  assert.deepEqual(problems, [
    'a.yaml:1:12: log.level is "loud", must be one of debug, info, warning, error',
    "a.yaml:3:5: logcollector.localfiles[0].location is missing, must be a path or glob, such as " +
    "/var/log/*.log",
    'a.yaml:4:16: logcollector.localfiles is "${NO}", must name an environment variable that is set: ' +
    "NO is not",
    "a.yaml:5:1: x is not an option",
    'environment AGENT_LOG_FORMAT: log.format is "${AGENT_LOG_FORMAT}" (the value of the variable ' +
    "is not shown), must be one of auto, text, json",
    '--verification-mode: agent.verification_mode is "half", must be one of full, certificate, none',
  ]);
});

Deno.test("resolveConfig() refuses what is wrong in the file even when a flag overrides it", () => {
  const flags = [{ path: "log.level", flag: "--log-level", value: "info" }];
  assert.equal(problemsOf("log.level: loud\n", { flags }).length, 1);
});

Deno.test("resolveConfig() keeps a few lines from unfolding without bound", () => {
  const levels = Array.from({ length: 12 }, (_, level) => {
    const below = level === 0 ? "/x" : Array(8).fill(`*a${level - 1}`).join(", ");
    return `    - &a${level} {location: /x, exclude: [${below}]}`;
  });
  const bomb = `logcollector:\n  localfiles:\n${levels.join("\n")}\n`;
  assert.deepEqual(problemsOf(bomb).length, 1);
  const deep = problemsOf(`log: ${"[".repeat(50_000)}`);
  assert(deep.some((problem) => problem.endsWith("not valid YAML: nested too deeply")));
});

Deno.test("resolveConfig() lists at most 50 problems and counts the others", () => {
  const text = Array.from({ length: 60 }, (_, index) => `unknown_${index}: 1\n`).join("");
  const problems = problemsOf(text);
  assert.equal(problems.length, 51);
  assert.equal(problems.at(-1), "and 10 more");
});

Deno.test("checkSocketPath() takes 103 bytes and refuses 104, except on Windows", () => {
  const path = (bytes: number) => `/${"x".repeat(bytes - 1)}`;
  assert.equal(checkSocketPath(path(103), "linux"), undefined);
  assert.match(checkSocketPath(path(104), "linux") ?? "", /has 104 bytes, at most 103/);
  assert.match(checkSocketPath(path(104), "darwin") ?? "", /has 104 bytes/);
  assert.equal(checkSocketPath(path(300), "windows"), undefined);
});
