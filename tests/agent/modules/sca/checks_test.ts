import assert from "node:assert/strict";
import * as z from "zod";
import { checkPolicies } from "../../../../src/agent/modules/sca/checks.ts";
import { SCA_OPTIONS } from "../../../../src/agent/modules/sca/options.ts";
import { TempFolder } from "../../../support/queues.ts";
import { policyText } from "./support/sca_scene.ts";

function check(section: Record<string, unknown>, dataFolder = "/no/such/folder") {
  return checkPolicies(z.strictObject(SCA_OPTIONS).parse(section), { dataFolder });
}

Deno.test("checkPolicies() looks at the policies of the data folder too", () => {
  using folder = new TempFolder();
  Deno.mkdirSync(folder.file("sca"), { mode: 0o700 });
  Deno.writeTextFileSync(folder.file("sca/own.yml"), policyText("own", { 1: "x:/a" }));
  const { status, message } = check({}, folder.path);
  assert.equal(status, "fail");
  assert.match(message, /sca\/own\.yml:4:\d+: the rule x:\/a is invalid/);
});

Deno.test("checkPolicies() is content with policies that are valid", () => {
  using folder = new TempFolder();
  Deno.writeTextFileSync(folder.file("a.yml"), policyText("a", { 1: "f:/a" }));
  const found = check({ policies: [`${folder.path}/*.yml`] });
  assert.deepEqual(found, { status: "ok", message: "1 policy can be used" });
});

Deno.test("checkPolicies() names the first mistake with its place", () => {
  using folder = new TempFolder();
  const path = folder.file("a.yml");
  Deno.writeTextFileSync(path, policyText("a", { 1: "x:/a" }));
  const { status, message, try: hint } = check({ policies: [path] });
  assert.equal(status, "fail");
  assert.match(message, /a\.yml:4:\d+: the rule x:\/a is invalid/);
  assert.match(hint ?? "", /agent sca lint/);
});

Deno.test("checkPolicies() says which policy is not there, and which one others can write", () => {
  if (Deno.build.os === "windows") return;
  using folder = new TempFolder();
  const path = folder.file("a.yml");
  assert.match(check({ policies: [path] }).message, /there is no policy .*a\.yml/);
  Deno.writeTextFileSync(path, policyText("a", { 1: "f:/a" }));
  Deno.chmodSync(path, 0o622);
  const { status, message } = check({ policies: [path] });
  assert.deepEqual([status, message.slice(message.lastIndexOf(":"))], [
    "warn",
    ": a.yml can be written by others",
  ]);
});

Deno.test("checkPolicies() looks at policies of groups too, and says which is broken and where to mend it", () => {
  const found = check({ group_policies: [policyText("a", { 1: "f:/a" }), "policy: x"] });
  assert.match(found.message, /^group_policies\[1\]:1:/);
  assert.equal(found.try, "mend it in the group's file");
});
