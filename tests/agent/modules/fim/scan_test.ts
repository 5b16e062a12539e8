/** Scans of real files: what the server shows is what there is, and people are told what changed. */

import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { TempFolder } from "../../../support/queues.ts";
import { FimScene } from "./support/fim_scene.ts";

/** Options of scans alone. */
function scansOf(folder: TempFolder, more: Record<string, unknown> = {}) {
  return { directories: [{ path: folder.path, ...more }], realtime: "off" as const };
}

Deno.test("a first scan shows files, folders and links, and tells people nothing", async () => {
  using data = new TempFolder();
  using files = new TempFolder();
  Deno.mkdirSync(files.file("sub"));
  Deno.writeTextFileSync(files.file("sub/a"), "one");
  Deno.symlinkSync("sub/a", files.file("link"));
  await using scene = new FimScene(data);
  await scene.start(scansOf(files));
  const shown = await scene.shown();
  const told = [...shown].map(([path, { type, target_path, hash: { sha256 } }]) => [
    path.slice(files.path.length),
    type,
    target_path,
    sha256,
  ]);
  assert.deepEqual(told, [
    ["", "dir", null, null],
    ["/link", "symlink", "sub/a", null],
    ["/sub", "dir", null, null],
    ["/sub/a", "file", null, hash("sha256", "one")],
  ]);
  assert.deepEqual(await scene.told(), []);
});

Deno.test("a later scan tells what was added, modified and deleted, with what it was", async () => {
  using data = new TempFolder();
  using files = new TempFolder();
  for (const name of ["gone", "other", "same"]) Deno.writeTextFileSync(files.file(name), name);
  await using scene = new FimScene(data);
  await scene.start(scansOf(files));
  Deno.removeSync(files.file("gone"));
  Deno.writeTextFileSync(files.file("other"), "longer than before");
  Deno.writeTextFileSync(files.file("new"), "");
  await scene.scan();
  const told = await scene.told();
  const summary = told.map(({ event: { action }, file: { path } }) => [
    action,
    path.slice(files.path.length),
  ]);
  assert.deepEqual(summary.sort(), [
    ["file-added", "/new"],
    ["file-deleted", "/gone"],
    ["file-modified", "/other"],
  ]);
  const modified = told.find(({ event }) => event.action === "file-modified");
  assert.equal(modified?.file.previous?.size, 5);
  assert.deepEqual(modified?.event.changed_fields, [
    "file.hash.sha256",
    "file.mtime",
    "file.size",
  ]);
  const names = [...(await scene.shown()).keys()].map((path) => path.slice(files.path.length));
  assert.deepEqual(names, ["", "/new", "/other", "/same"]);
});

Deno.test("an unchanged file is not read again, unless it changed right before it was read", async () => {
  using data = new TempFolder();
  using files = new TempFolder();
  Deno.writeTextFileSync(files.file("a"), "one");
  await using scene = new FimScene(data);
  await scene.start(scansOf(files));
  assert.equal(scene.detail("files_read"), 1);
  await scene.scan();
  assert.equal(scene.detail("files_read"), 2, "it was made less than two seconds before");
  await scene.clock.advance(3_000);
  await scene.scan();
  await scene.scan();
  assert.equal(scene.detail("files_read"), 3, "and now it is long ago");
  assert.deepEqual(await scene.told(), []);
});

Deno.test("every file is read again once in the rehash interval, not all in one scan", async () => {
  using data = new TempFolder();
  using files = new TempFolder();
  for (let index = 0; index < 40; index++) Deno.writeTextFileSync(files.file(`${index}`), "x");
  await using scene = new FimScene(data);
  await scene.start({ ...scansOf(files), rehash_interval: "10h", interval: "720h" });
  await scene.clock.advance(5_000);
  await scene.scan();
  const before = scene.detail("files_read");
  const reads = [];
  for (let hour = 0; hour < 10; hour++) {
    await scene.clock.advance(3_600_000);
    const count = scene.detail("files_read");
    await scene.scan();
    reads.push(scene.detail("files_read") - count);
  }
  assert.equal(scene.detail("files_read") - before, 40);
  assert.ok(Math.max(...reads) < 20, reads.join());
});

Deno.test("a file whose content was changed behind its times is found when it is read again", async () => {
  using data = new TempFolder();
  using files = new TempFolder();
  Deno.writeTextFileSync(files.file("a"), "one");
  await using scene = new FimScene(data);
  await scene.start(scansOf(files));
  await scene.clock.advance(5_000);
  await scene.scan();
  // No file system here lets its times be forged, so what is stored is: as if other bytes had been read.
  const [row] = scene.state.keeper.range("file", { from: files.file("a"), until: "\u{10ffff}" }, 1);
  const forged = Uint8Array.from(row?.data as Uint8Array);
  forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
  await scene.state.queue.transact(({ database }) =>
    database.prepare("UPDATE state SET data = ?, digest = x'00' WHERE key = ?")
      .run(forged, files.file("a"))
  );
  await scene.scan();
  assert.deepEqual(await scene.told(), []);
  scene.clock.jumpTo(scene.clock.now() + 7 * 24 * 3_600_000);
  await scene.scan();
  const told = await scene.told();
  assert.deepEqual(told.map(({ event }) => event.changed_fields), [["file.hash.sha256"]]);
});

Deno.test("a folder that is not watched any more is dropped at the server in silence, and one that is new is shown in silence", async () => {
  using data = new TempFolder();
  using one = new TempFolder();
  using other = new TempFolder();
  Deno.writeTextFileSync(one.file("a"), "");
  Deno.writeTextFileSync(other.file("b"), "");
  let before;
  {
    await using scene = new FimScene(data);
    await scene.start(scansOf(one));
    assert.equal((await scene.shown()).has(one.file("a")), true);
    before = { clock: scene.clock, server: scene.server };
  }
  await using scene = new FimScene(data, before);
  await scene.start(scansOf(other));
  assert.deepEqual([...(await scene.shown()).keys()], [other.path, other.file("b")]);
  assert.deepEqual(await scene.told(), []);
  Deno.writeTextFileSync(other.file("c"), "");
  await scene.scan();
  assert.deepEqual((await scene.told()).map(({ event }) => event.action), ["file-added"]);
});

Deno.test("a folder that a glob finds later is a change of the machine", async () => {
  using data = new TempFolder();
  using homes = new TempFolder();
  Deno.mkdirSync(homes.file("ana/.ssh"), { recursive: true });
  await using scene = new FimScene(data);
  await scene.start({ directories: [`${homes.path}/*/.ssh`], realtime: "off" });
  Deno.mkdirSync(homes.file("bob/.ssh"), { recursive: true });
  Deno.removeSync(homes.file("ana"), { recursive: true });
  await scene.scan();
  const told = (await scene.told()).map(({ event: { reason } }) => reason);
  assert.deepEqual(told.sort(), [
    `${homes.path}/ana/.ssh was deleted`,
    `${homes.path}/bob/.ssh was added`,
  ]);
});

Deno.test("beyond max_files nothing new is taken, it is said where the most are, and people are told once", async () => {
  using data = new TempFolder();
  using files = new TempFolder();
  for (let index = 0; index < 9; index++) Deno.writeTextFileSync(files.file(`f${index}`), "");
  await using scene = new FimScene(data);
  await scene.start({ ...scansOf(files), max_files: 5 });
  await scene.scan();
  assert.equal((await scene.shown()).size, 5);
  const [problem] = scene.collector.report().problems ?? [];
  assert.equal(problem?.code, "over_limit");
  assert.match(problem?.message ?? "", new RegExp(`5 files .* 5 of them in ${files.path}`));
  assert.deepEqual((await scene.told()).map(({ event }) => event.action), ["fim-limit-reached"]);
  for (let index = 0; index < 6; index++) Deno.removeSync(files.file(`f${index}`));
  await scene.scan();
  await scene.scan();
  assert.equal((await scene.shown()).size, 4);
  assert.deepEqual(scene.collector.report().problems, []);
});

Deno.test("another schema sends every document again, as that has it", async () => {
  using data = new TempFolder();
  using files = new TempFolder();
  Deno.writeTextFileSync(files.file("a"), "one");
  await using scene = new FimScene(data);
  await scene.start(scansOf(files));
  await scene.shown();
  scene.state.options = { ...scene.state.options, schema: "5.0" };
  await scene.scan();
  const file = (await scene.shown()).get(files.file("a"));
  assert.deepEqual([file?.type, file?.permissions], [undefined, ["rw-r--r--"]]);
  assert.equal(scene.server.of("fim", "file").size, 2, "those of the old schema are gone");
});

Deno.test("a run that is to end does so once its scan has made durable what it was at", async () => {
  using data = new TempFolder();
  using files = new TempFolder();
  Deno.writeTextFileSync(files.file("a"), "1");
  await using scene = new FimScene(data);
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const { keeper } = scene.state;
  const beginScan = keeper.beginScan.bind(keeper);
  keeper.beginScan = async (...given) => {
    const scan = await beginScan(...given);
    const put = scan.put.bind(scan);
    scan.put = async (items) => {
      reached.resolve();
      await gate.promise;
      await put(items);
    };
    return scan;
  };
  await scene.begin({ directories: [files.path], realtime: "off" });
  await reached.promise;
  assert.equal(scene.detail("scanning_items"), 2);
  let hasStopped = false;
  const stopping = scene.stop().then(() => hasStopped = true);
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(hasStopped, false);
  gate.resolve();
  await stopping;
});

Deno.test("a module that is to watch nothing says so", async () => {
  using data = new TempFolder();
  await using scene = new FimScene(data);
  await scene.start({ directories: [], realtime: "off" });
  assert.deepEqual(scene.problems.map(({ code }) => code), ["nothing_matches"]);
});

Deno.test("a folder that is not there, or lies where nobody looks, is said, and the first is no more once it is made", async () => {
  using data = new TempFolder();
  using files = new TempFolder();
  await using scene = new FimScene(data);
  const late = files.file("late");
  await scene.start({ directories: [files.path, late, "/proc"], realtime: "off" });
  const problems = () => scene.problems.map(({ code, subject }) => `${code} ${subject}`);
  const onLinux = Deno.build.os === "linux" ? ["unreadable /proc"] : [];
  assert.deepEqual(problems(), [`nothing_matches ${late}`, ...onLinux]);
  Deno.mkdirSync(late);
  await scene.scan();
  assert.deepEqual(problems(), onLinux);
});
