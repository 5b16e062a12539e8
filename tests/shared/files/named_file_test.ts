import assert from "node:assert/strict";
import { readNamedFile } from "../../../src/shared/files/named_file.ts";
import { TempFolder } from "../../support/queues.ts";

const never = new AbortController().signal;

Deno.test({
  name: "readNamedFile() reads a pipe, and waits for its writer no longer than the signal lets it",
  ignore: Deno.build.os === "windows",
  async fn() {
    using folder = new TempFolder();
    const [idle, used] = [folder.file("idle"), folder.file("used")];
    new Deno.Command("mkfifo", { args: [idle, used] }).outputSync();
    const given = new AbortController();
    const read = readNamedFile(idle, given.signal);
    given.abort(new Error("SIGTERM"));
    await assert.rejects(read, /SIGTERM/);
    // The thread that may wait for a writer still gets one.
    Deno.openSync(idle, { read: true, write: true }).close();
    const text = readNamedFile(used, never);
    await Deno.writeTextFile(used, "text\n");
    assert.equal(await text, "text\n");
  },
});

Deno.test({
  name: "readNamedFile() takes neither a device, which may have no end, nor a folder",
  ignore: Deno.build.os === "windows",
  async fn() {
    using folder = new TempFolder();
    await assert.rejects(
      readNamedFile("/dev/zero", never),
      /neither a regular file nor a pipe|all access/,
    );
    await assert.rejects(readNamedFile(folder.path, never), /directory/);
  },
});
