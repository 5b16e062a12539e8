import { ReloadRequests } from "../../../src/agent/process/signals.ts";
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { runProgram } from "../../../src/agent/cli/program.ts";
import { messageOf } from "../../../src/shared/errors.ts";
import { IdentityFile } from "../../../src/agent/identity/identity_file.ts";
import { openQueue, TempFolder } from "../../support/queues.ts";

/** Runs a command of the agent whose data and run folder is `folder`. */
async function run(folder: string, ...all: (string | Record<string, string>)[]) {
  const args = all.filter((part) => typeof part === "string");
  const env = all.find((part) => typeof part === "object");
  const written = { stdout: "", stderr: "" };
  const code = await runProgram(args, {
    stdout: (text) => void (written.stdout += text),
    stderr: (text) => void (written.stderr += text),
    env: {
      AGENT_CONFIG: `${folder}/agent.yaml`,
      AGENT_PATH_DATA: folder,
      AGENT_PATH_RUN: folder,
      AGENT_SERVER_URL: "http://127.0.0.1:9",
      ...env,
    },
    isTerminal: { stdin: false, stdout: false, stderr: false },
    readStdin: () => Promise.resolve(""),
    flushStderr: () => Promise.resolve(),
    promptHidden: () => Promise.resolve(null),
    signal: new AbortController().signal,
    reloads: new ReloadRequests(),
  });
  return { code, ...written };
}

/** A folder with a configuration, and with an identity unless it is not wanted. */
function machine({ registered = true } = {}): TempFolder {
  const folder = new TempFolder();
  Deno.writeTextFileSync(folder.file("agent.yaml"), "{}\n");
  if (!registered) return folder;
  new IdentityFile(folder.path).save({
    schema: 1,
    id: "0192d0a5-7b3a-7c00-8000-000000000001",
    name: "web-1",
    key: "0123456789abcdefghijABCDEFGHIJxy",
    groups: [],
    registered_at: "2026-01-01T00:00:00.000Z",
    management_url: "https://manager:55000",
  });
  return folder;
}

Deno.test("a usage error is one line, what was perhaps meant with it, and one line to try", async () => {
  using folder = machine();
  const cases = [
    [["status", "--jsn"], "Error: unknown option '--jsn' (Did you mean --json?)", "agent status"],
    [["stauts"], "Error: unknown command 'stauts' (Did you mean status?)", "agent"],
    [
      ["config", "chek"],
      "Error: unknown command 'chek' (Did you mean check?)",
      "agent config",
    ],
  ] as const;
  for (const [args, message, command] of cases) {
    const { code, stderr } = await run(folder.path, ...args);
    assert.equal(code, 2);
    assert.equal(stderr, `${message}\nTry: ${command} --help\n`);
  }
});

Deno.test("with --json every failure is a document on standard output, and still told on standard error", async () => {
  using folder = machine({ registered: false });
  Deno.mkdirSync(folder.file("broken"));
  Deno.writeTextFileSync(folder.file("broken/agent.yaml"), "queue: { max_bites: 1 }\n");
  const broken = ["--config", folder.file("broken/agent.yaml")];
  const cases = [
    [["status", "--json", "--wacth"], 2, "usage", "agent status --help"],
    [["modules", "--json", "scan", "nothing"], 2, "usage", undefined],
    [["config", "check", "--json", ...broken], 5, "config_invalid", undefined],
    [["config", "show", "--json", ...broken], 5, "config_invalid", undefined],
    [["queue", "stat", "--json", ...broken], 5, "config_invalid", undefined],
    [["reload", "--json"], 3, "not_running", undefined],
    [
      ["config", "check", "--json", "--config", folder.file("none.yaml")],
      5,
      "config_invalid",
      `agent config init --config ${folder.file("none.yaml")} writes one`,
    ],
  ] as const;
  for (const [args, status, code, hint] of cases) {
    const { code: ended, stdout, stderr } = await run(folder.path, ...args);
    assert.equal(ended, status, `${args.join(" ")}: ${stderr}`);
    const { error, ...rest } = JSON.parse(stdout);
    assert.deepEqual([error.code, rest], [code, {}], args.join(" "));
    assert.ok(stderr.includes(`Error: ${error.message}\n`), stderr);
    assert.equal(typeof error.hint, "string", args.join(" "));
    if (hint !== undefined) assert.equal(error.hint, hint);
    assert.ok(stderr.includes(`Try: ${error.hint}\n`), stderr);
  }
});

Deno.test("config check --json says what was checked", async () => {
  using folder = machine();
  const { code, stdout } = await run(folder.path, "config", "check", "--json");
  assert.equal(code, 0);
  const file = folder.file("agent.yaml");
  const { warnings, ...rest } = JSON.parse(stdout);
  assert.ok(Array.isArray(warnings));
  assert.deepEqual(rest, { schema: 1, valid: true, file });
});

Deno.test("send-test-event takes no size that its events cannot have", async () => {
  using folder = machine();
  const zero = await run(folder.path, "send-test-event", "--size", "0");
  assert.equal(zero.code, 2);
  assert.match(zero.stderr, /must be a size of at least 1 byte/);
  const small = await run(folder.path, "send-test-event", "--message", "hällo", "--size", "10");
  assert.equal(small.code, 2);
  assert.match(small.stderr, /^Error: Cannot use --size 10: .* needs at least 68 bytes\n/);
  const least = await run(
    folder.path,
    ...["send-test-event", "--message", "hällo", "--size", "68", "--timeout", "1ms"],
  );
  assert.equal(least.code, 14, least.stderr);
});

Deno.test("send-test-event tells its limits and defaults as they are typed", async () => {
  using folder = machine();
  const { stdout } = await run(folder.path, "send-test-event", "--help");
  assert.match(stdout, /acknowledgement\s+\(default: 30s\)/);
});

Deno.test("send-test-event --json prints its document when there is no identity", async () => {
  using folder = machine({ registered: false });
  const { code, stdout } = await run(folder.path, "send-test-event", "--json");
  assert.equal(code, 4);
  const { failed_step, reason, stored_events, error } = JSON.parse(stdout);
  assert.equal(error.code, "not_registered");
  assert.match(error.hint, /^agent register --url/);
  assert.deepEqual([failed_step, stored_events], ["open", 0]);
  assert.match(reason, /^Agent is not registered/);
});

Deno.test("send-test-event says what became of a damaged queue, and that it got in", async () => {
  using folder = machine();
  openQueue(folder).close();
  const bytes = Deno.readFileSync(folder.file("agent.db"));
  Deno.writeFileSync(folder.file("agent.db"), bytes.fill(1, 0, 100));
  const { code, stderr } = await run(folder.path, "send-test-event", "--timeout", "1ms");
  assert.equal(code, 14, stderr);
  const said =
    /^Warning: The queue was damaged \(.*\): .* is kept, the damaged file is now "(.*)"$/m;
  const [, path = ""] = said.exec(stderr) ?? [];
  assert.ok(Deno.statSync(path).isFile, stderr);
  assert.match(stderr, /^Try: start the agent: agent run$/m);
});

Deno.test({
  name: "status and send-test-event warn of an identity that others can read",
  ignore: Deno.build.os === "windows",
  async fn() {
    using folder = machine();
    Deno.chmodSync(folder.file("identity.json"), 0o644);
    for (const args of [["status"], ["send-test-event", "--timeout", "1ms"]]) {
      const { stderr } = await run(folder.path, ...args);
      assert.match(stderr, /^Warning: .*identity\.json" .* has mode 0644: set it to 0600$/m);
    }
  },
});

Deno.test("an identity that cannot be read is a matter of the folder", async () => {
  using folder = machine({ registered: false });
  Deno.mkdirSync(folder.file("identity.json"));
  for (const command of ["status", "send-test-event"]) {
    const { code, stderr } = await run(folder.path, command);
    assert.equal(code, 11, stderr);
    assert.match(stderr, /^Error: Cannot use ".*identity\.json": it is not a regular file$/m);
  }
});

Deno.test("messageOf() says in plain words what the system says of a file", () => {
  const uuid = crypto.randomUUID();
  const cases = [
    [
      new Deno.errors.PermissionDenied(
        `Permission denied (os error 13): writefile '/data/.writable-${uuid}'`,
      ),
      "permission denied",
    ],
    [
      new Deno.errors.PermissionDenied("Access is denied. (os error 5): open 'C:\\x'"),
      "permission denied",
    ],
    [new Deno.errors.NotFound("No such file or directory (os error 2): stat '/x'"), "no such file"],
    [
      new Deno.errors.NotCapable(
        'Requires all access to "/proc/x", run again with the --allow-all flag',
      ),
      "this place cannot be read",
    ],
    [new Error("Read-only file system (os error 30)"), "read-only file system"],
    [new Error("connect error: (os error 1) and more"), "connect error: (os error 1) and more"],
    ["thrown text", "thrown text"],
  ] as const;
  for (const [error, text] of cases) assert.equal(messageOf(error), text);
});

Deno.test("a machine that is not registered is told to register, and nothing is made on it", async () => {
  using folder = machine({ registered: false });
  const data = folder.file("data");
  Deno.writeTextFileSync(folder.file("agent.yaml"), "log.level: warn\n");
  const cases = [["run"], ["status"], ["reload"], ["send-test-event"], ["queue", "stat"], [
    "modules",
    "scan",
    "logcollector",
  ]];
  for (const args of cases) {
    const { code, stderr } = await run(folder.path, { AGENT_PATH_DATA: data }, ...args);
    assert.ok([3, 4].includes(code), `${args.join(" ")}: ${code} ${stderr}`);
    assert.match(stderr, /^Try: .*agent register --url/m, args.join(" "));
    assert.doesNotMatch(stderr, /agent run/);
  }
  assert.throws(() => Deno.statSync(data), Deno.errors.NotFound);
});

Deno.test("a database without one of its tables has a next step in every command, and a place in the status", async () => {
  using folder = machine();
  openQueue(folder)[Symbol.dispose]();
  using database = new DatabaseSync(folder.file("agent.db"));
  database.exec("DROP TABLE stateless_chunk");
  database.close();
  const status = await run(folder.path, "status", "--json");
  const { queue, health } = JSON.parse(status.stdout.split("\n")[0] ?? "");
  assert.equal(status.code, 3);
  assert.match(queue.unreadable.reason, /no such table: stateless_chunk/);
  assert(health.reasons.some(({ code }: { code: string }) => code === "queue_unreadable"));
  for (const command of [["queue", "stat"], ["queue", "peek"]]) {
    const { stdout } = await run(folder.path, ...command, "--json");
    assert.match(JSON.parse(stdout).error.hint, /agent queue verify/, command.join(" "));
  }
});
