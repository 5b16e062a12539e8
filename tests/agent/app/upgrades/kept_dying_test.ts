/** An agent that finds at its start that it keeps dying since it was taken into use. */

import assert from "node:assert/strict";
import { runAgent } from "../../../../src/agent/agent.ts";
import { upgradeHost } from "../../../../src/agent/app/upgrades/upgrade_host.ts";
import { loadConfig } from "../../../../src/agent/config/load.ts";
import { STORED } from "../../../../src/agent/config/stored.ts";
import { ReloadRequests } from "../../../../src/agent/process/signals.ts";
import { systemClock } from "../../../../src/shared/clock.ts";
import { VERSION } from "../../../../src/shared/version.ts";
import { TempFolder } from "../../../support/queues.ts";
import { install } from "../../../support/release_desk.ts";
import { AgentSide, OwnServer } from "../../../support/scene.ts";

Deno.test("runAgent() makes way for the version before when this one has died three times", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server);
  await side.register();
  Deno.writeTextFileSync(folder.file("program"), "");
  const installation = install(folder.file("install"), folder.file("program"));
  Deno.mkdirSync(folder.file("install/versions/0.1.0"));
  Deno.writeTextFileSync(installation.programOf("0.1.0"), "");
  const load = () => loadConfig({ file: side.configPath, env: {}, ...STORED });
  const loaded = await load();
  const host = { ...upgradeHost(loaded.config, { env: {}, runArgs: [] }), installation };
  host.record.noteProbation({
    from: "0.1.0",
    to: VERSION,
    release: 4,
    document_id: null,
    deaths: 2,
    is_running: true,
  });
  const ending = await runAgent({
    ...loaded,
    clock: systemClock,
    stop: new AbortController().signal,
    loadConfig: load,
    checkGroupFiles: () => Promise.resolve(),
    setLogLevel: () => {},
    reloads: new ReloadRequests(),
    upgrade: host,
  });
  assert.equal(ending, "restart");
  assert.equal(installation.current, "0.1.0");
});
