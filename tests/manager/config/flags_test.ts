import assert from "node:assert/strict";
import { MANAGER_CONFIG } from "../../../src/manager/config/schema.ts";
import { parseCommandLine } from "../../../src/manager/config/command_line.ts";
import { textOfJsonSchema } from "../../../src/shared/config/json_schema.ts";
import { TempFolder } from "../../support/queues.ts";
import { ManagerProcess } from "../../support/manager_process.ts";

const NO_MORE = { name: "manager", flags: [], help: "" };

/** Flags as they were before they were options of the file, and where they stand now. */
const OLD_FLAGS: readonly (readonly [string, string, string])[] = [
  ["--host", "127.0.0.2", "manager.host"],
  ["--management-port", "0", "manager.management_port"],
  ["--comms-port", "0", "manager.comms_port"],
  ["--data-dir", "/tmp/manager", "manager.data_dir"],
  ["--user", "me", "manager.user"],
  ["--password-file", "password.txt", "manager.password_file"],
  ["--token-ttl", "60s", "manager.token_ttl"],
  ["--login-rate", "0", "manager.login_rate"],
  ["--poll-timeout", "5s", "manager.poll_timeout"],
  ["--max-body", "20MB", "manager.max_body"],
  ["--keep-events", "1000", "manager.keep_events"],
  ["--idempotency-keys", "10", "manager.idempotency_keys"],
  ["--accept-commands-url", "https://127.0.0.1:55000", "manager.accept_commands_url"],
  ["--offer-grace", "1s", "manager.offer_grace"],
  ["--archive-after", "1s", "manager.archive_after"],
  ["--remove-after", "1s", "manager.remove_after"],
  ["--log-level", "debug", "log.level"],
  ["--keepalive-interval", "5s", "manager_keepalive.interval"],
  ["--nats-tls-ca", "ca.pem", "manager_keepalive.nats.tls.ca"],
  ["--audit-log-path", "audit.jsonl", "manager_keepalive.audit_log.path"],
];

Deno.test("parseCommandLine() takes every option as a flag, by the names that flags always had", () => {
  const args = OLD_FLAGS.flatMap(([flag, value]) => [flag, value]);
  const { file, flags } = parseCommandLine([...args, "--config", "m.yaml"], NO_MORE);
  assert.equal(file, "m.yaml");
  const given = OLD_FLAGS.map(([flag, value, path]) => ({ path, flag, value }));
  assert.deepEqual(flags, given);
});

Deno.test("parseCommandLine() takes a truth value alone for true, whatever follows", () => {
  const given = (...args: string[]) =>
    parseCommandLine(args, NO_MORE).flags.map(({ flag, value }) => `${flag} ${value}`);
  assert.deepEqual(given("--http"), ["--http true"]);
  assert.deepEqual(given("--nats-enabled", "--nats-jetstream", "false", "--http", "true"), [
    "--http true",
    "--nats-enabled true",
    "--nats-jetstream false",
  ]);
});

async function run(...args: string[]): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-P=manager", "src/manager/main.ts", ...args],
    env: { COLUMNS: "200", NO_COLOR: "1" },
  }).output();
  return { code, text: new TextDecoder().decode(code === 0 ? stdout : stderr) };
}

Deno.test("manager cluster --help names its commands and the options of the cluster, and nothing of a start", async () => {
  for (const args of [[], ["--help"]]) {
    const { code, text } = await run("cluster", ...args);
    assert.equal(code, 0);
    assert.match(
      text,
      /^Usage: deno task manager cluster COMMAND \[options\]\n\nShows how a cluster /,
    );
    assert.match(text, /^ {2}rotate-keys +a new key/m);
    assert.match(text, /--cluster-tls-ca <file>/);
    assert.doesNotMatch(text, /--comms-port|Runs the manager|When it is ready|COMMAND (export|--)/);
  }
  const { text } = await run("cluster", "restore", "--help");
  assert.match(
    text,
    /^Usage: deno task manager cluster restore \[options\]\n\nPuts a backup back /,
  );
  assert.match(text, /--replace .*\n/);
});

Deno.test("manager --help says the defaults of all options; a missing value is said", async () => {
  const help = (await run("--help")).text.replace(/\s+/g, " ");
  assert.match(help, /--comms-port <port> [^(]+ \(default: 27000\)/);
  assert.match(help, /^Usage: deno task manager \[options\] /);
  assert.match(help, /--data-dir <folder> /);
  assert.match(help, /--keep-events <number> /);
  assert.doesNotMatch(help, /preset:/);
  assert.match(help, /--http \[true\|false\] [^(]+ \(default: false\)/);
  assert.match(help, /--keepalive-interval <duration> [^(]+ \(default: 60s\)/);
  assert.match(help, /--nats-servers <list> [^(]+ \(default: nats:\/\/127\.0\.0\.1:4222\)/);
  assert.match(help, /--nats-creds-file <file> .+? \(default: none\)/);
  assert.doesNotMatch(help, /--password /, "secrets are never in an argument list");
  const followed = await run("--token-ttl", "--http");
  assert.equal(followed.code, 2);
  assert.match(followed.text, /'--token-ttl <duration>' .*; the value is missing\./);
  const last = await run("--token-ttl");
  assert.equal(last.code, 2);
  assert.match(last.text, /'--token-ttl <duration>' argument missing/);
  const password = await run("--password", "secret");
  assert.equal(password.code, 2);
  assert.match(password.text, /can be seen; use --password-file <file>/);
  assert.doesNotMatch(password.text, /secret/);
});

Deno.test("wrong usage of a program of the manager is told as the agent tells it", async () => {
  for (
    const [program, task] of [
      ["src/manager/main.ts", "manager"],
      ["mock_server/main.ts", "mock-server"],
    ]
  ) {
    const { code, stderr, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "-P=mock-server", `${program}`, "--htp"],
      env: { NO_COLOR: "1" },
    }).output();
    const [said, printed] = [stderr, stdout].map((bytes) => new TextDecoder().decode(bytes));
    assert.deepEqual([code, printed], [2, ""]);
    assert.equal(
      said,
      "Error: unknown option '--htp' (Did you mean --http?)\n" +
        `Try: deno task ${task} --help\n`,
    );
  }
});

Deno.test("manager does not start with a configuration that is wrong, and says where", async () => {
  using folder = new TempFolder();
  const file = folder.file("manager.yaml");
  await Deno.writeTextFile(file, "manager_keepalive:\n  intervall: 5s\n");
  const args = ["--config", file, "--keepalive-max-missed", "0", "--token-ttl", "0s"];
  await assert.rejects(ManagerProcess.start({ args }), (error) => {
    assert.ok(error instanceof Error);
    assert.ok(error.message.includes(`${file}:2:3: manager_keepalive.intervall is not an option`));
    assert.ok(error.message.includes("--keepalive-max-missed: manager_keepalive.max_missed is"));
    assert.ok(error.message.includes('--token-ttl: manager.token_ttl is "0s", must be a duration'));
    assert.match(error.message, /\nTry: the manager's --help lists every option/);
    return true;
  });
});

Deno.test("manager takes options from its file and its variables too, and warns of one misspelled", async () => {
  using folder = new TempFolder();
  const file = folder.file("manager.yaml");
  await Deno.writeTextFile(file, "manager: { http: true, user: filed }\nlog.format: text\n");
  await Deno.writeTextFile(folder.file("password"), "secret\n");
  await using manager = await ManagerProcess.start({
    program: "manager",
    env: {
      MANAGER_CONFIG: file,
      MANAGER_PASSWORD_FILE: folder.file("password"),
      MANAGER_LOG_LEVEL: "debug",
      MANAGER_TOKENTTL: "5s",
      MANAGER_NOSUCH: "1",
    },
  });
  assert.match(manager.commsUrl, /^http:/);
  const answer = await fetch(`${manager.managementUrl}/security/user/authenticate`, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa("filed:secret")}` },
  });
  assert.equal(answer.status, 200);
  await answer.body?.cancel();
  await manager.stop();
  assert.match(
    manager.stderr,
    /^Warning: .*MANAGER_TOKENTTL is no option, did you mean MANAGER_TOKEN_TTL\?$/m,
  );
  assert.match(
    manager.stderr,
    /^Warning: Environment variable MANAGER_NOSUCH is no option, and has no effect$/m,
  );
  assert.match(manager.stderr, /^\S+Z DEBUG http {2}POST \/security\/user\/authenticate 200$/m);
});

Deno.test("manager logs lines of JSON where no terminal is, and a password file that is empty is said", async () => {
  using folder = new TempFolder();
  await Deno.writeTextFile(folder.file("empty"), "\n");
  const args = ["--password-file", folder.file("empty")];
  await assert.rejects(ManagerProcess.start({ program: "manager", args }), (error) => {
    assert.ok(error instanceof Error);
    assert.match(error.message, /manager\.password_file: cannot use ".*": its first line is empty/);
    return true;
  });
  await using manager = await ManagerProcess.start({
    program: "manager",
    http: true,
    args: ["--log-level", "debug"],
  });
  await (await fetch(`${manager.commsUrl}/api/v1`)).body?.cancel();
  await manager.stop();
  const lines = manager.stderr.split("\n").filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
  assert.ok(
    lines.some(({ level, component, path }) =>
      level === "debug" && component === "http" && path === "/api/v1"
    ),
  );
});

Deno.test("manager --print-schema prints the JSON Schema and nothing else", async () => {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-P=manager", "src/manager/main.ts", "--print-schema"],
    stderr: "inherit",
  }).output();
  assert.equal(code, 0);
  assert.equal(new TextDecoder().decode(stdout), textOfJsonSchema(MANAGER_CONFIG));
});
