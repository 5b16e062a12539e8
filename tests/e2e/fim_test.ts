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
