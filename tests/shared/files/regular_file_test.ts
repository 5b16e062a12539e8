import assert from "node:assert/strict";
import { openRegularFile, readRegularFile } from "../../../src/shared/files/regular_file.ts";
import { TempFolder } from "../../support/queues.ts";

const onWindows = Deno.build.os === "windows";

Deno.test({
  name:
    "readRegularFile() does not wait for a FIFO, and reads neither sockets, folders nor devices",
  ignore: onWindows,
  fn() {
    using folder = new TempFolder();
    new Deno.Command("mkfifo", { args: [folder.file("fifo")] }).outputSync();
    using _socket = Deno.listen({ transport: "unix", path: folder.file("socket") });
    for (const path of [folder.file("fifo"), folder.file("socket"), folder.path, "/dev/null"]) {
      assert.throws(
        () => readRegularFile(path),
        /it is not a regular file|Requires all access/,
        path,
      );
    }
    // A writer that waits there for a reader.
    assert.throws(() => openRegularFile(folder.file("fifo"), { write: true }), /regular file/);
  },
});

Deno.test("readRegularFile() follows a link only when it may", () => {
  using folder = new TempFolder();
  Deno.writeTextFileSync(folder.file("file"), "text");
  Deno.symlinkSync(folder.file("file"), folder.file("link"));
  assert.equal(readRegularFile(folder.file("link")), "text");
  assert.throws(() => readRegularFile(folder.file("link"), { followLink: false }), /symbolic link/);
  assert.throws(() => readRegularFile(folder.file("none")), Deno.errors.NotFound);
});
