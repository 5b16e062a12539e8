import assert from "node:assert/strict";
import * as z from "zod";
import { checkDirectories } from "../../../../src/agent/modules/fim/checks.ts";
import { FIM_OPTIONS } from "../../../../src/agent/modules/fim/options.ts";
import { TempFolder } from "../../../support/queues.ts";

function check(...directories: string[]) {
  return checkDirectories(z.strictObject(FIM_OPTIONS).parse({ directories }));
}

Deno.test("checkDirectories: folders that can be read are well, one that is not there is not, and none at all is a failure", () => {
  using folder = new TempFolder();
  assert.equal(check(folder.path).status, "ok");
  assert.equal(check(folder.path, "/no/such").status, "warn");
  assert.equal(check("/no/such").status, "fail");
});

Deno.test("checkDirectories: a folder of the kernel is not looked at", () => {
  if (Deno.build.os !== "linux") return;
  const { status, message } = check("/proc");
  assert.equal(status, "warn");
  assert.equal(message, "/proc is not watched: it lies on a file system of the kind proc");
});
