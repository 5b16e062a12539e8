import assert from "node:assert/strict";
import { FAN, Fanotify, type FanotifyEvent } from "../../../../src/agent/platform/libc/fanotify.ts";
import { LibcLibrary } from "../../../../src/agent/platform/libc/library.ts";
import { TempFolder } from "../../../support/queues.ts";

const MASK = FAN.CREATE | FAN.CLOSE_WRITE | FAN.MOVED_FROM | FAN.MOVED_TO | FAN.DELETE | FAN.ONDIR;
const decoder = new TextDecoder();

/** `undefined` where the kernel or the rights do not allow it. */
function fanotify(folder: string): Fanotify | undefined {
  const { libc } = new LibcLibrary();
  if (libc === undefined) return undefined;
  try {
    const queue = new Fanotify(libc);
    queue.watchFileSystem(folder, MASK);
    return queue;
  } catch {
    return undefined;
  }
}

/** The events below a folder, as path and mask, until the last is about `lastName`. */
async function collect(queue: Fanotify, folder: string, lastName: string) {
  const seen: { path: string; event: FanotifyEvent }[] = [];
  for await (const events of queue.events(new AbortController().signal)) {
    for (const event of events) {
      const path = `${decoder.decode(event.folder)}/${decoder.decode(event.name)}`;
      if (path.startsWith(`${folder}/`)) seen.push({ path: path.slice(folder.length + 1), event });
    }
    if (seen.some(({ path }) => path === lastName)) return seen;
  }
  return seen;
}

{
  using probe = new TempFolder();
  using queue = fanotify(probe.path);
  const isPossible = queue !== undefined;
  const where = isPossible ? "" : " (cannot run here: root and Linux 5.9 are needed)";

  Deno.test(`Fanotify tells path, process and kind of a change${where}`, async () => {
    using folder = new TempFolder();
    using queue = fanotify(folder.path);
    if (queue === undefined) return;
    Deno.mkdirSync(folder.file("new/deep"), { recursive: true });
    Deno.writeTextFileSync(folder.file("new/deep/file"), "x");
    Deno.writeTextFileSync(folder.file("end"), "");
    const seen = await collect(queue, folder.path, "end");
    assert.ok(seen.every(({ event }) => event.pid === Deno.pid));
    const made = seen.filter(({ event }) => (event.mask & FAN.CREATE) !== 0);
    // No folder has to be watched first: nothing in a new one is missed.
    assert.deepEqual(made.map(({ path }) => path).slice(0, 3), [
      "new",
      "new/deep",
      "new/deep/file",
    ]);
  });

  Deno.test(`Fanotify loses none of 20,000 changes in a burst${where}`, async () => {
    using folder = new TempFolder();
    using queue = fanotify(folder.path);
    if (queue === undefined) return;
    for (let index = 0; index < 10_000; index++) {
      Deno.writeTextFileSync(folder.file(`${index}`), "");
    }
    for (let index = 0; index < 10_000; index++) Deno.removeSync(folder.file(`${index}`));
    Deno.writeTextFileSync(folder.file("end"), "");
    const seen = await collect(queue, folder.path, "end");
    const paths = (bit: number) =>
      new Set(seen.filter(({ event }) => (event.mask & bit) !== 0).map(({ path }) => path));
    assert.equal(paths(FAN.CREATE).size, 10_001);
    assert.equal(paths(FAN.DELETE).size, 10_000);
  });

  Deno.test(`Fanotify names a folder as it is called after a rename${where}`, async () => {
    using folder = new TempFolder();
    using queue = fanotify(folder.path);
    if (queue === undefined) return;
    Deno.mkdirSync(folder.file("one"));
    Deno.writeTextFileSync(folder.file("one/a"), "");
    Deno.writeTextFileSync(folder.file("first"), "");
    await collect(queue, folder.path, "first");
    Deno.renameSync(folder.file("one"), folder.file("two"));
    Deno.writeTextFileSync(folder.file("two/b"), "");
    Deno.writeTextFileSync(folder.file("end"), "");
    const seen = await collect(queue, folder.path, "end");
    assert.ok(
      seen.some(({ path }) => path === "two/b"),
      JSON.stringify(seen.map(({ path }) => path)),
    );
  });
}
