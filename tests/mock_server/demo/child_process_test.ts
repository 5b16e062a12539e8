import assert from "node:assert/strict";
import { ChildProcess } from "../../../mock_server/demo/child_process.ts";
import { TempFolder } from "../../support/queues.ts";

Deno.test("ChildProcess keeps what programs write to standard error, one after the other", async () => {
  using folder = new TempFolder();
  const log = folder.file("program.log");
  for (const flag of ["--first", "--second"]) {
    const program = { permissions: "mock-server", script: "mock_server/main.ts", args: [flag] };
    await using child = ChildProcess.start(program, { log });
    assert.deepEqual(await child.ended(), { code: 2, stdout: "" });
  }
  assert.match(Deno.readTextFileSync(log), /'--first'[^]*'--second'/);
});
