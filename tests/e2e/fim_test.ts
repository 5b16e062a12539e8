/** Files of a watched folder: as documents at the manager, and as events when they change. */

import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { OrderDesk } from "../support/order_desk.ts";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, OwnServer, type ServerEvent } from "../support/scene.ts";

type FileMembers = Record<string, unknown> & { path: string; hash: { sha256: string } };

function options(watched: TempFolder, more = ""): string[] {
  return [
    `fim: { enabled: true, directories: [{ path: ${watched.path}, diff: true }], scan_spread: 0s, max_cpu: 100${more} }`,
  ];
}

/** The documents of files at the manager, by path within the folder. */
async function shown(server: OwnServer, id: string, watched: TempFolder) {
  using desk = await OrderDesk.open(server);
  const documents = await desk.documents(id, "fim") as { file: FileMembers }[];
  return new Map(documents.map(({ file }) => [file.path.slice(watched.path.length), file]));
}

function fimEvents(events: readonly ServerEvent[]) {
  return events.filter(({ stream, header }) => stream === "stateless" && header.module === "fim")
    .map(({ data }) => data as { event: Record<string, unknown>; file: FileMembers });
}

Deno.test("a file that is changed in a watched folder is seen at the manager as its document and as an event", async () => {
  if (Deno.build.os === "windows") return;
  using folder = new TempFolder();
  using watched = new TempFolder();
  Deno.writeTextFileSync(watched.file("conf"), "a = 1\n");
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server);
  const { id } = await side.register();
  side.configure(options(watched));
  await using agent = await side.start();
  const before = await eventually(
    () => shown(server, id, watched),
    (files) => files.has("/conf"),
  );
  await agent.until(({ modules }) =>
    modules.some(({ name, states }) => name === "fim" && states?.[0]?.last_scan_complete === true)
  );
  Deno.writeTextFileSync(watched.file("conf"), "a = 2\n");
  const after = await eventually(
    () => shown(server, id, watched),
    (files) => files.get("/conf")?.hash.sha256 !== before.get("/conf")?.hash.sha256,
  );
  assert.equal(after.get("/conf")?.size, 6);
  const events = await eventually(
    async () => fimEvents(await server.events()),
    (found) => found.length > 0,
  );
  const [event] = events;
  assert.equal(event?.event.action, "file-modified");
  assert.equal(event?.file.path, watched.file("conf"));
  assert.match(String(event?.file.content_changes), /-a = 1\n\+a = 2/);
  assert.equal(await agent.stop(), 0);
});

/** Processes of the agent that scan. */
function scanners(parent: number): number[] {
  const { stdout } = new Deno.Command("ps", { args: ["-o", "pid=", "--ppid", String(parent)] })
    .outputSync();
  return new TextDecoder().decode(stdout).trim().split(/\s+/).filter(Boolean).map(Number);
}

Deno.test("a scan whose process is killed is not complete, deletes nothing and says so, and the next one makes up for it", async () => {
  if (Deno.build.os !== "linux") return;
  using folder = new TempFolder();
  using watched = new TempFolder();
  for (let index = 0; index < 900; index++) {
    Deno.writeTextFileSync(watched.file(`f${index}`), `${index}`);
  }
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server);
  const { id } = await side.register();
  side.configure([
    `fim: { enabled: true, directories: [${watched.path}], scan_spread: 0s, max_cpu: 1, realtime: off }`,
  ]);
  await using agent = await side.start();
  const [scanner = 0] = await eventually(
    () => Promise.resolve(scanners(agent.pid)),
    (pids) => pids.length > 0,
  );
  Deno.kill(scanner, "SIGKILL");
  const { modules } = await agent.until(({ modules }) =>
    modules.some(({ problems }) => problems.some(({ code }) => code === "unreadable"))
  );
  const fim = modules.find(({ name }) => name === "fim");
  assert.match(fim?.problems[0]?.message ?? "", /not complete: the scan ended by SIGKILL/);
  assert.equal(fim?.states?.[0]?.last_scan_complete, false);
  side.configure([
    `fim: { enabled: true, directories: [${watched.path}], scan_spread: 0s, realtime: off }`,
  ]);
  assert.equal((await side.command("reload")).code, 0);
  assert.equal((await side.command("modules", "scan", "fim", "--wait")).code, 0);
  assert.equal(
    (await eventually(() => shown(server, id, watched), ({ size }) => size > 900)).size,
    901,
  );
  assert.equal(await agent.stop(), 0);
});

Deno.test("where the agent may start no programs, files are scanned all the same", async () => {
  if (Deno.build.os === "windows") return;
  using folder = new TempFolder();
  using watched = new TempFolder();
  Deno.writeTextFileSync(watched.file("a"), "1");
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server);
  const { id } = await side.register();
  await using agent = await side.start({ env: { AGENT_SUPERVISED: "tests" } });
  side.configure(options(watched));
  assert.equal((await side.command("reload")).code, 0);
  const files = await eventually(() => shown(server, id, watched), ({ size }) => size > 1);
  assert.deepEqual([...files.keys()].sort(), ["", "/a"]);
  assert.equal(await agent.stop(), 0);
});
