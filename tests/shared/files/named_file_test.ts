import assert from "node:assert/strict";
import { readNamedFile } from "../../../src/shared/files/named_file.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";
import { TempFolder } from "../../support/queues.ts";

const never = new AbortController().signal;

function fifoIn(folder: TempFolder): string {
  const path = folder.file("fifo");
  new Deno.Command("mkfifo", { args: [path] }).outputSync();
  return path;
}

/** Lets a pipe's text be written in steps. */
function writerOf(path: string): { write(text: string): void; close(): void } {
  const file = Deno.openSync(path, { write: true });
  return {
    write: (text) => void file.writeSync(new TextEncoder().encode(text)),
    close: () => file.close(),
  };
}

const ignore = Deno.build.os === "windows";

Deno.test({
  name: "readNamedFile() waits for the writer of a pipe no longer than the signal lets it",
  ignore,
  async fn() {
    using folder = new TempFolder();
    const given = new AbortController();
    const read = readNamedFile(fifoIn(folder), given.signal, new FakeClock());
    given.abort(new Error("SIGTERM"));
    await assert.rejects(read, /SIGTERM/);
  },
});

Deno.test({
  name:
    "readNamedFile() reads a pipe to its end, however slowly it is written, and takes one without writer as empty",
  ignore,
  async fn() {
    using folder = new TempFolder();
    const [path, clock] = [fifoIn(folder), new FakeClock(0, "loop")];
    const text = readNamedFile(path, never, clock);
    const writer = writerOf(path);
    for (const part of ["one, ", "two, ", "ä".repeat(40_000)]) {
      await clock.advance(100);
      writer.write(part.slice(0, 20_000));
      await settle();
    }
    await clock.advance(20);
    writer.close();
    await clock.advance(20);
    assert.equal(await text, `one, two, ${"ä".repeat(20_000)}`);
    const empty = readNamedFile(path, never, clock);
    await clock.advance(10_020);
    assert.equal(await empty, "");
  },
});

Deno.test({
  name: "readNamedFile() takes neither a device, which may have no end, nor a folder",
  ignore,
  async fn() {
    using folder = new TempFolder();
    const read = (path: string) => readNamedFile(path, never);
    await assert.rejects(read("/dev/zero"), /neither a regular file nor a pipe|all access/);
    await assert.rejects(read(folder.path), /directory/);
    await assert.rejects(read(folder.file("none")), Deno.errors.NotFound);
    Deno.writeTextFileSync(folder.file("file"), "text\n");
    assert.equal(await read(folder.file("file")), "text\n");
  },
});
