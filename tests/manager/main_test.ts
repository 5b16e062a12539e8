import assert from "node:assert/strict";
import { ManagerProcess } from "../support/manager_process.ts";
import { TestClient } from "./harness.ts";

async function inTempFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  await run(folder);
  await Deno.remove(folder, { recursive: true });
}

Deno.test("manager says where it listens, and stops at a signal", async () => {
  await using manager = await ManagerProcess.start({ program: "manager" });
  assert.match(manager.managementUrl, /^https:\/\/127\.0\.0\.1:[1-9]\d*$/);
  assert.notEqual(manager.managementPort, manager.commsPort);
  assert.ok(manager.caCertPath !== undefined);
  using http = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(manager.caCertPath)] });
  const answer = await fetch(`${manager.commsUrl}/api/v1/`, { client: http });
  assert.equal(answer.status, 200);
  await answer.body?.cancel();
  const status = await manager.stop();
  if (Deno.build.os !== "windows") assert.equal(status.code, 0, manager.stderr);
  assert.doesNotMatch(manager.stderr, /error/i);
});

Deno.test("manager reads its password from a file", () =>
  inTempFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/password`, "fromfile\n");
    const args = ["--password-file", `${folder}/password`];
    await using manager = await ManagerProcess.start({ program: "manager", http: true, args });
    const client = new TestClient(fetch, manager.managementUrl, manager.commsUrl);
    assert.equal(typeof await client.userToken("fromfile"), "string");
    const wrong = await client.authenticate("wazuh:topsecret");
    assert.equal(wrong.status, 401);
    await wrong.body?.cancel();
  }));

Deno.test("manager names the option that is wrong, and ends with 2", async () => {
  const cases = [["--token-ttl", "60"], ["--comms-port", "70000"], ["--nonsense"], [
    "--fault",
    "events:503",
  ]];
  for (const args of cases) {
    await assert.rejects(ManagerProcess.start({ program: "manager", args }), (error) => {
      assert.ok(error instanceof Error);
      assert.ok(error.message.includes(`${args[0]}`), error.message);
      return true;
    });
  }
});

Deno.test("manager says which folder it cannot use, and what to do", async () => {
  const file = await Deno.makeTempFile();
  const start = ManagerProcess.start({ program: "manager", dataFolder: file });
  await assert.rejects(start, (error: Error) => {
    assert.ok(error.message.includes(`Cannot use data folder "${file}": `), error.message);
    assert.match(error.message, /\nTry: make a folder that the manager may write to/);
    return true;
  });
  await Deno.remove(file);
});
