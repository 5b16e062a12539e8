/** What an operator sees when something is wrong: the health, the followed files, the metrics and the log, with real processes. */

import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, numbered, OwnServer } from "../support/scene.ts";

/** A port that nothing listens on now. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** The reasons that `agent status --check` gives, and its exit status. */
async function check(side: AgentSide): Promise<{ code: number; reasons: string[]; text: string }> {
  const { code, stdout } = await side.command("status", "--check");
  const reasons = [...stdout.matchAll(/^- (\w+ \w+):/gm)].map(([, reason = ""]) => reason);
  assert.equal(stdout.match(/^ {2}Try: ./gm)?.length ?? 0, reasons.length, stdout);
  return { code, reasons, text: stdout };
}

Deno.test("status --check names what is wrong and the next step: server away, queue full, nothing matches, wrong authority", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server, [`log.file: ${folder.file("agent.log")}`]);
  assert.deepEqual((await check(side)).reasons, ["failing not_registered", "failing not_running"]);
  await side.register();
  {
    await using agent = await side.start();
    await agent.until(({ state }) => state.name === "connected");
    assert.deepEqual(await check(side), { code: 0, reasons: [], text: "healthy\n" });
    const location = folder.file("nowhere/*.log");
    side.configure([
      `log.file: ${folder.file("agent.log")}`,
      "health: { degraded_after: 0s }",
      "queue.max_events: 10",
    ]);
    const config = Deno.readTextFileSync(side.configPath);
    const also = `{ location: ${side.logPath} }, { location: "${location}" }`;
    Deno.writeTextFileSync(side.configPath, config.replace(`{ location: ${side.logPath} }`, also));
    assert.equal((await side.command("reload")).code, 0);
    await server.goAway();
    side.write(numbered(50));
    await agent.until(({ health }) => health.reasons.some(({ code }) => code === "server_away"));
    // Only what comes to a queue that holds something has to wait.
    await agent.until(({ streams }) => streams.stateless.queued_events >= 50);
    side.write(numbered(50));
    await agent.until(({ health }) => health.reasons.some(({ code }) => code === "queue_full"));
    const away = await check(side);
    assert.deepEqual([away.code, away.reasons], [16, [
      "degraded server_away",
      "degraded queue_full",
      "degraded nothing_matches",
    ]]);
    assert.match(away.text, /connection refused/);
    // The log has it a moment after the status.
    const said = await eventually(
      async () => linesWith("The queue is full", await side.command("logs", "--json")),
      (lines) => lines.length > 0,
    );
    assert.equal(said.length, 1);
    await agent.stop();
  }
  await server.comeBack();
  using other = new TempFolder();
  await using stranger = await OwnServer.start(other);
  const config = Deno.readTextFileSync(side.configPath);
  Deno.writeTextFileSync(
    side.configPath,
    config.replace(`${server.caCertPath}`, `${stranger.caCertPath}`),
  );
  await using agent = await side.start();
  await agent.until(({ health }) => health.name === "failing");
  const untrusted = await check(side);
  assert.deepEqual([untrusted.code, untrusted.reasons[0]], [17, "failing certificate_untrusted"]);
  assert.match(untrusted.text, /Try: set agent\.ca_cert/);
});

Deno.test("status --files, metrics.listen and log.file tell of the running agent, and a reload moves the metrics", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const [first, second] = [freePort(), freePort()];
  const side = new AgentSide(folder, server, [`metrics.listen: 127.0.0.1:${first}`]);
  await side.register();
  await using agent = await side.start();
  side.write(numbered(3));
  await agent.until(({ streams }) => streams.stateless.acknowledged_events >= 3);
  const size = Deno.statSync(side.logPath).size;
  const files = JSON.parse((await side.command("status", "--files", "--json")).stdout);
  assert.ok(files.files[0].events_per_s > 0);
  assert.deepEqual(files, {
    schema: 1,
    files: [{
      module: "logcollector",
      path: side.logPath,
      state: "followed",
      position_bytes: size,
      size_bytes: size,
      lag_bytes: 0,
      lag_s: 0,
      events_per_s: files.files[0].events_per_s,
      reason: null,
      last_error: null,
    }],
  });
  const scrape = async (port: number) =>
    await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  assert.match(
    await scrape(first),
    /^agent_acknowledged_events_total\{stream="stateless"\} [3-9]$/m,
  );
  side.configure([`metrics.listen: :${second}`]);
  const reloaded = await side.command("reload");
  assert.match(reloaded.stdout, /metrics\.listen/);
  assert.match(await scrape(second), /^agent_health\{health="healthy"\} 1$/m);
  await assert.rejects(scrape(first));
  assert.equal(await agent.stop(), 0);
});

function linesWith(words: string, { stdout }: { stdout: string }): string[] {
  return stdout.split("\n").filter((line) => line.includes(words));
}
