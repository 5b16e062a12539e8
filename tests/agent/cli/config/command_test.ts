import { ReloadRequests } from "../../../../src/agent/process/signals.ts";
import { fileCount } from "../../modules/proof_module/file_count/module.ts";
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import type { CliIo } from "../../../../src/agent/cli/cli_io.ts";
import { configCommand } from "../../../../src/agent/cli/config/command.ts";
import type { Module } from "../../../../src/agent/modules/module.ts";
import { AgentError, exitStatus } from "../../../../src/shared/errors.ts";

async function run(
  args: string[],
  env: Record<string, string> = {},
  modules?: readonly Module[],
) {
  const written = { stdout: "", stderr: "" };
  const io: CliIo = {
    stdout: (text) => written.stdout += text,
    stderr: (text) => written.stderr += text,
    env,
    isTerminal: { stdin: false, stdout: false, stderr: false },
    readStdin: () => Promise.resolve(""),
    flushStderr: () => Promise.resolve(),
    promptHidden: () => Promise.resolve(null),
    signal: new AbortController().signal,
    reloads: new ReloadRequests(),
  };
  let error: unknown;
  await configCommand(io, modules && { modules }).parseAsync(args, { from: "user" }).catch((
    thrown,
  ) => error = thrown);
  return { ...written, error };
}

async function withFile(text: string, use: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "agent.yaml");
  try {
    await Deno.writeTextFile(path, text);
    await use(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("config check says in one line that a file is valid, and warns on standard error", () =>
  withFile("log.level: debug\n", async (path) => {
    const { stdout, stderr, error } = await run(["check", "--config", path], {
      AGENT_LOG_LEVL: "x",
    });
    assert.equal(error, undefined);
    assert.equal(stdout, `Configuration ${JSON.stringify(path)} is valid\n`);
    assert.match(stderr, /^Warning: Environment variable AGENT_LOG_LEVL .*\n$/);
  }));

Deno.test("config check fails with exit status 5 and names everything that is wrong", () =>
  withFile("log.level: loud\nx: 1\n", async (path) => {
    const { stdout, error } = await run(["check", "--config", path]);
    assert.equal(stdout, "");
    assert.equal(exitStatus(error), 5);
    assert(error instanceof Error);
    assert(error.message.includes(`${path}:1:12: log.level is "loud"`));
    assert(error.message.includes(`${path}:2:1: x is not an option`));
  }));

Deno.test("config check names option and file of every certificate and key it cannot use", () =>
  withFile(
    "agent.ca_cert: no.pem\nagent:\n  client_cert: agent.yaml\n  client_key: x\n",
    async (path) => {
      const { stdout, error } = await run(["check", "--config", path]);
      assert.equal(stdout, "");
      assert.equal(exitStatus(error), 5);
      assert(error instanceof Error);
      const folder = dirname(path);
      assert.deepEqual(error.message.split("\n").slice(1), [
        `  ${path}:1:16: Cannot read ca_cert "${join(folder, "no.pem")}": no such file`,
        `  ${path}:3:16: Cannot use client_cert "${path}": no certificate in it`,
      ]);
    },
  ));

Deno.test("config show prints YAML with the source of each value", () =>
  withFile("log.level: debug\n", async (path) => {
    const { stdout } = await run(["show"], { AGENT_CONFIG: path, AGENT_LOG_FORMAT: "json" });
    assert(stdout.startsWith(`# Configuration file ${path}\nagent:\n`));
    assert(stdout.includes(`  level: debug # ${path}:1:12\n`));
    assert(stdout.includes("  format: json # environment AGENT_LOG_FORMAT\n"));
  }));

Deno.test("config show --json prints one JSON document", () =>
  withFile("log.level: debug\n", async (path) => {
    const { stdout } = await run(["show", "--json", "--config", path]);
    const { schema, file, options } = JSON.parse(stdout);
    assert.equal(schema, 1);
    assert.equal(file, path);
    assert.deepEqual(options["log.level"], { value: "debug", source: "file", at: `${path}:1:12` });
  }));

Deno.test("config schema prints the JSON Schema", async () => {
  const { stdout } = await run(["schema"]);
  assert.equal(JSON.parse(stdout).properties.agent.properties.verification_mode.default, "full");
});

Deno.test("config check says which module cannot work on this machine, why, and what to do", () =>
  withFile("file_count:\n  enabled: true\n  folder: agent.yaml\n", async (path) => {
    const { stdout, error } = await run(["check", "--config", path], {}, [fileCount]);
    assert.equal(stdout, "");
    assert.equal(exitStatus(error), 5);
    assert(error instanceof AgentError);
    assert.match(error.message, /:2:12: file_count\.folder_readable: .*agent\.yaml is no folder$/);
    assert.equal(error.hint, "set file_count.folder to a folder");
  }));

Deno.test("config check says what a check throws, and asks no module that is disabled or of another system", () =>
  withFile("file_count:\n  enabled: true\n  folder: nowhere\n", async (path) => {
    const missing = await run(["check", "--config", path], {}, [fileCount]);
    assert(missing.error instanceof AgentError);
    assert.match(missing.error.message, /file_count\.folder_readable: no such file$/);
    const off = await run(["check", "--config", path], { AGENT_FILE_COUNT_ENABLED: "false" }, [
      fileCount,
    ]);
    assert.equal(off.error, undefined);
    const other = Deno.build.os === "windows" ? "linux" : "windows";
    const elsewhere = await run(["check", "--config", path], {}, [
      { ...fileCount, platforms: [other] },
    ]);
    assert.equal(elsewhere.error, undefined);
  }));

Deno.test("config check passes on what a check warns of, and calls the configuration valid", () =>
  withFile("file_count.enabled: true\n", async (path) => {
    const checks = () => [{
      id: "room",
      run: () => ({ status: "warn" as const, message: "the disk is nearly full" }),
    }];
    const { stdout, stderr, error } = await run(["check", "--config", path], {}, [
      { ...fileCount, checks },
    ]);
    assert.equal(error, undefined);
    assert.match(stdout, /is valid/);
    assert.equal(stderr, "Warning: file_count.room: the disk is nearly full\n");
  }));
