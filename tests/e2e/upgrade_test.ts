/** Upgrades of the compiled agent, between two versions that were compiled. */

import assert from "node:assert/strict";
import { agent, type AgentProcess } from "../support/agent_process.ts";
import { DatagramReceiver } from "../support/datagram_receiver.ts";
import { eventually } from "../support/eventually.ts";
import { OrderDesk } from "../support/order_desk.ts";
import { TempFolder } from "../support/queues.ts";
import {
  compiledVersions,
  install,
  NEXT_VERSION,
  ReleaseDesk,
  standIn,
} from "../support/release_desk.ts";
import { AgentSide, logLines, numbered, OwnServer, type ServerEvent } from "../support/scene.ts";
import { UpgradeRecord } from "../../src/agent/upgrade/upgrade_record.ts";
import { VERSION } from "../../src/shared/version.ts";

const compiled = compiledVersions();

/** Resolves when an agent of this version answers: for a moment none does. */
async function runsVersion(running: AgentProcess, version: string): Promise<void> {
  const told = () => running.status().then(({ agent }) => agent?.version, () => undefined);
  await eventually(told, (found) => found === version);
}

function upgradeEvents(events: readonly ServerEvent[]): unknown[] {
  return events.filter(({ header }) => header.collector === "upgrade")
    .map(({ data }) => (data?.event as { action?: unknown }).action)
    .filter((action) => action !== "agent-upgrade-trial");
}

if (compiled === undefined) {
  Deno.test("upgrades are NOT TESTED here: AGENT_BIN and AGENT_NEXT_BIN name no compiled agents", () => {});
} else {
  const { own, next } = compiled;

  Deno.test("an order upgrades an agent under load, a person takes it back: no line is lost or doubled", async () => {
    using folder = new TempFolder();
    await using server = await OwnServer.start(folder);
    const desk = new ReleaseDesk(folder.file("manager/releases"));
    const installation = install(folder.file("install"), own);
    const side = new AgentSide(folder, server, [
      `upgrade: { enabled: true, trusted_keys: ${desk.keyFile}, trial: 12s, rate: 1GiB, spread: 0s }`,
    ]);
    const { id } = await side.register();
    await using running = await side.start({ program: installation.program });
    using orders = await OrderDesk.open(server);
    desk.make({ file: next });
    let ticks = 0;
    const writing = setInterval(() => side.write(numbered(20, `tick ${++ticks}`)), 20);
    try {
      const sent = await orders.send({ type: "agent", id }, { name: "update" });
      const [order] = await orders.outcomes(sent);
      assert.match(
        order?.result?.message ?? "",
        /^upgraded 0\.2\.0 → 99\.0\.0 in \d+ s$/,
        running.stderr,
      );
      assert.equal(installation.current, NEXT_VERSION);
      await runsVersion(running, NEXT_VERSION);
      const command = ["upgrade", "rollback", "--config", side.configPath];
      const back = await agent(command, { program: installation.program });
      assert.equal(back.code, 0, back.stdout + back.stderr + running.stderr);
      await runsVersion(running, VERSION);
    } finally {
      clearInterval(writing);
    }
    const wanted = Array.from({ length: ticks }, (_, tick) => numbered(20, `tick ${tick + 1}`));
    const events = await eventually(
      () => server.events(),
      (all) => logLines(all).length >= wanted.flat().length && upgradeEvents(all).length >= 2,
    );
    assert.deepEqual(logLines(events).sort(), wanted.flat().sort());
    assert.deepEqual(upgradeEvents(events), ["agent-upgraded", "agent-upgraded"]);
    assert.equal(await running.stop(), 0);
  });

  Deno.test("an agent upgrades from a file while its server is away, running or not", async () => {
    using folder = new TempFolder();
    await using server = await OwnServer.start(folder);
    const desk = new ReleaseDesk(folder.file("usb"));
    const installation = install(folder.file("install"), own);
    const side = new AgentSide(folder, server, [
      `upgrade: { enabled: true, trusted_keys: ${desk.keyFile}, trial: 12s, rate: 1GiB }`,
    ]);
    await side.register();
    await server.goAway();
    await using running = await side.start({ program: installation.program });
    const upgrade = (...args: string[]) =>
      agent(["upgrade", ...args, "--config", side.configPath], { program: installation.program });
    const manifest = desk.make({ file: next });
    const looked = await upgrade("--file", manifest, "--dry-run");
    assert.equal(looked.stdout, "0.2.0 can be upgraded to 99.0.0; nothing was changed\n");
    const upgraded = await upgrade("--file", manifest);
    assert.equal(upgraded.code, 0, upgraded.stderr + running.stderr);
    await runsVersion(running, NEXT_VERSION);
    assert.equal(await running.stop(), 0);
    const back = await upgrade("rollback");
    assert.equal(back.stdout, "99.0.0 → 0.2.0: in place for the next start\n", back.stderr);
    const again = await upgrade("--file", manifest);
    assert.equal(again.stdout, "0.2.0 → 99.0.0: in place for the next start\n", again.stderr);
    const { last_result } = JSON.parse((await upgrade("status", "--json")).stdout);
    assert.equal(last_result.to, NEXT_VERSION);
  });

  Deno.test("under systemd the watcher gives signs of life, and ends with 75 for the new version to be started", async () => {
    using folder = new TempFolder();
    using receiver = new DatagramReceiver(folder.file("notify"));
    await using server = await OwnServer.start(folder);
    const desk = new ReleaseDesk(folder.file("manager/releases"));
    const installation = install(folder.file("install"), own);
    const side = new AgentSide(folder, server, [
      `upgrade: { enabled: true, trusted_keys: ${desk.keyFile}, trial: 12s, rate: 1GiB, spread: 0s }`,
    ]);
    const { id } = await side.register();
    const env = {
      AGENT_SUPERVISED: "systemd",
      NOTIFY_SOCKET: receiver.address,
      WATCHDOG_USEC: "2000000",
    };
    using orders = await OrderDesk.open(server);
    desk.make({ file: next });
    await using watcher = await side.start({ program: installation.program, env });
    const sent = await orders.send({ type: "agent", id }, { name: "update" });
    assert.equal(await watcher.ended(), 75, watcher.stderr);
    const told = receiver.received().join("");
    assert.match(told, /STATUS=version 99\.0\.0 is on trial\n[^]*WATCHDOG=1\n/);
    assert.doesNotMatch(told, /STOPPING=1/);
    await using running = await side.start({ program: installation.program, env });
    const [order] = await orders.outcomes(sent);
    assert.match(order?.result?.message ?? "", /^upgraded 0\.2\.0 → 99\.0\.0 in \d+ s$/);
    assert.equal((await running.status()).agent?.version, NEXT_VERSION);
    assert.equal(await running.stop(), 0);
  });

  Deno.test("an agent that is killed while it watches a trial goes on as it was, and tells the manager", async () => {
    using folder = new TempFolder();
    await using server = await OwnServer.start(folder);
    const desk = new ReleaseDesk(folder.file("manager/releases"));
    const installation = install(folder.file("install"), own);
    const side = new AgentSide(folder, server, [
      `upgrade: { enabled: true, trusted_keys: ${desk.keyFile}, trial: 1m, spread: 0s }`,
    ]);
    const { id } = await side.register();
    using orders = await OrderDesk.open(server);
    const record = new UpgradeRecord(folder.file("data"));
    desk.make({ script: standIn("exec sleep 5") });
    await using watcher = await side.start({ program: installation.program });
    const sent = await orders.send({ type: "agent", id }, { name: "update" });
    await eventually(() => Promise.resolve(record.look().attempt), (now) => now?.state === "trial");
    assert.equal(await watcher.stop("SIGKILL"), 137);
    await using running = await side.start({ program: installation.program });
    const [order] = await orders.outcomes(sent);
    assert.match(
      order?.result?.message ?? "",
      /^interrupted: upgrade 0\.2\.0 → 99\.0\.0 interrupted while 99\.0\.0 was on trial; 0\.2\.0 goes on$/,
    );
    assert.equal(await running.stop(), 0);
  });
}
