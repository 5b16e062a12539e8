/** Changes as they happen, by each way that is open on this machine. */

import assert from "node:assert/strict";
import { TempFolder } from "../../../support/queues.ts";
import { filesBelow } from "./support/files_below.ts";
import { FimScene, type ToldEvent } from "./support/fim_scene.ts";
import { openWays, type Way } from "./support/ways.ts";

const { open, closed } = openWays();

function told(events: readonly ToldEvent[], files: TempFolder): string[] {
  return events.map(({ event: { action }, file: { path } }) =>
    `${action.slice("file-".length)} ${path.slice(files.path.length)}`
  ).sort();
}

/** A collector that has seen everything once, and its folder. */
async function watching(
  way: Way,
  prepare: (files: TempFolder) => void = () => {},
  more: Record<string, unknown> = {},
) {
  const data = new TempFolder();
  const files = new TempFolder();
  prepare(files);
  const scene = new FimScene(data);
  await scene.start({ directories: [{ path: files.path, ...more }], realtime: way });
  await scene.until(() => scene.detail(`watches_${way}`) > 0);
  return {
    scene,
    files,
    /** What people were told, once so many changes were committed. */
    async changes(count: number): Promise<string[]> {
      await scene.until(() => scene.detail("changes") >= count && quiet(scene));
      return told(await scene.told(), files);
    },
    async [Symbol.asyncDispose]() {
      await scene[Symbol.asyncDispose]();
      files[Symbol.dispose]();
      data[Symbol.dispose]();
    },
  };
}

function quiet(scene: FimScene): boolean {
  return scene.detail("paths_waiting") === 0;
}

for (const way of closed) {
  Deno.test(`${way} is not open on this machine, so its tests are left out`, () => {});
}

for (const way of open) {
  Deno.test(`${way}: what is made, changed and removed is told once, and a scan finds nothing more`, async () => {
    await using watched = await watching(way, (files) => {
      Deno.writeTextFileSync(files.file("a"), "one");
      Deno.writeTextFileSync(files.file("b"), "one");
    });
    const { scene, files, changes } = watched;
    Deno.writeTextFileSync(files.file("a"), "another");
    Deno.removeSync(files.file("b"));
    Deno.writeTextFileSync(files.file("c"), "new");
    assert.deepEqual(await changes(3), ["added /c", "deleted /b", "modified /a"]);
    await scene.scan();
    assert.deepEqual(await scene.told(), []);
    assert.deepEqual([...(await scene.shown()).keys()], filesBelow(files.path));
  });

  Deno.test(`${way}: a file in folders that are made together with it is seen`, async () => {
    await using watched = await watching(way);
    const { scene, files, changes } = watched;
    Deno.mkdirSync(files.file("x/y/z"), { recursive: true });
    Deno.writeTextFileSync(files.file("x/y/z/f"), "1");
    assert.deepEqual(await changes(4), [
      "added /x",
      "added /x/y",
      "added /x/y/z",
      "added /x/y/z/f",
    ]);
    Deno.writeTextFileSync(files.file("x/y/z/g"), "1");
    assert.deepEqual(await changes(5), ["added /x/y/z/g"]);
    assert.deepEqual(scene.problems, []);
  });

  Deno.test(`${way}: a file that gets another name is one change, and so is one that takes the place of another`, async () => {
    await using watched = await watching(way, (files) => {
      Deno.writeTextFileSync(files.file("old"), "one");
      Deno.writeTextFileSync(files.file("conf"), "one");
    });
    const { scene, files, changes } = watched;
    Deno.renameSync(files.file("old"), files.file("new"));
    assert.deepEqual(await changes(2), ["renamed /new"]);
    // As a package manager does it.
    Deno.writeTextFileSync(files.file("conf.dpkg-new"), "two");
    Deno.renameSync(files.file("conf.dpkg-new"), files.file("conf"));
    assert.deepEqual(await changes(3), ["modified /conf"]);
    assert.deepEqual([...(await scene.shown()).keys()], filesBelow(files.path));
  });

  Deno.test(`${way}: a folder that gets another name takes along what is in it`, async () => {
    await using watched = await watching(way, (files) => {
      Deno.mkdirSync(files.file("a/sub"), { recursive: true });
      Deno.writeTextFileSync(files.file("a/sub/f"), "one");
    });
    const { scene, files, changes } = watched;
    const read = scene.detail("files_read");
    Deno.renameSync(files.file("a"), files.file("b"));
    assert.deepEqual(await changes(6), ["renamed /b", "renamed /b/sub", "renamed /b/sub/f"]);
    assert.equal(scene.detail("files_read"), read, "and nothing is read for that");
    Deno.writeTextFileSync(files.file("b/sub/g"), "new");
    assert.deepEqual(await changes(7), ["added /b/sub/g"]);
    assert.deepEqual([...(await scene.shown()).keys()], filesBelow(files.path));
  });

  Deno.test(`${way}: a folder that comes from elsewhere, or leaves, does so with what is in it`, async () => {
    using elsewhere = new TempFolder();
    Deno.mkdirSync(elsewhere.file("in/sub"), { recursive: true });
    Deno.writeTextFileSync(elsewhere.file("in/sub/f"), "one");
    await using watched = await watching(way, (files) => {
      Deno.mkdirSync(files.file("out/sub"), { recursive: true });
      Deno.writeTextFileSync(files.file("out/sub/f"), "one");
    });
    const { files, changes } = watched;
    Deno.renameSync(elsewhere.file("in"), files.file("in"));
    Deno.renameSync(files.file("out"), elsewhere.file("out"));
    assert.deepEqual(await changes(6), [
      "added /in",
      "added /in/sub",
      "added /in/sub/f",
      "deleted /out",
      "deleted /out/sub",
      "deleted /out/sub/f",
    ]);
    Deno.writeTextFileSync(files.file("in/sub/g"), "new");
    assert.deepEqual(await changes(7), ["added /in/sub/g"]);
  });

  Deno.test(`${way}: mode and owner are changes, and what is left out is none`, async () => {
    await using watched = await watching(way, (files) => {
      Deno.writeTextFileSync(files.file("a"), "one");
      Deno.chmodSync(files.file("a"), 0o600);
    }, { exclude: ["*.tmp"] });
    const { files, changes } = watched;
    Deno.writeTextFileSync(files.file("x.tmp"), "");
    Deno.chmodSync(files.file("a"), 0o644);
    assert.deepEqual(await changes(1), ["modified /a"]);
  });

  Deno.test(`${way}: a change while everything is looked at for the first time is no news, and is shown`, async () => {
    using data = new TempFolder();
    using files = new TempFolder();
    for (let index = 0; index < 30; index++) Deno.writeTextFileSync(files.file(`f${index}`), "1");
    await using scene = new FimScene(data);
    await scene.begin({ directories: [files.path], realtime: way });
    Deno.writeTextFileSync(files.file("meanwhile"), "1");
    Deno.removeSync(files.file("f0"));
    await scene.until(() => scene.scans > 0 && quiet(scene));
    await scene.scan();
    assert.deepEqual(await scene.told(), []);
    assert.deepEqual([...(await scene.shown()).keys()], filesBelow(files.path));
  });

  Deno.test(`${way}: a watched file is seen to change, to be replaced, to go and to come again, and its neighbours are not`, async () => {
    using data = new TempFolder();
    using files = new TempFolder();
    Deno.writeTextFileSync(files.file("a"), "1");
    await using scene = new FimScene(data);
    await scene.start({ directories: [files.file("a")], realtime: way });
    const changes = async (count: number) => {
      await scene.until(() => scene.detail("changes") >= count && quiet(scene));
      return told(await scene.told(), files);
    };
    Deno.writeTextFileSync(files.file("a"), "22");
    Deno.writeTextFileSync(files.file("b"), "22");
    assert.deepEqual(await changes(1), ["modified /a"]);
    Deno.renameSync(files.file("b"), files.file("a"));
    assert.deepEqual(await changes(2), ["modified /a"]);
    Deno.chmodSync(files.file("a"), 0o600);
    assert.deepEqual(await changes(3), ["modified /a"]);
    Deno.removeSync(files.file("a"));
    assert.deepEqual(await changes(4), ["deleted /a"]);
    Deno.writeTextFileSync(files.file("a"), "333");
    assert.deepEqual(await changes(5), ["added /a"]);
  });

  Deno.test(`${way}: a watched folder that is made later is seen with what is in it, and missed no more`, async () => {
    using data = new TempFolder();
    using files = new TempFolder();
    await using scene = new FimScene(data);
    await scene.start({ directories: [files.file("late")], realtime: way });
    assert.equal(scene.problems[0]?.code, "nothing_matches");
    Deno.mkdirSync(files.file("late/sub"), { recursive: true });
    Deno.writeTextFileSync(files.file("late/sub/a"), "1");
    await scene.until(() => scene.state.keeper.count("file") === 3);
    assert.deepEqual(told(await scene.told(), files), [
      "added /late",
      "added /late/sub",
      "added /late/sub/a",
    ]);
    assert.deepEqual(scene.problems, []);
  });

  Deno.test(`${way}: after a swarm of changes the server shows what there is`, async () => {
    await using watched = await watching(way);
    const { scene, files } = watched;
    for (let folder = 0; folder < 8; folder++) {
      Deno.mkdirSync(files.file(`d${folder}`));
      for (let index = 0; index < 30; index++) {
        Deno.writeTextFileSync(files.file(`d${folder}/f${index}`), `${index}`);
        if (index % 3 === 0) Deno.removeSync(files.file(`d${folder}/f${index}`));
        if (index % 3 === 1) {
          Deno.renameSync(files.file(`d${folder}/f${index}`), files.file(`d${folder}/g${index}`));
        }
      }
    }
    Deno.removeSync(files.file("d3"), { recursive: true });
    Deno.renameSync(files.file("d4"), files.file("e4"));
    const there = filesBelow(files.path);
    await scene.until(() => quiet(scene) && scene.state.keeper.count("file") === there.length);
    assert.deepEqual([...(await scene.shown()).keys()], there);
  });
}

if (open.includes("inotify")) {
  Deno.test("inotify: when more happens than the kernel's queue holds, a scan finds what was not heard, and it is counted", async () => {
    await using watched = await watching("inotify", (files) => {
      Deno.writeTextFileSync(files.file("a"), "1");
      Deno.writeTextFileSync(files.file("b"), "1");
    });
    const { scene, files } = watched;
    using one = Deno.openSync(files.file("a"), { append: true });
    using other = Deno.openSync(files.file("b"), { append: true });
    const byte = new Uint8Array(1);
    // Nothing is read meanwhile. Two in turn: the same event twice would be one.
    for (let index = 0; index < 9_000; index++) {
      one.writeSync(byte);
      other.writeSync(byte);
    }
    Deno.mkdirSync(files.file("late"));
    Deno.writeTextFileSync(files.file("late/c"), "1");
    await scene.until(() => scene.detail("part_scans") === 1 && quiet(scene));
    assert.equal(scene.detail("gaps"), 1);
    assert.deepEqual([...(await scene.shown()).keys()], filesBelow(files.path));
    assert.deepEqual(scene.problems, []);
    Deno.writeTextFileSync(files.file("late/d"), "1");
    await scene.until(() => scene.state.keeper.count("file") === 6);
  });
}

if (open.includes("fanotify")) {
  Deno.test("fanotify: it is told which program changed a file, and who its user is", async () => {
    await using watched = await watching("fanotify");
    const { scene, files } = watched;
    await new Deno.Command("/bin/sh", { args: ["-c", `echo x > ${files.file("a")}; sleep 0.5`] })
      .output();
    await scene.until(() => scene.detail("changes") > 0);
    const [event] = await scene.told();
    assert.match(event?.process?.executable ?? "", /\/(da|ba|a)?sh$/);
    assert.ok((event?.process?.pid ?? 0) > 0);
  });
}
