import assert from "node:assert/strict";
import { Globs } from "../../../../../src/agent/modules/fim/rules/globs.ts";

function matches(patterns: readonly string[], path: string): boolean {
  return new Globs(patterns).match(path, path.slice(path.lastIndexOf("/") + 1));
}

Deno.test("Globs: a pattern without a slash is of a name in whatever folder, also one that begins with a dot", () => {
  assert.equal(matches(["*.swp"], "/etc/a/.conf.swp"), true);
  assert.equal(matches(["*.swp"], "/etc/swp"), false);
  assert.equal(matches(["cache"], "/var/lib/cache"), true);
});

Deno.test("Globs: a pattern with a slash is of the whole path, and ** is any number of folders", () => {
  assert.equal(matches(["/etc/*/x"], "/etc/a/x"), true);
  assert.equal(matches(["/etc/*/x"], "/etc/a/b/x"), false);
  assert.equal(matches(["/etc/**/x"], "/etc/a/b/x"), true);
  assert.equal(matches(["/etc/ssl/**"], "/etc/ssl"), true, "and the folder itself");
  assert.equal(matches(["/etc/ssl/"], "/etc/ssl"), true, "with a slash at its end");
});

Deno.test("Globs: the last pattern that matches decides, and ! takes back", () => {
  const patterns = ["*.conf", "!important.conf", "/tmp/important.conf"];
  assert.equal(matches(patterns, "/etc/a.conf"), true);
  assert.equal(matches(patterns, "/etc/important.conf"), false);
  assert.equal(matches(patterns, "/tmp/important.conf"), true);
});

Deno.test("Globs: bytes that are no UTF-8 are matched as they are shown", () => {
  assert.equal(matches(["/a/*"], "/a/\\xff\\x0a"), true);
});
