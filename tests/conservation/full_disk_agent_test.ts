/** The whole agent on a disk that somebody else fills to the last byte. */

import assert from "node:assert/strict";
import { GroupTrial } from "../../src/agent/identity/group_trial.ts";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, logLines, numbered, OwnServer } from "../support/scene.ts";
import { diskTest } from "./support/small_disk.ts";

diskTest("ext4", 48, {
  name:
    "an agent on a full disk delivers, survives a kill, and starts and delivers again while it is full",
  async run(disk) {
    using folder = new TempFolder();
    Deno.symlinkSync(disk.path, folder.file("data"));
    await using server = await OwnServer.start(folder);
    const side = new AgentSide(folder, server);
    await side.register("--name", "web-1");
    {
      await using agent = await side.start();
      await agent.until(({ state }) => state.name === "connected");
      await server.goAway();
      side.write(numbered(5_000));
      await agent.until(({ streams }) => streams.stateless.queued_events >= 5_000);
      disk.fill();
      await agent.until(({ queue }) => queue.disk_low);
      await server.comeBack();
      await agent.until(({ streams }) => streams.stateless.queued_events === 0);
      await agent.stop("SIGKILL");
    }
    await using again = await side.start();
    side.write(numbered(10, "later"));
    // They fit into the pages that the others left in the file.
    await again.until(({ streams: { stateless } }) =>
      stateless.acknowledged_events >= 5_010 && stateless.queued_events === 0
    );
    await again.stop();
    const lines = logLines(await server.events()).filter((line) => /^(line|later)/.test(line));
    assert.deepEqual([lines.length, new Set(lines).size], [5_010, 5_010]);
  },
});

diskTest("tmpfs", 8, {
  name: "group files on trial keep no agent from starting, working and stopping on a full disk",
  run(disk) {
    new GroupTrial(disk.path, 1).begin("new", { generation: "old", groups: [] });
    disk.fill();
    const trial = new GroupTrial(disk.path, 2);
    trial.noteStart("new");
    trial.observe(0);
    trial.observe(60_000);
    trial.noteStop();
    disk.free();
    assert.equal(new GroupTrial(disk.path, 3).good?.generation, "old");
  },
});
