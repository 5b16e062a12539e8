/** The server's authority is replaced while the agent runs. */

import assert from "node:assert/strict";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, logLines, numbered, OwnServer } from "../support/scene.ts";

for (const mode of ["full", "certificate", "none"]) {
  Deno.test(`a server that comes back with a new authority is trusted once ca_cert holds it (${mode})`, async () => {
    using folder = new TempFolder();
    await using server = await OwnServer.start(folder);
    const side = new AgentSide(folder, server, [`agent.verification_mode: ${mode}`]);
    const ca = folder.file("agent_ca.pem");
    Deno.copyFileSync(server.caCertPath ?? "", ca);
    const config = Deno.readTextFileSync(side.configPath);
    Deno.writeTextFileSync(side.configPath, config.replace(/ca_cert: .*/, `ca_cert: ${ca}`));
    await side.register("--ca-cert", ca);
    await using agent = await side.start();
    side.write(numbered(10, "before"));
    await agent.until(({ streams }) => streams.stateless.acknowledged_events === 10);

    await server.goAway();
    for (const name of ["ca.pem", "ca.key", "server.pem", "server.key"]) {
      Deno.removeSync(folder.file(`manager/${name}`));
    }
    await server.comeBack();
    side.write(numbered(10, "after"));
    if (mode !== "none") await agent.until(({ state }) => state.name === "retrying");
    const unchanged = await side.command("reload");
    assert.match(unchanged.stdout, new RegExp(`^Applied: nothing\nLooked at: .*${ca}\n$`));
    Deno.copyFileSync(server.caCertPath ?? "", ca);
    if (mode === "none") {
      const changed = await side.command("reload");
      assert.equal(changed.stdout, "Applied: agent.ca_cert\n");
    }
    await agent.until(({ streams }) => streams.stateless.acknowledged_events === 20);
    assert.equal(await agent.stop(), 0);
    assert.match(agent.stderr, /Changed certificate files are in force: ca_cert/);
    const lines = [...numbered(10, "before"), ...numbered(10, "after")];
    assert.deepEqual(logLines(await server.events()).toSorted(), lines.toSorted());
  });
}
