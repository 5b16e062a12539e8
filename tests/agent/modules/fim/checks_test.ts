import assert from "node:assert/strict";
import * as z from "zod";
import { checkRealtime } from "../../../../src/agent/modules/fim/check_realtime.ts";
import { checkDirectories } from "../../../../src/agent/modules/fim/checks.ts";
import { FIM_OPTIONS } from "../../../../src/agent/modules/fim/options.ts";
import { TempFolder } from "../../../support/queues.ts";
import { openWays } from "./support/ways.ts";

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

Deno.test("checkRealtime: without the C library there are hints only, which is told, unless nothing else is wanted", () => {
  const check = (realtime: "auto" | "fanotify" | "inotify" | "watch" | "off") =>
    checkRealtime({ realtime, who: true }, { libc: undefined });
  assert.deepEqual(
    (["auto", "fanotify", "inotify", "watch", "off"] as const).map((mode) => check(mode).status),
    ["warn", "warn", "warn", "ok", "ok"],
  );
  assert.match(
    check("auto").message,
    /by hints of the runtime, not who makes them \(the C library/,
  );
});

const { open } = openWays();

Deno.test(`checkRealtime: the best way here is ${open[0]}`, () => {
  const { status, message } = checkRealtime({ realtime: "auto", who: true });
  if (open.includes("fanotify")) {
    assert.equal(message, "this user sees changes by fanotify, and who makes them");
  } else if (open.includes("inotify")) assert.match(message, /by inotify, not who makes them \(/);
  assert.equal(status, open[0] === "watch" ? "warn" : "ok");
});
