/** Servers that fail, vanish, hang, refuse. */

import assert from "node:assert/strict";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, logLines, numbered, OwnServer, shutdownMessages } from "../support/scene.ts";

Deno.test("20,000 lines through 503s, cut connections and a killed server: each arrives once", async () => {
  using folder = new TempFolder();
  const faults = ["--fault", "events:503:0.2", "--fault", "events:drop-after-store:0.1"];
  await using server = await OwnServer.start(folder, [...faults, "--fault-seed", "7"]);
  const side = new AgentSide(folder, server, ["events.batch_events: 250"]);
  await side.register();
  await using agent = await side.start();
  const lines = numbered(20_000);
  side.write(lines.slice(0, 10_000));
  await agent.until(({ streams }) => streams.stateless.acknowledged_events > 2_000);
  await server.goAway();
  side.write(lines.slice(10_000));
  await agent.until(({ streams, state }) =>
    streams.stateless.queued_events > 10_000 && state.name === "retrying"
  );
  await server.comeBack([...faults, "--fault-seed", "8"]);
  const { streams } = await agent.until(({ streams }) =>
    streams.stateless.acknowledged_events === 20_000
  );
  assert.ok(streams.stateless.retried_batches > 0);
  assert.equal(await agent.stop(), 0);
  assert.deepEqual(logLines(await server.events()).toSorted(), lines.toSorted());
});

Deno.test("a server that is away at the start is waited for, and nothing is lost", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server);
  await side.register();
  await server.goAway();
  await using agent = await side.start();
  side.write(numbered(50));
  const status = await agent.until(({ streams, state }) =>
    streams.stateless.queued_events === 50 && state.name === "retrying"
  );
  assert.match(status.state.reason ?? "", /cannot connect to https:.*connection refused/);
  assert.ok(status.state.next_try_at);
  await server.comeBack();
  await agent.until(({ streams }) => streams.stateless.acknowledged_events === 50);
  assert.deepEqual(logLines(await server.events()).toSorted(), numbered(50).toSorted());
});

Deno.test("SIGTERM while the server hangs ends within the limit, and the events stay", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server, ["agent.shutdown_notify_timeout: 2s"]);
  await side.register();
  await using agent = await side.start();
  await agent.until(({ state }) => state.name === "connected");
  await server.goAway();
  await server.comeBack(["--fault", "events:hang"]);
  side.write(numbered(5));
  await agent.until(({ streams }) => streams.stateless.batched_events === 5);
  assert.equal(await agent.stop(), 0);
  const stopped = agent.stderr.split("\n").filter((line) => line.includes('"Stopped'));
  assert.equal(stopped.length, 1, agent.stderr);
  const { took_ms, left_in_queue } = JSON.parse(stopped[0] ?? "");
  assert.ok(took_ms < 15_000, `took ${took_ms} ms, where the unanswered request may take 30 s`);
  assert.equal(left_in_queue, 5);

  await server.goAway();
  await server.comeBack();
  await using next = await side.start();
  await next.until(({ streams }) => streams.stateless.acknowledged_events === 5);
  assert.equal(await next.stop(), 0);
  assert.deepEqual(logLines(await server.events()).toSorted(), numbered(5));
  assert.deepEqual(shutdownMessages(await server.events()), ["stateful", "stateless"]);
});

Deno.test("a second SIGTERM ends at once; what was stored leaves after the next start", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder, ["--fault", "events:hang"]);
  const side = new AgentSide(folder, server, [
    "agent.shutdown_notify_timeout: 10m",
  ]);
  await side.register();
  {
    await using agent = await side.start();
    side.write(numbered(5));
    await agent.until(({ streams }) => streams.stateless.batched_events === 5);
    agent.signal("SIGTERM");
    await agent.until(({ state }) => state.name === "stopping");
    assert.equal(await agent.stop("SIGTERM"), 143);
  }
  await server.goAway();
  await server.comeBack();
  await using agent = await side.start();
  await agent.until(({ streams }) => streams.stateless.acknowledged_events === 5);
  assert.deepEqual(logLines(await server.events()).toSorted(), numbered(5));
});

Deno.test("tokens that expire within seconds are replaced, and nothing fails for it", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder, ["--token-ttl", "2s"]);
  const side = new AgentSide(folder, server);
  await side.register();
  await using agent = await side.start();
  for (const round of [1, 2, 3]) {
    side.write(numbered(5, `round ${round}`));
    await agent.until(({ streams }) => streams.stateless.acknowledged_events === 5 * round);
    const { server: { token } } = await agent.status();
    await agent.until((now) => now.server.token.expires_at !== token.expires_at);
  }
  assert.equal(await agent.stop(), 0);
  assert.equal(logLines(await server.events()).length, 15);
});

Deno.test("an agent that the server does not know says so, keeps its identity and its events", async () => {
  using folder = new TempFolder();
  using elsewhere = new TempFolder();
  await using server = await OwnServer.start(folder);
  await using other = await OwnServer.start(elsewhere);
  const side = new AgentSide(folder, server);
  await side.register();
  const identity = side.identity();
  const config = Deno.readTextFileSync(side.configPath);
  Deno.writeTextFileSync(
    side.configPath,
    config.replace(server.commsUrl, other.commsUrl)
      .replace(server.caCertPath ?? "", other.caCertPath ?? ""),
  );
  await using agent = await side.start();
  side.write(numbered(3));
  const { state, streams } = await agent.until(({ state, streams }) =>
    state.name === "refused" && streams.stateless.queued_events === 3
  );
  assert.match(state.reason ?? "", /Agent does not exist/);
  assert.equal(streams.stateless.acknowledged_events, 0);
  const test = await side.command("send-test-event", "--timeout", "1s");
  assert.equal(test.code, 6, test.stderr);
  assert.match(test.stderr, /Step "log in" failed: .*Agent does not exist/);
  assert.equal(await agent.stop(), 0);
  assert.deepEqual(side.identity(), identity);
  const stopped = await side.command("status", "--json");
  assert.equal(stopped.code, 3);
  assert.equal(JSON.parse(stopped.stdout).streams.stateless.queued_events, 4);
});

Deno.test("a server whose authority is not trusted gets no credentials and no events", async () => {
  using folder = new TempFolder();
  using elsewhere = new TempFolder();
  await using server = await OwnServer.start(folder);
  await using other = await OwnServer.start(elsewhere);
  const side = new AgentSide(folder, server);
  await side.register();
  const config = Deno.readTextFileSync(side.configPath);
  Deno.writeTextFileSync(
    side.configPath,
    config.replace(server.caCertPath ?? "", other.caCertPath ?? ""),
  );
  await using agent = await side.start();
  side.write(numbered(3));
  const { state } = await agent.until(({ state }) => state.name === "retrying");
  assert.match(state.reason ?? "", /certificate of https:.* is not trusted/);
  assert.equal(await agent.stop(), 0);
  assert.equal((await server.events()).length, 0);
});

Deno.test("a certificate for another host name is refused in full mode", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server);
  await side.register();
  // Leads to this machine too, and stands in no certificate.
  const byAnotherName = server.commsUrl.replace(/127\.0\.0\.1|localhost/, "0.0.0.0");
  const config = Deno.readTextFileSync(side.configPath);
  Deno.writeTextFileSync(side.configPath, config.replace(server.commsUrl, byAnotherName));
  await using agent = await side.start();
  const { state } = await agent.until(({ state }) => state.name === "retrying");
  assert.match(state.reason ?? "", /0\.0\.0\.0.* is not trusted: it is for another host name/);
  assert.equal((await server.events()).length, 0);
  assert.equal(await agent.stop(), 0);
});
