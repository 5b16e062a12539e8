/** Signals at bad moments: each was caused on the finished program, and ended it or left something behind. */

import assert from "node:assert/strict";
import { sourceRunArgs } from "../../src/agent/process/source_run.ts";
import { catches, readProc } from "../support/caught_signals.ts";
import { eventually } from "../support/eventually.ts";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, OwnServer } from "../support/scene.ts";
import { canSetClock, clockVariables, setClock } from "./driver/agent_clock.ts";
import { OrderDesk } from "../support/order_desk.ts";

const SIGHUP = 1;
const SIGTERM = 15;
const ON_LINUX = Deno.build.os === "linux";
const EIGHT_DAYS_S = 8 * 86_400;
const CLOCKS = canSetClock() ? "" : " (skipped: libfaketime is not installed)";
const HERE = ON_LINUX ? "" : " (skipped: needs /proc)";

function isAlive(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch {
    return false;
  }
}

Deno.test(`agent run hears SIGHUP as soon as it hears anything${HERE}`, async () => {
  if (!ON_LINUX) return;
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server);
  await side.register();
  const binary = Deno.env.get("AGENT_BIN");
  const args = ["run", "--config", side.configPath];
  const child = new Deno.Command(binary ?? Deno.execPath(), {
    args: binary === undefined ? [...sourceRunArgs(), ...args] : args,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const mayStop = () => Promise.resolve(catches(child.pid, SIGTERM));
  await eventually(mayStop, (caught) => caught);
  assert(catches(child.pid, SIGHUP), "a signal to reload would end it");
  child.kill("SIGHUP");
  const status = () => side.command("status", "--json");
  await eventually(status, ({ code }) => code === 0);
  child.kill("SIGTERM");
  assert.equal((await child.status).code, 0);
});

Deno.test(`an agent killed in the middle of a restart leaves nothing behind${HERE}`, async () => {
  if (!ON_LINUX) return;
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server);
  const { id } = await side.register();
  for (const afterMs of [0, 20, 60, 150, 400]) {
    // As if the minute that has to be between two restarts had passed.
    await Deno.remove(folder.file("data/last-restart")).catch(() => {});
    await using first = await side.start();
    using desk = await OrderDesk.open(server);
    await desk.send({ type: "agent", id }, { name: "restart" });
    const [child] = await eventually(
      () => Promise.resolve(childrenOf(first.pid)),
      (pids) => pids.length > 0,
    );
    assert(child !== undefined);
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    await first.stop("SIGKILL");
    await eventually(() => Promise.resolve(isAlive(child)), (alive) => !alive);
  }
  await using last = await side.start();
  assert.equal((await last.status()).pid, last.pid);
});

Deno.test(`an agent that is asked to reload while it restarts goes on${HERE}`, async () => {
  if (!ON_LINUX) return;
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server);
  const { id } = await side.register();
  await using first = await side.start();
  using desk = await OrderDesk.open(server);
  const documents = await desk.send({ type: "agent", id }, { name: "restart" });
  const children = () => Promise.resolve(childrenOf(first.pid));
  await eventually(children, (pids) => pids.length > 0, { everyMs: 1 });
  Deno.kill(first.pid, "SIGHUP");
  const [order] = await desk.outcomes(documents);
  assert.equal(order?.status, "success");
  assert.equal(await first.stop(), 0);
});

function childrenOf(pid: number): number[] {
  const children = readProc(`${pid}/task/${pid}/children`);
  return children.split(" ").filter((text) => text !== "").map(Number);
}

Deno.test(`a script whose result could not be delivered runs once, though the clock jumps by eight days${CLOCKS}`, async () => {
  if (!canSetClock()) return;
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server, ["active_response.enabled: true"]);
  const { id } = await side.register();
  const runs = folder.file("runs");
  const ready = folder.file("ready");
  addScript(side, `echo run >> '${runs}'; while [ ! -e '${ready}' ]; do sleep 0.05; done`);
  const clock = folder.file("clock");
  setClock(clock, 0);
  const env = clockVariables(clock);
  const documents = await (async () => {
    await using agent = await side.start({ env });
    using desk = await OrderDesk.open(server);
    const sent = await desk.send(
      { type: "agent", id },
      { name: "run-script", args: { name: "slow" } },
      3_600,
    );
    await eventually(() => Promise.resolve(linesIn(runs)), (count) => count === 1);
    // The server is gone before the script ends: its result has nowhere to go.
    await server.goAway();
    Deno.writeTextFileSync(ready, "");
    await agent.until(({ commands }) => commands.succeeded === 1);
    setClock(clock, EIGHT_DAYS_S);
    await agent.stop("SIGKILL");
    return sent;
  })();
  await using again = await side.start({ env });
  await server.comeBack();
  using desk = await OrderDesk.open(server);
  const [order] = await desk.outcomes(documents);
  assert.equal(order?.status, "success");
  assert.equal(await again.stop(), 0);
  assert.equal(linesIn(runs), 1);
});

function addScript(side: AgentSide, commands: string): void {
  const scripts = side.folder.file("data/active-response/bin");
  Deno.mkdirSync(scripts, { recursive: true, mode: 0o700 });
  Deno.writeTextFileSync(`${scripts}/slow`, `#!/bin/sh\n${commands}\n`, { mode: 0o700 });
}

function linesIn(path: string): number {
  try {
    return Deno.readTextFileSync(path).split("\n").length - 1;
  } catch {
    return 0;
  }
}
