import assert from "node:assert/strict";
import { AgentError } from "../../../src/shared/errors.ts";
import { requireTrusted } from "../../../src/agent/platform/trusted_path.ts";
import { nameIn } from "../../../src/agent/platform/user_name.ts";
import { TempFolder } from "../../support/queues.ts";

const onWindows = Deno.build.os === "windows";
/** Only root can make folders that belong to others. */
const isRoot = Deno.build.os !== "windows" && Deno.uid() === 0;
const NOBODY_WE_KNOW = 54_321;

function make(path: string, mode: number): string {
  Deno.mkdirSync(path, { recursive: true });
  Deno.chmodSync(path, mode);
  return path;
}

/** The message and the hint with which `path` is refused. */
function refusal(path: string, options = {}): { message: string; hint: string } {
  try {
    requireTrusted("data folder", path, options);
  } catch (error) {
    assert.ok(error instanceof AgentError);
    assert.equal(error.code, "folder_unusable");
    return { message: error.message, hint: error.hint ?? "" };
  }
  return assert.fail(`${path} is trusted`);
}

Deno.test({
  name: "requireTrusted() passes a folder of one's own below a sticky one, also before it is made",
  ignore: onWindows,
  fn() {
    using folder = new TempFolder();
    requireTrusted("data folder", folder.path);
    requireTrusted("data folder", folder.file("not/there/yet"));
    make(folder.file("shared"), 0o1777);
    requireTrusted("data folder", make(folder.file("shared/own"), 0o755));
  },
});

Deno.test({
  name: "requireTrusted() names the parent that others can write to, and the way out",
  ignore: onWindows,
  fn() {
    using folder = new TempFolder();
    const open = make(folder.file("open"), 0o777);
    const data = make(folder.file("open/a/data"), 0o700);
    assert.deepEqual(refusal(data), {
      message: `Cannot trust data folder "${data}": "${open}" can be written by others (mode 0777)`,
      hint: `chmod go-w "${open}", or choose a folder that only root and this user can write to`,
    });
    Deno.chmodSync(open, 0o770);
    assert.match(refusal(data).message, /open" can be written by others \(mode 0770\)$/);
    Deno.chmodSync(open, 0o755);
    requireTrusted("data folder", data);
  },
});

Deno.test({
  name: "requireTrusted() takes no sticky folder as the folder itself",
  ignore: onWindows,
  fn() {
    using folder = new TempFolder();
    const open = make(folder.file("open"), 0o1777);
    assert.match(refusal(open).message, /: it can be written by others \(mode 1777\)$/);
  },
});

Deno.test({
  name: "requireTrusted() follows links of its own and looks at where they lead",
  ignore: onWindows,
  fn() {
    using folder = new TempFolder();
    const data = make(folder.file("place/data"), 0o700);
    Deno.symlinkSync("place", folder.file("link"));
    requireTrusted("data folder", folder.file("link/data"));
    Deno.chmodSync(folder.file("place"), 0o777);
    assert.match(refusal(folder.file("link/data")).message, /place" can be written by others/);
    Deno.symlinkSync("loop", folder.file("loop"));
    assert.match(refusal(folder.file("loop/data")).message, /leads through too many links$/);
    assert.ok(data);
  },
});

Deno.test({
  name: "requireTrusted() refuses folders and links of other users (needs root)",
  ignore: !isRoot,
  fn() {
    using folder = new TempFolder();
    const theirs = make(folder.file("theirs"), 0o755);
    const data = make(folder.file("theirs/data"), 0o700);
    Deno.chownSync(theirs, NOBODY_WE_KNOW, NOBODY_WE_KNOW);
    assert.match(refusal(data).message, /theirs" belongs to user 54321$/);
    assert.match(refusal(data).hint, /^chown 0 ".*theirs"/);
    assert.match(
      refusal(theirs).hint,
      /: setpriv --reuid 54321 --regid 54321 --clear-groups agent/,
    );
    Deno.chownSync(theirs, 1, 1);
    assert.match(
      refusal(theirs).hint,
      /^run this as its owner, such as with: runuser -u \w+ -- agent/,
    );
    Deno.chownSync(theirs, NOBODY_WE_KNOW, NOBODY_WE_KNOW);

    make(folder.file("sticky"), 0o1777);
    Deno.symlinkSync(make(folder.file("own"), 0o700), folder.file("sticky/link"));
    requireTrusted("data folder", folder.file("sticky/link"));
    new Deno.Command("chown", { args: ["-h", "54321", folder.file("sticky/link")] }).outputSync();
    assert.match(refusal(folder.file("sticky/link")).message, /is a link of user 54321$/);
  },
});

Deno.test({
  name: "requireTrusted() lets root look at what another user's folder holds (needs root)",
  ignore: !isRoot,
  fn() {
    using folder = new TempFolder();
    const theirs = make(folder.file("theirs"), 0o700);
    Deno.chownSync(theirs, NOBODY_WE_KNOW, NOBODY_WE_KNOW);
    refusal(theirs);
    requireTrusted("data folder", theirs, { trustOwner: true });
    Deno.chmodSync(theirs, 0o777);
    refusal(theirs, { trustOwner: true });
  },
});

Deno.test("nameIn() finds a user by the number", () => {
  const text = "root:x:0:0:root:/root:/bin/bash\nagent:x:10:10::/:/bin/false\n+::::::\n";
  assert.equal(nameIn(text, 0), "root");
  assert.equal(nameIn(text, 10), "agent");
  assert.equal(nameIn(text, 1), undefined);
});
