import assert from "node:assert/strict";
import { LOG_FILE } from "../../../../src/agent/app/doctor/checks/file_checks.ts";
import type { DoctorContext } from "../../../../src/agent/app/doctor/context.ts";
import { TempFolder } from "../../../support/queues.ts";

Deno.test({
  name: "the check of the log's file does not wait for the reader of a FIFO in its place",
  ignore: Deno.build.os === "windows",
  async fn() {
    using folder = new TempFolder();
    const file = folder.file("agent.log");
    new Deno.Command("mkfifo", { args: [file] }).outputSync();
    const context = {
      config: () => Promise.resolve({ log: { file } }),
      running: () => Promise.resolve(undefined),
    } as unknown as DoctorContext;
    const { status, message } = await LOG_FILE.run(context);
    assert.equal(status, "fail");
    assert.match(message, /it is not a regular file/);
  },
});
