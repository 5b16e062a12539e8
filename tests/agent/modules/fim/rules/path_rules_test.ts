import assert from "node:assert/strict";
import { directory, rulesOf } from "../support/directories.ts";

Deno.test("PathRules: of watched folders within each other the deepest decides", () => {
  const rules = rulesOf([directory("/etc"), directory("/etc/ssh", { tags: ["ssh"] })]);
  assert.equal(rules.of("/etc/ssh/sshd_config")?.directory.options.tags.join(), "ssh");
  assert.equal(rules.of("/etc/passwd")?.directory.options.path, "/etc");
  assert.equal(rules.of("/etcetera"), undefined);
});

Deno.test("PathRules: what is left out is so with all that is below it, but not what is named itself", () => {
  const rules = rulesOf(
    [directory("/srv", { exclude: ["/srv/cache"] }), directory("/srv/cache/keep")],
    { exclude: ["*.tmp"] },
  );
  assert.equal(rules.covers("/srv/cache/a/b"), false);
  assert.equal(rules.covers("/srv/cache/keep/b"), true);
  assert.equal(rules.covers("/srv/a.tmp/b"), false);
  assert.equal(rules.covers("/srv/a/b"), true);
});

Deno.test("PathRules: recursion_level counts folders below the watched one", () => {
  const rules = rulesOf([directory("/a", { recursionLevel: 1 })]);
  assert.equal(rules.covers("/a"), true);
  assert.equal(rules.covers("/a/file"), true);
  assert.equal(rules.covers("/a/b/file"), true);
  assert.equal(rules.covers("/a/b/c/file"), false);
  const itself = rulesOf([directory("/bin", { recursionLevel: -1 })]);
  assert.deepEqual([itself.covers("/bin"), itself.covers("/bin/ls")], [true, false]);
});

Deno.test("PathRules: restrict wants files that match, and no folders", () => {
  const rules = rulesOf([directory("/a", { restrict: "*.conf" })]);
  assert.equal(rules.covers("/a/b/x.conf"), true);
  assert.equal(rules.covers("/a/b/x.txt"), false);
  const { directory: found } = rules.of("/a/d.conf") ?? {};
  assert.equal(found?.wants("/a/d.conf", { name: "d.conf", isFolder: true }), false);
});

Deno.test("PathRules: the agent's own folder is never watched, also where it is named", () => {
  const rules = rulesOf([directory("/"), directory("/var/lib/agent")], {
    never: ["/var/lib/agent"],
  });
  assert.equal(rules.covers("/var/lib/agent/agent.db"), false);
  assert.equal(rules.covers("/var/lib/agent"), false);
  assert.equal(rules.covers("/var/lib"), true);
});

Deno.test("PathRules: passages are the names that lead to watched folders", () => {
  const rules = rulesOf([directory("/usr/bin"), directory("/usr/sbin"), directory("/etc")]);
  assert.deepEqual([...rules.passages("/") ?? []].sort(), ["etc", "usr"]);
  assert.deepEqual([...rules.passages("/usr") ?? []].sort(), ["bin", "sbin"]);
  assert.equal(rules.passages("/usr/bin"), undefined);
});
