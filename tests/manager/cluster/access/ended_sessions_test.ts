import assert from "node:assert/strict";
import { eventually } from "../../../support/eventually.ts";
import { clusterTest, startOne } from "../../../support/nats_cluster.ts";
import { TestManager } from "../../harness.ts";
import { Visitor } from "../../page/visitor.ts";
import { clusterOptions } from "../../stores/contract.ts";

/** Two managers of one cluster, with the same session open at both. */
async function scene(url: string) {
  const options = clusterOptions([url]);
  const open = (node: string) => TestManager.open({ agent: false, cluster: { ...options, node } });
  const [one, other] = [await open("one"), await open("other")];
  const visitor = await new Visitor(one).logIn();
  const elsewhere = Object.assign(new Visitor(other), { cookie: visitor.cookie });
  await elsewhere.read("/page/fleet");
  return {
    one,
    visitor,
    statusElsewhere: async () => {
      const answer = await other.fetch("http://manager/page/fleet", {
        redirect: "manual",
        headers: { Cookie: elsewhere.cookie },
      });
      await answer.body?.cancel();
      return answer.status;
    },
    [Symbol.asyncDispose]: async () => {
      await one.manager.close();
      await other.manager.close();
    },
  };
}

clusterTest("cluster: who logs out at one manager is out at the other", async () => {
  await using server = await startOne();
  await using test = await scene(server.url);
  assert.equal(await test.statusElsewhere(), 200);
  await test.visitor.post("/page/log-out");
  await eventually(test.statusElsewhere, (status) => status === 303);
});

clusterTest(
  "cluster: a log-out while there are no servers holds at its manager, and at the other once they are back",
  async () => {
    await using server = await startOne();
    await using test = await scene(server.url);
    await server.goAway();
    const { cookie } = test.visitor;
    assert.equal((await test.visitor.post("/page/log-out")).status, 303);
    test.visitor.cookie = cookie;
    assert.equal((await test.visitor.get("/page/fleet")).status, 303);
    assert.equal(await test.statusElsewhere(), 200, "it cannot know");
    await server.comeBack();
    await eventually(async () => {
      await test.one.clock.advance(2_000);
      return await test.statusElsewhere();
    }, (status) => status === 303);
  },
);

clusterTest(
  "cluster: ended sessions are known to a manager that starts, and go when no token is good",
  async () => {
    await using server = await startOne();
    const cluster = clusterOptions([server.url]);
    const open = (node: string) =>
      TestManager.open({ agent: false, cluster: { ...cluster, node } });
    await using one = await open("one");
    const { endedSessions } = one.manager.stores;
    await endedSessions.end("ended", one.clock.now() + 1_000);
    await using other = await open("other");
    const known = other.manager.stores.endedSessions;
    assert.equal(known.has("ended"), true);
    await one.clock.advance(1_000);
    await endedSessions.end("next", one.clock.now() + 1_000);
    await eventually(() => Promise.resolve(endedSessions.has("ended")), (has) => !has);
    await using third = await open("third");
    assert.equal(third.manager.stores.endedSessions.has("ended"), false);
  },
);
