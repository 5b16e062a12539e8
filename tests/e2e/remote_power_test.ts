/** What a manager can have an agent do to its machine, and what not, with real processes. */

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { OrderDesk } from "../support/order_desk.ts";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, logLines, OwnServer } from "../support/scene.ts";

async function runner(server: OwnServer, id: string) {
  const desk = await OrderDesk.open(server);
  const run = async (name: string, args: object = {}) => {
    const [order] = await desk.outcomes(await desk.send({ type: "agent", id }, { name, args }));
    assert.ok(order?.result, JSON.stringify(order));
    return { status: order.status, message: order.result.message };
  };
  return { desk, run, [Symbol.dispose]: () => desk[Symbol.dispose]() };
}

Deno.test("a manager reads no file that the machine does not allow, turns nothing off, and all of it is on record", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const logs = folder.file("logs");
  const side = new AgentSide(folder, server, [
    `remote.allow: { actions: [set-group, fetch-config, disable-module], localfiles: [${logs}/**] }`,
  ]);
  // A list of the machine's own would be stronger than the manager's.
  const config = Deno.readTextFileSync(side.configPath).replace(
    /logcollector.localfiles: .*\n/,
    "",
  );
  Deno.writeTextFileSync(side.configPath, config);
  Deno.mkdirSync(logs);
  Deno.writeTextFileSync(folder.file("secret.log"), "secret\n");
  Deno.writeTextFileSync(`${logs}/app.log`, "allowed\n");
  Deno.symlinkSync(folder.file("secret.log"), `${logs}/link.log`);
  Deno.symlinkSync(folder.file("data"), `${logs}/data`);
  const { id } = await side.register();
  using manager = await runner(server, id);
  const { desk, run } = manager;
  {
    await using agent = await side.start();
    for (const location of [folder.file("secret.log"), "/etc/shadow", `${logs}/../secret.log`]) {
      await desk.putFile("web.yml", `logcollector: {localfiles: [${JSON.stringify(location)}]}\n`);
      const { status, message } = await run("set-group", { groups: ["web"] });
      assert.equal(status, "failure");
      assert.match(
        message,
        /web\.yml:1:.*(outside of remote\.allow\.localfiles|never read for|goes through)/,
      );
    }
    await desk.putFile("web.yml", "logcollector: {enabled: false}\n");
    assert.match((await run("set-group", { groups: ["web"] })).message, /remote\.allow\.options/);
    assert.match(
      (await run("disable-module", { name: "logcollector" })).message,
      /may not turn logcollector off.*remote\.allow\.options/,
    );
    assert.match((await run("restart")).message, /"restart" is not allowed on this machine/);

    const both = `logcollector: {start_at: beginning, localfiles: ["${logs}/**/*.{log,json}"]}\n`;
    await desk.putFile("web.yml", both);
    assert.equal((await run("set-group", { groups: ["web"] })).status, "success");
    await agent.until(({ streams }) => streams.stateless.acknowledged_events >= 1);
    const { modules } = await agent.status();
    const problems = JSON.stringify(modules.find(({ name }) => name === "logcollector"));
    assert.match(problems, /link\.log.*outside of remote\.allow\.localfiles/);
    assert.equal(await agent.stop(), 0);
  }
  assert.deepEqual(logLines(await server.events()), ["allowed"]);
  const { stdout } = await side.command("remote", "--json");
  const { actions } = JSON.parse(stdout) as { actions: Record<string, unknown>[] };
  assert.equal(actions.length, 7);
  const [newest] = actions;
  assert.deepEqual([newest?.action, newest?.user, newest?.code], ["set-group", "tests", 0]);
  assert.deepEqual(actions.filter(({ denied }) => denied).map(({ action }) => action), ["restart"]);
  assert.match(
    (await side.command("remote")).stdout,
    /tests, Users\/Services .*refused: action "restart"/,
  );
});

Deno.test("an agent that asks for signatures obeys a manager with the key, and none without it", async () => {
  using folder = new TempFolder();
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const write = (name: string, pem: string | Uint8Array) =>
    Deno.writeTextFileSync(folder.file(name), String(pem), { mode: 0o600 });
  write("signing.pem", privateKey.export({ format: "pem", type: "pkcs8" }));
  write("trusted.pem", publicKey.export({ format: "pem", type: "spki" }));
  const signing = ["--signing-key-file", folder.file("signing.pem")];
  await using server = await OwnServer.start(folder, signing);
  const side = new AgentSide(folder, server, [
    `commands: { require_signature: true, trusted_keys: ${folder.file("trusted.pem")} }`,
  ]);
  const { id } = await side.register();
  await using agent = await side.start();
  {
    using manager = await runner(server, id);
    await manager.desk.putFile("web.yml", "events: {batch_events: 7}\n");
    const { status, message } = await manager.run("set-group", { groups: ["web"] });
    assert.equal(status, "success", message);
    assert.equal((await manager.run("status")).status, "success");
  }
  const keys = JSON.parse((await side.command("keys", "--json")).stdout);
  assert.equal(keys.require_signature, true);
  assert.deepEqual(keys.keys[0].used_for, ["orders", "group files"]);
  const { actions } = JSON.parse((await side.command("remote", "--json")).stdout);
  assert.equal(actions[0].key_id, keys.keys[0].id);

  await server.goAway("SIGTERM");
  await server.comeBack();
  using manager = await runner(server, id);
  assert.equal((await manager.run("fetch-config")).message, "order refused: it is not signed");
  assert.equal(await agent.stop(), 0);
});
