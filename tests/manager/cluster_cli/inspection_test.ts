import assert from "node:assert/strict";
import { ClusterLink } from "../../../src/manager/cluster/link/cluster_link.ts";
import { runClusterCommand } from "../../../src/manager/cluster_cli/main.ts";
import { inspect } from "../../../src/manager/cluster_cli/inspection.ts";
import { rotateKeys } from "../../../src/manager/cluster_cli/rotate_keys.ts";
import { statusLines } from "../../../src/manager/cluster_cli/text.ts";
import { DUTIES } from "../../../src/manager/stores/membership.ts";
import { clusterTest, startOne } from "../../support/nats_cluster.ts";
import { TestManager } from "../harness.ts";
import { clusterOptions } from "../stores/contract.ts";

clusterTest(
  "cluster: status and nodes show streams, managers and duties; a new key signs at a manager that runs",
  async () => {
    await using server = await startOne();
    const options = clusterOptions([server.url], { node: "m1", name: "t" });
    await using test = await TestManager.open({ cluster: options });
    const link = await ClusterLink.open(options);
    const found = await inspect(link);
    assert.deepEqual(found.missing, []);
    assert.equal(found.streams.length, 9);
    assert.deepEqual(found.nodes.map(({ node }) => node), ["m1"]);
    assert.deepEqual(
      found.duties,
      Object.fromEntries(
        // This one has nothing to announce by, and no index.
        DUTIES.filter((duty) => duty !== "announce" && duty !== "output").map((
          duty,
        ) => [duty, "m1"]),
      ),
    );
    assert.match(statusLines(found).join("\n"), /^t_EVENTS_0 +0 +0 +0 % +\S+ +-$/m);
    const kid = await rotateKeys(link);
    const kidOf = (token: string) => JSON.parse(atob(token.split(".")[0] ?? "")).kid;
    while (kidOf(test.agentToken) !== kid) await test.renewToken();
    await link.close();
  },
);

Deno.test("manager cluster names the commands that there are", async () => {
  await assert.rejects(runClusterCommand(["frobnicate"]), {
    message: 'No command "cluster frobnicate"',
    hint: "one of status, nodes, doctor, rotate-keys, import, backup, restore",
  });
});
