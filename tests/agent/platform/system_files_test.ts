import assert from "node:assert/strict";
import { LibcLibrary } from "../../../src/agent/platform/libc/library.ts";
import { SystemFiles } from "../../../src/agent/platform/system_files.ts";
import { TempFolder } from "../../support/queues.ts";

const none = new LibcLibrary(["/no/such/libc.so.6"]);

for (
  const [how, files] of [["libc", new SystemFiles()], ["Deno", new SystemFiles(none)]] as const
) {
  Deno.test(`SystemFiles reads files, folders and links by ${how}; what is not there is undefined`, () => {
    using folder = new TempFolder();
    Deno.writeTextFileSync(folder.file("file"), "text ä");
    Deno.symlinkSync("file", folder.file("link"));
    assert.equal(files.readText(folder.file("link")), "text ä");
    assert.equal(files.readLink(folder.file("link")), "file");
    assert.deepEqual(files.list(folder.path)?.sort(), ["file", "link"]);
    assert.equal(files.readText(folder.file("none")), undefined);
    assert.equal(files.list(folder.file("file")), undefined);
    assert.equal(files.readLink(folder.file("file")), undefined);
  });
}

Deno.test("SystemFiles reads /proc and /sys without every permission, and says what is missing without libc", () => {
  const files = new SystemFiles();
  assert.match(files.readText("/proc/self/stat") ?? "", new RegExp(`^${Deno.pid} \\(`));
  assert.ok(files.list("/proc/self/fd")?.length);
  assert.ok(files.readLink("/proc/self/exe"));
  assert.equal(files.missing, undefined);
  assert.match(new SystemFiles(none).missing ?? "", /glibc/);
});
