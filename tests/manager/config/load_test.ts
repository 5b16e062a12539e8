import assert from "node:assert/strict";
import { isScalar, parseDocument } from "yaml";
import {
  loadManagerConfig,
  managerOptions,
  resolveManagerConfig,
} from "../../../src/manager/config/load.ts";
import { MANAGER_CONFIG } from "../../../src/manager/config/schema.ts";
import { DEFAULTS } from "../../../src/manager/config/manager_options.ts";
import { textOfJsonSchema } from "../../../src/shared/config/json_schema.ts";
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
  assert.deepEqual(resolve(readConfigFolder("manager.yaml")), DEFAULTS.keepAlive);
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

Deno.test("manager.schema.json is up to date", () => {
  assert.equal(
    readConfigFolder("manager.schema.json"),
    textOfJsonSchema(MANAGER_CONFIG),
    "write it anew: deno task schema",
  );
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
  const text = "manager_keepalive:\n  intervall: 10s\n  max_missed: none\nmanager: {}\n";
  assert.deepEqual(problemsOf(text, { env: { MANAGER_KEEPALIVE_TIMEOUT: "soon" } }), [
    "manager.yaml:2:3: manager_keepalive.intervall is not an option, did you mean " +
    "manager_keepalive.interval?",
    'manager.yaml:3:15: manager_keepalive.max_missed is "none", must be a whole number from 1 to ' +
    "10000",
    "manager.yaml:4:1: manager is not an option",
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
