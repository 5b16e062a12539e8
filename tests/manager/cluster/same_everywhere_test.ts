import assert from "node:assert/strict";
import { COMPARED } from "../../../src/manager/same_everywhere.ts";
import { inspect } from "../../../src/manager/cluster_cli/inspection.ts";
import { findings } from "../../../src/manager/cluster_cli/doctor.ts";
import { ClusterLink } from "../../../src/manager/cluster/link/cluster_link.ts";
import { openMockManager } from "../../../mock_server/mock_manager.ts";
import { clusterTest, startOne } from "../../support/nats_cluster.ts";
import { TestManager } from "../harness.ts";
import { clusterOptions } from "../stores/contract.ts";

/** What doctor says of how managers differ. */
async function differencesSeen(options: ReturnType<typeof clusterOptions>): Promise<string[]> {
  const link = await ClusterLink.open(options);
  const texts = findings(await inspect(link)).map(({ text }) => text);
  await link.close();
  return texts.filter((text) => text.includes("do not all have the same"));
}

clusterTest(
  "cluster: managers that are given other users are told of, by words that say nothing of the users",
  async () => {
    await using server = await startOne();
    const cluster = clusterOptions([server.url]);
    const password = "the-password-of-grafana";
    const users = [{ role: "reader" as const, name: "grafana", password }];
    const open = (node: string, given = users) =>
      TestManager.open({ agent: false, users: given, cluster: { ...cluster, node } });
    await using _one = await open("m1");
    {
      await using _same = await open("m2");
      assert.deepEqual(await differencesSeen(cluster), []);
    }
    await using _other = await open("m3", []);
    assert.deepEqual(await differencesSeen(cluster), [
      "Managers m1, m3 do not all have the same users",
    ]);
    const link = await ClusterLink.open(cluster);
    const { nodes } = await inspect(link);
    await link.close();
    assert.deepEqual(Object.keys(nodes[0]?.settings ?? {}), Object.keys(COMPARED));
    assert.ok(!JSON.stringify(nodes).includes("grafana"));
  },
);

clusterTest(
  "cluster: a record of events, which are not in a manager's database, is refused with what to do",
  async () => {
    await using server = await startOne();
    const recordFile = await Deno.makeTempFile();
    await assert.rejects(
      openMockManager({ cluster: clusterOptions([server.url]), recordFile }),
      /cannot be recorded by a manager of a cluster/,
    );
    await Deno.remove(recordFile);
  },
);
