/** What file systems are full of: odd names, long paths, several names of a file, the same folder twice; and bad moments. */

import assert from "node:assert/strict";
import { TempFolder } from "../../../support/queues.ts";
import { LibcLibrary } from "../../../../src/agent/platform/libc/library.ts";
import { filesBelow } from "./support/files_below.ts";
import { FimScene } from "./support/fim_scene.ts";
import { openWays } from "./support/ways.ts";

const { open } = openWays();
const hasLibc = new LibcLibrary().libc !== undefined;

/** A way that misses nothing, if there is one. */
const way = open.includes("inotify") ? "inotify" : "watch";

function sh(script: string, ...args: string[]): { success: boolean; stdout: string } {
  const { success, stdout } = new Deno.Command("/bin/sh", { args: ["-c", script, "sh", ...args] })
    .outputSync();
  return { success, stdout: new TextDecoder().decode(stdout) };
}

function names(paths: Iterable<string>, files: TempFolder): string[] {
  return [...paths].map((path) => path.slice(files.path.length)).filter((path) => path !== "");
}

if (hasLibc) {
  for (const seen of open.filter((one) => one !== "watch")) {
    Deno.test(`${seen}: names that are no UTF-8, have a newline, a backslash or 255 bytes are seen, told and dropped`, async () => {
      using data = new TempFolder();
      using files = new TempFolder();
      sh(`cd "$1"; mkdir "$(printf 'd\\377')"; echo 1 > "$(printf 'd\\377/f\\376')"`, files.path);
      await using scene = new FimScene(data);
      await scene.start({ directories: [files.path], realtime: seen });
      const long = "n".repeat(255);
      sh(
        `cd "$1"; echo 1 > "$(printf 'd\\377/a\\nb')"; echo 1 > 'back\\slash'; echo 1 > "$2"`,
        files.path,
        long,
      );
      await scene.until(() => scene.detail("changes") >= 3);
      assert.deepEqual(names((await scene.shown()).keys(), files), [
        "/back\\x5cslash",
        "/d\\xff",
        "/d\\xff/a\\x0ab",
        "/d\\xff/f\\xfe",
        `/${long}`,
      ]);
      sh(`cd "$1"; rm -r "$(printf 'd\\377')" 'back\\slash'`, files.path);
      await scene.until(() => scene.state.keeper.count("file") === 2);
      assert.deepEqual(names((await scene.shown()).keys(), files), [`/${long}`]);
      const ids = [...scene.server.of("fim", "file").keys()];
      assert.ok(ids.every((id) => /^[0-9a-f]{40}$/.test(id)));
    });
  }

  Deno.test("a path of more than 4,096 bytes is shown, and told when it changes", async () => {
    using data = new TempFolder();
    using files = new TempFolder();
    const name = "f".repeat(250);
    const deep = `cd "$1"; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
      mkdir -p "$2"; cd -P "$2"; done;`;
    sh(`${deep} echo 1 > end`, files.path, name);
    await using scene = new FimScene(data);
    await scene.start({ directories: [files.path], realtime: "off" });
    const end = () =>
      [...scene.server.of("fim", "file").values()].map(({ file }) =>
        file as { path: string; size: number }
      ).find(({ path }) => path.endsWith("/end"));
    await scene.shown();
    assert.ok((end()?.path.length ?? 0) > 4_096);
    sh(`${deep} echo longer > end`, files.path, name);
    await scene.scan();
    await scene.shown();
    assert.equal(end()?.size, 7);
    const told = (await scene.told()).filter(({ file: { path } }) => path.endsWith("/end"));
    assert.deepEqual(told.map(({ event: { action } }) => action), ["file-modified"]);
    sh(`rm -rf "$1"/*`, files.path);
  });
} else {
  Deno.test("there is no C library here, so tests of names that are no UTF-8 are left out", () => {});
}

Deno.test(`${way}: a file with several names is changed under each of them, whichever folder it was written in`, async () => {
  using data = new TempFolder();
  using files = new TempFolder();
  Deno.mkdirSync(files.file("one"));
  Deno.mkdirSync(files.file("two"));
  Deno.writeTextFileSync(files.file("one/a"), "1");
  Deno.linkSync(files.file("one/a"), files.file("two/b"));
  await using scene = new FimScene(data);
  await scene.start({ directories: [files.path], realtime: way });
  Deno.writeTextFileSync(files.file("one/a"), "other");
  await scene.until(() => scene.detail("changes") >= 2 && scene.detail("paths_waiting") === 0);
  const told = (await scene.told()).map(({ file: { path } }) => path.slice(files.path.length));
  assert.deepEqual(told.sort(), ["/one/a", "/two/b"]);
});

Deno.test("a name that differs in its case only is another name", async () => {
  using data = new TempFolder();
  using files = new TempFolder();
  Deno.writeTextFileSync(files.file("Readme"), "1");
  await using scene = new FimScene(data);
  await scene.start({ directories: [files.path], realtime: way });
  Deno.renameSync(files.file("Readme"), files.file("README"));
  await scene.until(() => scene.detail("changes") >= 2);
  const [event] = await scene.told();
  assert.equal(event?.event.action, "file-renamed");
  assert.deepEqual(event?.file.previous, { path: files.file("Readme") });
  assert.deepEqual(names((await scene.shown()).keys(), files), ["/README"]);
});

Deno.test("a clock that jumps back or forth tells nobody of changes that were none", async () => {
  using data = new TempFolder();
  using files = new TempFolder();
  for (let index = 0; index < 10; index++) Deno.writeTextFileSync(files.file(`f${index}`), "1");
  await using scene = new FimScene(data);
  await scene.start({ directories: [files.path], realtime: way });
  scene.clock.jumpTo(scene.clock.now() - 40 * 86_400_000);
  await scene.scan();
  scene.clock.jumpTo(scene.clock.now() + 80 * 86_400_000);
  await scene.scan();
  assert.deepEqual(await scene.told(), []);
  Deno.writeTextFileSync(files.file("f1"), "22");
  await scene.until(() => scene.detail("changes") >= 1);
  assert.equal((await scene.told()).length, 1);
  assert.ok((scene.collector.report().nextScanAtMs ?? 0) - scene.clock.now() <= 12 * 3_600_000);
});

Deno.test("a stop in the middle of a scan deletes nothing, and the next start makes up for it", async () => {
  using data = new TempFolder();
  using files = new TempFolder();
  for (let index = 0; index < 1_300; index++) Deno.writeTextFileSync(files.file(`f${index}`), "1");
  let before;
  {
    await using scene = new FimScene(data);
    await scene.start({ directories: [files.path], realtime: "off" });
    await scene.shown();
    for (let index = 0; index < 300; index++) Deno.removeSync(files.file(`f${index}`));
    const scanning = scene.scan().catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 5));
    await scene.stop();
    await scanning;
    before = { clock: scene.clock, server: scene.server };
  }
  await using scene = new FimScene(data, before);
  await scene.start({ directories: [files.path], realtime: "off" });
  assert.deepEqual([...(await scene.shown()).keys()], filesBelow(files.path));
  const told = await scene.told();
  assert.equal(told.filter(({ event: { action } }) => action === "file-deleted").length, 300);
});

Deno.test("other options in the middle of a scan have it done again, under the new ones", async () => {
  using data = new TempFolder();
  using files = new TempFolder();
  Deno.mkdirSync(files.file("a"));
  Deno.mkdirSync(files.file("b"));
  for (let index = 0; index < 600; index++) {
    Deno.writeTextFileSync(files.file(`a/f${index}`), "1");
    Deno.writeTextFileSync(files.file(`b/f${index}`), "1");
  }
  await using scene = new FimScene(data);
  await scene.begin({ directories: [files.path], realtime: way });
  await new Promise((resolve) => setTimeout(resolve, 5));
  await scene.change({ directories: [files.file("b")], realtime: way });
  await scene.until(() => scene.scans > 0);
  assert.deepEqual([...(await scene.shown()).keys()], filesBelow(files.file("b")));
  assert.deepEqual(await scene.told(), []);
});

Deno.test("another interval scans nothing twice, and a change meanwhile is told once", async () => {
  using data = new TempFolder();
  using files = new TempFolder();
  Deno.writeTextFileSync(files.file("a"), "1");
  await using scene = new FimScene(data);
  await scene.start({ directories: [files.path], realtime: way });
  Deno.writeTextFileSync(files.file("a"), "22");
  await scene.change({ directories: [files.path], realtime: way, interval: "1h" });
  await scene.until(() => scene.detail("changes") >= 1);
  assert.equal(scene.scans, 0);
  assert.equal((await scene.told()).length, 1);
  await scene.clock.advance(3_600_000);
  await scene.until(() => scene.scans === 1);
});

Deno.test("2,500 files in one folder are looked at, and one of them that changes is told", async () => {
  using data = new TempFolder();
  using files = new TempFolder();
  sh(`cd "$1"; seq -f 'f%06g' 2500 | xargs touch`, files.path);
  await using scene = new FimScene(data);
  await scene.start({ directories: [files.path], realtime: way });
  assert.equal(scene.state.keeper.count("file"), 2_501);
  Deno.writeTextFileSync(files.file("f001777"), "1");
  await scene.until(() => scene.detail("changes") >= 1);
  assert.deepEqual((await scene.told()).map(({ file: { path } }) => path), [
    files.file("f001777"),
  ]);
});

const mounted = sh(
  `d=$(mktemp -d) && mkdir "$d/a" "$d/b" && mount --bind "$d/a" "$d/b" 2>&1; s=$?; umount "$d/b" 2>/dev/null; rm -r "$d"; exit $s`,
).success;
if (mounted) {
  for (const seen of open.filter((one) => one !== "watch")) {
    Deno.test(`${seen}: a folder that is mounted at two places is seen at both`, async () => {
      using data = new TempFolder();
      using files = new TempFolder();
      Deno.mkdirSync(files.file("a"));
      Deno.mkdirSync(files.file("b"));
      Deno.writeTextFileSync(files.file("a/f"), "1");
      assert.ok(sh(`mount --bind "$1/a" "$1/b"`, files.path).success);
      try {
        await using scene = new FimScene(data);
        await scene.start({ directories: [files.path], realtime: seen });
        assert.deepEqual(names((await scene.shown()).keys(), files), ["/a", "/a/f", "/b", "/b/f"]);
        Deno.writeTextFileSync(files.file("b/f"), "22");
        await scene.until(() => scene.detail("changes") >= 2);
        const told = (await scene.told()).map(({ file: { path } }) => path);
        assert.deepEqual(names(told.sort(), files), ["/a/f", "/b/f"]);
      } finally {
        sh(`umount "$1/b"`, files.path);
      }
    });
  }

  if (open.includes("fanotify")) {
    Deno.test("fanotify: a file that is mounted into a watched folder is seen, wherever it is written", async () => {
      using data = new TempFolder();
      using files = new TempFolder();
      using elsewhere = new TempFolder();
      Deno.writeTextFileSync(files.file("f"), "");
      Deno.writeTextFileSync(elsewhere.file("g"), "1");
      assert.ok(sh(`mount --bind "$1" "$2"`, elsewhere.file("g"), files.file("f")).success);
      try {
        await using scene = new FimScene(data);
        await scene.start({ directories: [files.path], realtime: "fanotify" });
        Deno.writeTextFileSync(elsewhere.file("g"), "22");
        await scene.until(() => scene.detail("changes") >= 1);
        const told = (await scene.told()).map(({ file: { path } }) => path);
        assert.deepEqual(names(told, files), ["/f"]);
      } finally {
        sh(`umount "$1"`, files.file("f"));
      }
    });
  }

  Deno.test("files of an overlay are looked at by whatever way is open for it", async () => {
    using data = new TempFolder();
    using base = new TempFolder();
    const mount =
      `mkdir "$1/low" "$1/up" "$1/work" "$1/all"; echo 1 > "$1/low/f"; mount -t tmpfs tmpfs "$1/work" && mkdir "$1/work/u" "$1/work/w" && ` +
      `mount -t overlay overlay -o "lowerdir=$1/low,upperdir=$1/work/u,workdir=$1/work/w" "$1/all"`;
    const isOverlay = sh(mount, base.path).success;
    try {
      if (!isOverlay) return;
      await using scene = new FimScene(data);
      await scene.start({ directories: [base.file("all")], realtime: "auto" });
      Deno.writeTextFileSync(base.file("all/f"), "22");
      await scene.until(() => scene.detail("changes") >= 1);
      assert.equal((await scene.told())[0]?.event.action, "file-modified");
    } finally {
      sh(`umount "$1/all"; umount "$1/work"`, base.path);
    }
  });
} else {
  Deno.test("nothing may be mounted here, so tests of mounts are left out", () => {});
}
