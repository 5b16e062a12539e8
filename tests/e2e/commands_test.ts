/** What a person or a script meets at the command line: messages, exit statuses, secrets. */

import assert from "node:assert/strict";
import { agent } from "../support/agent_process.ts";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, numbered, OwnServer } from "../support/scene.ts";

Deno.test("every way in which registering fails has its exit status, and stores nothing", async () => {
  using folder = new TempFolder();
  using elsewhere = new TempFolder();
  await using server = await OwnServer.start(folder);
  await using other = await OwnServer.start(elsewhere);
  const side = new AgentSide(folder, server);
  const url = server.managementUrl;
  const attempt = (args: string[], password = "topsecret") =>
    agent(
      ["register", "--user", "wazuh", "--password-stdin", "--config", side.configPath, ...args],
      {
        stdin: password,
      },
    );
  const notAFolder = folder.file("file");
  Deno.writeTextFileSync(notAFolder, "");
  const cases: [string, string[], number, RegExp][] = [
    ["wrong password", ["--url", url], 6, /refused|password/i],
    ["unreachable", ["--url", `https://127.0.0.1:${closedPort()}`], 7, /connection refused/],
    ["untrusted", ["--url", url, "--ca-cert", other.caCertPath ?? ""], 10, /not trusted/],
    ["no url", [], 2, /--url/],
  ];
  for (const [what, args, code, message] of cases) {
    const result = await attempt(args, what === "wrong password" ? "wrong" : "topsecret");
    assert.equal(result.code, code, `${what}: ${result.stderr}`);
    assert.match(result.stderr, message, what);
    assert.match(result.stderr, /^Try: /m, what);
    assert.throws(() => side.identity(), Deno.errors.NotFound, what);
  }
  const env = { AGENT_PATH_DATA: `${notAFolder}/data` };
  const unwritable = await agent(
    [
      "register",
      "--user",
      "wazuh",
      "--password-stdin",
      "--url",
      url,
      "--ca-cert",
      server.caCertPath ?? "",
    ],
    { stdin: "topsecret", env },
  );
  assert.equal(unwritable.code, 11, unwritable.stderr);

  await side.register("--name", "taken");
  const again = await attempt(["--url", url]);
  assert.equal(again.code, 12, again.stderr);
  const before = side.identity();
  using next = new TempFolder();
  await new AgentSide(next, server).register("--name", "somebody else's");
  const taken = await attempt(["--url", url, "--force", "--name", "somebody else's"]);
  assert.equal(taken.code, 9, taken.stderr);
  assert.deepEqual(side.identity(), before);
  const forced = await attempt(["--url", url, "--force", "--name", "other"]);
  assert.equal(forced.code, 0, forced.stderr);
  assert.notEqual(side.identity().id, before.id);
});

Deno.test("run says what is missing: no identity 4, wrong configuration 5, a second agent 8", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server);
  const unregistered = await side.command("run");
  assert.equal(unregistered.code, 4, unregistered.stderr);
  assert.match(unregistered.stderr, /not registered[\s\S]*Try: agent register/);
  await side.register();
  await using running = await side.start();
  const second = await side.command("run");
  assert.equal(second.code, 8, second.stderr);
  assert.match(second.stderr, new RegExp(`process ${running.pid}`));
  side.configure(["queue.max_evnts: 3"]);
  const invalid = await side.command("run");
  assert.equal(invalid.code, 5);
  assert.match(invalid.stderr, /agent\.yaml:\d+:\d+: .*max_evnts.*max_events/);
});

Deno.test("status: 3 and what is queued when no agent runs, 2 for wrong usage", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server);
  const nothing = await side.command("status");
  assert.equal(nothing.code, 3);
  assert.match(nothing.stdout, /not registered/);
  assert.throws(() => Deno.statSync(folder.file("data")), Deno.errors.NotFound);
  const usage = await side.command("status", "--jsn");
  assert.equal(usage.code, 2);
  assert.match(usage.stderr, /--json/);
  const unknown = await agent(["stauts"]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /status/);
});

Deno.test("neither key nor token is in the log, the status or another file than the identity", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server, ["log.level: debug"]);
  const { key } = await side.register();
  await using running = await side.start();
  side.write(numbered(10));
  await running.until(({ streams }) => streams.stateless.acknowledged_events === 10);
  const { token } = side.identity() as unknown as { token: { value: string } };
  const shown = [
    running.stderr,
    (await side.command("status", "--json")).stdout,
    (await side.command("status")).stdout,
    (await side.command("config", "show")).stdout,
  ];
  assert.equal(await running.stop(), 0);
  const database = new TextDecoder("latin1").decode(
    Deno.readFileSync(folder.file("data/agent.db")),
  );
  for (const text of [...shown, running.stderr, database]) {
    assert.ok(text.length > 0);
    assert.ok(!text.includes(key));
    assert.ok(!text.includes(token.value));
  }
  const { mode } = Deno.statSync(folder.file("data/identity.json"));
  assert.equal((mode ?? 0) & 0o777, 0o600);
});

Deno.test("help shows examples and exit statuses, version is one line", async () => {
  const help = await agent(["--help"]);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /Exit statuses:[\s\S]*another agent holds the data folder/);
  for (const command of ["register", "run", "status", "send-test-event"]) {
    const text = await agent([command, "--help"]);
    assert.equal(text.code, 0);
    assert.match(text.stdout, /Examples:\n {2}\S/, command);
  }
  assert.match((await agent(["--version"])).stdout, /^\d+\.\d+\.\d+\n$/);
});

Deno.test("send-test-event: a running agent that is killed while it is asked leaves the events queued", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server);
  await side.register();
  await server.goAway();
  await using running = await side.start();
  const sending = side.command("send-test-event", "--count", "3", "--timeout", "1m", "--json");
  await running.until(({ streams }) => streams.stateless.queued_events >= 3);
  await running.stop("SIGKILL");
  const { code, stdout, stderr } = await sending;
  assert.equal(code, 14, stderr);
  assert.match(stderr, /3 events are in the queue and leave with the next start/);
  assert.match(stderr, /^Try: start the agent: agent run$/m);
  const { failed_step, open_events } = JSON.parse(stdout);
  assert.deepEqual([failed_step, open_events], ["acknowledge", 3]);
});

Deno.test("send-test-event: a full queue that drops says the same with and without an agent", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server, [
    "queue.on_full: drop_newest",
    "queue.max_events: 1000",
    "logcollector.enabled: false",
  ]);
  await side.register();
  await server.goAway();
  const filling = await side.command("send-test-event", "--count", "1000", "--timeout", "1ms");
  assert.equal(filling.code, 14, filling.stderr);
  const direct = await side.command("send-test-event", "--json");
  await using running = await side.start();
  const through = await side.command("send-test-event", "--json");
  assert.deepEqual([direct.code, through.code], [14, 14]);
  assert.match(direct.stderr, /^Error: Step "store" failed: the queue is full and its policy/m);
  assert.equal(through.stderr, direct.stderr);
  assert.equal(JSON.parse(through.stdout).failed_step, "store");
  assert.equal(await running.stop(), 0);
});

/** A port that nobody listens on. */
function closedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
