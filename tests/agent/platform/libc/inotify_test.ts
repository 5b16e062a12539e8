import assert from "node:assert/strict";
import { IN, Inotify, type InotifyEvent } from "../../../../src/agent/platform/libc/inotify.ts";
import { LibcLibrary } from "../../../../src/agent/platform/libc/library.ts";
import { TempFolder } from "../../../support/queues.ts";

const MASK = IN.CREATE | IN.DELETE | IN.CLOSE_WRITE | IN.MOVED_FROM | IN.MOVED_TO;

function inotify(): Inotify {
  const { libc } = new LibcLibrary();
  if (libc === undefined) throw new Error("there is no C library here");
  return new Inotify(libc);
}

/** The events until `enough` says so. */
async function collect(queue: Inotify, enough: (events: InotifyEvent[]) => boolean) {
  const stop = new AbortController();
  const all: InotifyEvent[] = [];
  for await (const events of queue.events(stop.signal)) {
    all.push(...events);
    if (enough(all)) break;
  }
  return all;
}

const nameOf = ({ name }: InotifyEvent) => new TextDecoder().decode(name);

Deno.test("Inotify tells names, what happened, and which two belong to one rename", async () => {
  using folder = new TempFolder();
  using queue = inotify();
  const watch = queue.watch(folder.path, MASK);
  Deno.writeTextFileSync(folder.file("a"), "x");
  Deno.renameSync(folder.file("a"), folder.file("b"));
  Deno.mkdirSync(folder.file("c"));
  const events = await collect(queue, (all) => all.some((event) => nameOf(event) === "c"));
  const masks = events.map((event) => [event.watch, nameOf(event), event.mask]);
  assert.deepEqual(masks, [
    [watch, "a", IN.CREATE],
    [watch, "a", IN.CLOSE_WRITE],
    [watch, "a", IN.MOVED_FROM],
    [watch, "b", IN.MOVED_TO],
    [watch, "c", IN.CREATE | IN.ISDIR],
  ]);
  assert.equal(events[2]?.cookie, events[3]?.cookie);
  assert.notEqual(events[2]?.cookie, 0);
});

Deno.test("Inotify loses none of 5,000 files that are made in a burst", async () => {
  using folder = new TempFolder();
  using queue = inotify();
  queue.watch(folder.path, IN.CREATE);
  for (let index = 0; index < 5_000; index++) Deno.writeTextFileSync(folder.file(`${index}`), "");
  const events = await collect(queue, (all) => all.length >= 5_000);
  assert.deepEqual(events.map(nameOf), Array.from({ length: 5_000 }, (_, index) => `${index}`));
});

Deno.test("Inotify ends when its signal is aborted, and refuses a folder that is not there", async () => {
  using folder = new TempFolder();
  using queue = inotify();
  queue.watch(folder.path, MASK);
  assert.throws(() => queue.watch(folder.file("none"), MASK), { name: "LibcError" });
  const stop = new AbortController();
  const ended = (async () => {
    for await (const _ of queue.events(stop.signal)) assert.fail("nothing happened");
  })();
  stop.abort();
  await ended;
});
