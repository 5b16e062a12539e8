import assert from "node:assert/strict";
import { readConfigFile } from "../../../src/shared/config/read_file.ts";
import { TempFolder } from "../../support/queues.ts";

Deno.test({
  name: "readConfigFile() does not wait for the writer of a FIFO in place of the file",
  ignore: Deno.build.os === "windows",
  async fn() {
    using folder = new TempFolder();
    const named = folder.file("agent.yaml");
    new Deno.Command("mkfifo", { args: [named] }).outputSync();
    const read = readConfigFile({ named, env: {}, defaultFile: named });
    await assert.rejects(read, /agent\.yaml": it is not a regular file/);
  },
});
