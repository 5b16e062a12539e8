import assert from "node:assert/strict";
import { clusterTest, startOne } from "../../../support/nats_cluster.ts";
import { signedBy } from "../../../shared/releases/support.ts";
import { TempFolder } from "../../../support/queues.ts";
import { assertRefused, TestManager } from "../../harness.ts";
import { content, KEY, releaseOf, sha256 } from "../../releases_scene.ts";
import { clusterOptions } from "../../stores/contract.ts";
import { followed, manage, moved, twoManagers } from "../two_managers.ts";

const BYTES = content(400_000);
const put = (test: TestManager, name: string, body: BodyInit) =>
  manage(test, `/manager/releases/${name}`, { method: "PUT", body });

async function namesAt(test: TestManager): Promise<string[]> {
  const { releases } = await (await manage(test, "/manager/releases")).json();
  return releases.map(({ name }: { name: string }) => name);
}

clusterTest(
  "cluster: a release that is put at one manager is offered and downloaded at the other, by ranges, also while there are no servers",
  async () => {
    await using server = await startOne();
    await using managers = await twoManagers(server);
    const { one, other } = managers;
    await one.enrol();
    assert.equal((await put(one, "agent", BYTES)).status, 200);
    const path = one.manager.releases?.folder.find("agent")?.path as string;
    const { ino } = await Deno.stat(path);
    const manifest = signedBy([KEY], releaseOf("agent", BYTES));
    assert.equal((await put(one, "agent.json", manifest)).status, 200);
    const agent = moved(one, other);
    const download = (headers: Record<string, string> = {}) =>
      agent.get("/api/v1/download?name=agent", {
        headers: { Authorization: `Bearer ${agent.agentToken}`, ...headers },
      });
    const whole = await download();
    assert.deepEqual([whole.status, whole.headers.get("ETag")], [200, `"${sha256(BYTES)}"`]);
    assert.deepEqual(await whole.bytes(), BYTES);
    await followed(async () => (await namesAt(other)).length === 2);
    assert.equal((await Deno.stat(path)).ino, ino, "who was given it makes no copy");
    await server.goAway();
    const rest = await download({ Range: "bytes=399990-", "If-Range": `"${sha256(BYTES)}"` });
    assert.deepEqual([rest.status, await rest.bytes()], [206, BYTES.slice(399_990)]);
    const offered = await agent.get("/api/v1/upgrade?platform=linux-x86_64&version=1.3.2");
    assert.equal(await offered.text(), manifest);
    await server.comeBack();
  },
);

clusterTest(
  "cluster: a release that is taken away or replaced at one manager is so at the other",
  async () => {
    await using server = await startOne();
    await using managers = await twoManagers(server);
    const { one, other } = managers;
    const read = async () => {
      const file = await other.manager.releases?.kept.find("agent");
      return file === undefined ? undefined : (await Deno.readFile(file.path)).length;
    };
    await put(one, "agent", BYTES);
    await followed(async () => await read() === BYTES.length);
    await put(other, "agent", content(7));
    assert.equal((await one.manager.releases?.kept.find("agent"))?.info.size, 7);
    const gone = await manage(one, "/manager/releases/agent", { method: "DELETE" });
    assert.equal(gone.status, 200);
    await followed(async () => await read() === undefined);
    await followed(async () => (await namesAt(other)).length === 0);
  },
);

clusterTest(
  "cluster: a file that no longer is on the cluster is not downloaded from what a manager has left of it",
  async () => {
    await using server = await startOne();
    using folder = new TempFolder();
    await Deno.mkdir(folder.file("cluster_releases"));
    await Deno.writeFile(folder.file("cluster_releases/agent"), BYTES);
    await Deno.mkdir(folder.file("releases"));
    await Deno.writeFile(folder.file("releases/agent"), BYTES);
    await using test = await TestManager.open({
      cluster: clusterOptions([server.url]),
      dataFolder: folder.path,
    });
    await assertRefused(await test.get("/api/v1/download?name=agent"), 404, 'No file "agent"');
    assert.deepEqual(Array.from(Deno.readDirSync(folder.file("cluster_releases"))), []);
    assert.equal(Deno.statSync(folder.file("releases/agent")).size, BYTES.length);
  },
);

clusterTest(
  "cluster: a release for which the cluster has no room is refused, and nothing is left of it",
  async () => {
    await using server = await startOne();
    using folder = new TempFolder();
    await using test = await TestManager.open({
      cluster: clusterOptions([server.url], { max_release_bytes: "1MiB" }),
      dataFolder: folder.path,
    });
    await assertRefused(await put(test, "agent", content(2_000_000)), 507, /max_release_bytes/);
    assert.deepEqual(Array.from(Deno.readDirSync(folder.file("cluster_releases"))), []);
    assert.equal((await put(test, "agent", BYTES)).status, 200);
  },
);
