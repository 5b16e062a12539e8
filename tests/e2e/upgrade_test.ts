/** Upgrades of the compiled agent: two versions that were compiled, and bad ones that scripts stand in for. */

import assert from "node:assert/strict";
import { agent, type AgentProcess } from "../support/agent_process.ts";
import { eventually } from "../support/eventually.ts";
import { TempFolder } from "../support/queues.ts";
import { compiledVersions, install, NEXT_VERSION, ReleaseDesk } from "../support/release_desk.ts";
import { AgentSide, logLines, numbered, OwnServer } from "../support/scene.ts";
import { VERSION } from "../../src/shared/version.ts";

const compiled = compiledVersions();

/** Resolves when an agent of this version answers: for a moment none does. */
async function runsVersion(running: AgentProcess, version: string): Promise<void> {
  const told = () => running.status().then(({ agent }) => agent?.version, () => undefined);
  await eventually(told, (found) => found === version);
}

if (compiled === undefined) {
  Deno.test("upgrades are NOT TESTED here: AGENT_BIN and AGENT_NEXT_BIN name no compiled agents", () => {});
} else {
  const { own, next } = compiled;

  Deno.test("an agent upgrades from a file under load, loses and doubles nothing, and goes back", async () => {
    using folder = new TempFolder();
    await using server = await OwnServer.start(folder);
    const desk = new ReleaseDesk(folder.file("releases"));
    const installation = install(folder.file("install"), own);
    const side = new AgentSide(folder, server, [
      `upgrade: { enabled: true, trusted_keys: ${desk.keyFile}, trial: 20s, rate: 1GiB }`,
    ]);
    await side.register();
    await using running = await side.start({ program: installation.program });
    const manifest = desk.make({ file: next });
    let lines = 0;
    const writing = setInterval(() => side.write(numbered(20, `tick ${++lines}`)), 20);
    const command = (...args: string[]) =>
      agent(["upgrade", ...args, "--config", side.configPath], { program: installation.program });
    try {
      const upgraded = await command("--file", manifest);
      assert.equal(upgraded.code, 0, upgraded.stdout + upgraded.stderr + running.stderr);
      assert.match(upgraded.stdout, /^Upgraded 0\.2\.0 → 99\.0\.0 in \d+ s$/m);
      assert.equal(installation.current, NEXT_VERSION);
      await runsVersion(running, NEXT_VERSION);
      const back = await command("rollback");
      assert.equal(back.code, 0, back.stdout + back.stderr + running.stderr);
      await runsVersion(running, VERSION);
    } finally {
      clearInterval(writing);
    }
    const wanted = Array.from({ length: lines }, (_, tick) => numbered(20, `tick ${tick + 1}`))
      .flat();
    const events = await eventually(
      () => server.events(),
      (all) => logLines(all).length >= wanted.length,
    );
    assert.deepEqual(logLines(events).sort(), wanted.sort());
    assert.equal(await running.stop(), 0);
  });
}
