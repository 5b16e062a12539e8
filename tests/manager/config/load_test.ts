import assert from "node:assert/strict";
import { isScalar, parseDocument } from "yaml";
import { managerDocuments } from "../../../src/manager/config/documents.ts";
import {
  loadManagerConfig,
  managerOptions,
  resolveManagerConfig,
} from "../../../src/manager/config/load.ts";
import { DEFAULTS, optionsFrom } from "../../../src/manager/config/manager_options.ts";
import { AgentError } from "../../../src/shared/errors.ts";

const CONFIG_FOLDER = new URL("../../../config/", import.meta.url);

function readConfigFolder(name: string): string {
  return Deno.readTextFileSync(new URL(name, CONFIG_FOLDER)).replaceAll("\r\n", "\n");
}

function resolve(text: string, sources: { env?: Record<string, string>; flags?: string[] } = {}) {
  const { env = {}, flags = [] } = sources;
  const given = flags.map((flag) => {
    const [path = "", value = ""] = flag.split("=");
    return { path: `manager_keepalive.${path}`, flag: `--keepalive-${path}`, value };
  });
  const file = { path: "manager.yaml", text };
  return resolveManagerConfig(file, { env, flags: given }).manager_keepalive;
}

/** The lines of the error beneath its first one. */
function problemsOf(...given: Parameters<typeof resolve>): string[] {
  try {
    resolve(...given);
  } catch (error) {
    assert.ok(error instanceof AgentError);
    assert.equal(error.code, "config_invalid");
    return error.message.split("\n").slice(1).map((line) => line.trim());
  }
  assert.fail("nothing was wrong");
}

Deno.test("manager.yaml gives exactly the defaults", () => {
  const file = { path: "manager.yaml", text: readConfigFolder("manager.yaml") };
  const { password: _known, ...defaults } = DEFAULTS;
  assert.deepEqual(optionsFrom(resolveManagerConfig(file, { env: {} })), defaults);
  const { interval, timeout, max_missed, retry_interval, enabled } = DEFAULTS.keepAlive;
  assert.deepEqual(
    [interval, timeout, max_missed, retry_interval, enabled],
    [60_000, 180_000, 3, 30_000, true],
  );
});

Deno.test("manager.yaml names every option, and writes the default of all that have one", () => {
  const document = parseDocument(readConfigFolder("manager.yaml"));
  for (const { path, schema } of managerOptions().values()) {
    const node = document.getIn(path.split("."), true);
    assert(node !== undefined, `config/manager.yaml lacks ${path}`);
    const empty = isScalar(node) && node.value === null;
    assert.equal(empty, schema.parse(undefined) === undefined, `default of ${path}`);
  }
});

Deno.test("what is made of the options is up to date", () => {
  for (const [path, text] of managerDocuments()) {
    const kept = Deno.readTextFileSync(new URL(`../../../${path}`, import.meta.url));
    assert.equal(kept.replaceAll("\r\n", "\n"), text, `${path}: run deno task generate`);
  }
});

Deno.test("no file of the project holds the default password", () => {
  for (const text of managerDocuments().values()) assert.ok(!text.includes(DEFAULTS.password));
});

Deno.test("resolveManagerConfig() listens to other machines with a password of one's own only", () => {
  const hosts = (host: string, more: string) =>
    resolveManagerConfig({ path: "m", text: `manager: {host: "${host}"${more}}` }, { env: {} });
  for (const host of ["127.0.0.1", "127.8.9.1", "::1", "localhost"]) hosts(host, "");
  for (const host of ["0.0.0.0", "::", "192.0.2.7", "manager.example", "127.0.0.1.example"]) {
    assert.throws(
      () => hosts(host, ""),
      /manager\.host is ".*", must come together with manager\.password_file/,
    );
    hosts(host, ", password_file: p");
  }
});

Deno.test("resolveManagerConfig() holds every option to its range, whatever way it is given", () => {
  const cases = [
    ["token_ttl", "0s", "must be a duration from 1s to 168h"],
    ["comms_port", "70000", "must be a whole number from 0 to 65535"],
    ["login_rate", "-1", "must be a whole number from 0 to 1000000"],
    ["max_body", "0B", "must be a size from 1KB to 1GB"],
    ["idempotency_keys", "0", "must be a whole number from 1 to"],
    ["poll_timeout", "1.5s", "must be a duration from 10ms to 24h"],
    ["accept_commands_url", "https://host/path", "must be an http or https URL without a path"],
    ["user", "a:b", "must be a name without spaces and colons"],
  ] as const;
  for (const [name, value, wanted] of cases) {
    const path = `manager.${name}`;
    const ways = [
      () => resolveManagerConfig({ path: "m", text: `${path}: ${value}` }, { env: {} }),
      () => resolveManagerConfig(undefined, { env: { [`MANAGER_${name.toUpperCase()}`]: value } }),
      () => resolveManagerConfig(undefined, { env: {}, flags: [{ path, flag: "--x", value }] }),
    ];
    for (const way of ways) {
      assert.throws(way, (error: Error) => error.message.includes(wanted), path);
    }
  }
});

Deno.test("managerOptions() gives every option a kind, a description and a variable of its own", () => {
  const options = [...managerOptions().values()];
  for (const { path, description, kind } of options) {
    assert.match(description, /^\S.+\.$/s, path);
    assert(kind !== undefined, path);
  }
  assert.equal(new Set(options.map(({ envName }) => envName)).size, options.length);
  assert(options.some(({ envName }) => envName === "MANAGER_KEEPALIVE_NATS_TLS_CA"));
});

Deno.test("resolveManagerConfig() takes flag before environment before file before default", () => {
  const text = "manager_keepalive: {interval: 10s, timeout: 20s, max_missed: 4}";
  const env = { MANAGER_KEEPALIVE_TIMEOUT: "40s", MANAGER_KEEPALIVE_MAX_MISSED: "5" };
  const config = resolve(text, { env, flags: ["max_missed=6"] });
  const { interval, timeout, max_missed, retry_interval } = config;
  assert.deepEqual([interval, timeout, max_missed, retry_interval], [10_000, 40_000, 6, 30_000]);
});

Deno.test("resolveManagerConfig() takes lists with commas from a variable", () => {
  const env = { MANAGER_KEEPALIVE_NATS_SERVERS: "nats://a:4222, tls://b:4222" };
  assert.deepEqual(resolve("", { env }).nats.servers, ["nats://a:4222", "tls://b:4222"]);
});

Deno.test("resolveManagerConfig() says what is wrong with its place, and what was meant", () => {
  const text = "manager_keepalive:\n  intervall: 10s\n  max_missed: none\nmanagers: {}\n";
  assert.deepEqual(problemsOf(text, { env: { MANAGER_KEEPALIVE_TIMEOUT: "soon" } }), [
    "manager.yaml:2:3: manager_keepalive.intervall is not an option, did you mean " +
    "manager_keepalive.interval?",
    'manager.yaml:3:15: manager_keepalive.max_missed is "none", must be a whole number from 1 to ' +
    "10000",
    "manager.yaml:4:1: managers is not an option, did you mean manager?",
    "environment MANAGER_KEEPALIVE_TIMEOUT: manager_keepalive.timeout is " +
    '"${MANAGER_KEEPALIVE_TIMEOUT}" (the value of the variable is not shown), must be a duration ' +
    "from 20ms to 168h, such as 180s",
  ]);
});

Deno.test("resolveManagerConfig() refuses a timeout that is not longer than the interval", () => {
  assert.deepEqual(problemsOf("manager_keepalive:\n  interval: 180s\n"), [
    'manager.yaml:2:13: manager_keepalive.interval is "180s", but manager_keepalive.timeout (3m) ' +
    "must be longer than manager_keepalive.interval (3m)",
  ]);
  assert.deepEqual(problemsOf("", { flags: ["timeout=1s"] }), [
    '--keepalive-timeout: manager_keepalive.timeout is "1s", but manager_keepalive.timeout (1s) ' +
    "must be longer than manager_keepalive.interval (1m)",
  ]);
});

Deno.test("resolveManagerConfig() refuses halves of a pair and two ways to log in", () => {
  const problem = (nats: string) => problemsOf(`manager_keepalive: {nats: {${nats}}}`).join();
  assert.match(
    problem("user: me"),
    /nats\.user is "me", must come together with manager_keepalive\.nats\.password_file$/,
  );
  assert.match(problem("password_file: p"), /nats\.password_file is .* with .*\.nats\.user$/);
  assert.match(problem("tls: {cert: c}"), /nats\.tls\.cert is .* with .*\.nats\.tls\.key$/);
  assert.match(problem("tls: {key: k}"), /nats\.tls\.key is .* with .*\.nats\.tls\.cert$/);
  assert.match(
    problem("creds_file: c, token_file: t"),
    /one way to log in only, not manager_keepalive\.nats\.creds_file and .*\.nats\.token_file$/,
  );
});

Deno.test("loadManagerConfig() says when the file that is named is not there", async () => {
  await assert.rejects(loadManagerConfig({ file: "/nowhere/manager.yaml", env: {} }), {
    code: "config_invalid",
    message: 'Cannot read configuration "/nowhere/manager.yaml": there is no such file',
  });
});

Deno.test("loadManagerConfig says of a file that is not there what the manager offers, not the agent", async () => {
  await assert.rejects(loadManagerConfig({ file: "/nonexistent/manager.yaml", env: {} }), {
    message: /^Cannot read configuration "\/nonexistent\/manager\.yaml": there is no such file$/,
    hint: /^the manager's --help /,
  });
});
