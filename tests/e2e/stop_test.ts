/** A stop ends the process, whatever the server holds and whatever is checked of its certificate. */

import assert from "node:assert/strict";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, OwnServer } from "../support/scene.ts";

for (const mode of ["full", "certificate", "none"]) {
  Deno.test(`a stop ends the process while the server holds a poll for minutes (${mode})`, async () => {
    using folder = new TempFolder();
    await using server = await OwnServer.start(folder, ["--poll-timeout", "10m"]);
    const side = new AgentSide(folder, server, [`agent.verification_mode: ${mode}`]);
    await side.register();
    await using agent = await side.start();
    await agent.until(({ commands, state }) =>
      state.name === "connected" && commands.state === "waiting"
    );
    assert.equal(await agent.stop(), 0);
  });
}
