/** systemd's journal, from its files to the server, with the agent and journalctl killed. */

import assert from "node:assert/strict";
import {
  JournalFiles,
  messages,
  numbered,
  testWithJournal,
} from "../agent/modules/journald/support/journal_files.ts";
import { eventually } from "../support/eventually.ts";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, logLines, OwnServer } from "../support/scene.ts";

/** Process ids of journalctl that follow this folder. */
async function followers(folder: string): Promise<number[]> {
  const { stdout } = await new Deno.Command("pgrep", { args: ["-f", `journalctl.*${folder}`] })
    .output();
  return new TextDecoder().decode(stdout).split("\n").filter(Boolean).map(Number);
}

testWithJournal(
  "entries of a journal reach the server once, although agent and journalctl are killed",
  async () => {
    using folder = new TempFolder();
    using files = new JournalFiles();
    await files.write(numbered(2_000));
    await using server = await OwnServer.start(folder);
    const side = new AgentSide(folder, server);
    await side.register();
    side.configure([
      `journald: { enabled: true, directory: ${files.path}, start_at: beginning }`,
      "events.batch_events: 100",
    ]);
    {
      await using agent = await side.start();
      await agent.until(({ streams }) => streams.stateless.acknowledged_events > 0);
      await agent.stop("SIGKILL");
    }
    await files.write(numbered(500, 2_001));
    await using agent = await side.start();
    await agent.until(({ modules }) =>
      modules.some(({ name, events }) => name === "journald" && events > 0)
    );
    for (const pid of await followers(files.path)) Deno.kill(pid, "SIGKILL");
    await files.write(numbered(500, 2_501));
    const lines = await eventually(
      async () => logLines(await server.events()),
      (found) => found.length >= 3_000,
    );
    assert.deepEqual(lines.toSorted(), messages(3_000).toSorted());
    const { streams, modules } = await agent.status();
    assert.equal(streams.stateless.dropped_events, 0);
    const details = modules.find(({ name }) => name === "journald")?.details;
    assert.deepEqual([details?.restarts, details?.gaps], [1, 0]);
    assert.equal(await agent.stop(), 0);
    assert.deepEqual(await followers(files.path), []);
  },
);
