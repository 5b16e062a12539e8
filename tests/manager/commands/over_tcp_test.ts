import assert from "node:assert/strict";
import { startMockManager } from "../../../mock_server/mock_manager.ts";
import type { RunningManager } from "../../../src/manager/server.ts";
import { TestClient } from "../harness.ts";
import { command, COMMANDS, report } from "./scene.ts";

type OpenMockOptions = NonNullable<Parameters<typeof startMockManager>[0]>;

const OPTIONS = { managementPort: 0, commsPort: 0, http: true };

/** A manager on real ports with one agent, and what its user sends and sees. */
async function open(options: OpenMockOptions) {
  const running = await startMockManager({ ...OPTIONS, ...options });
  const agent = await new TestClient(fetch, running.managementUrl, running.commsUrl).enrol();
  return { agent, running, [Symbol.asyncDispose]: () => running.stop() };
}

async function manage(running: RunningManager, agent: TestClient, path: string, body?: unknown) {
  const answer = await fetch(`${running.managementUrl}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      "Authorization": `Bearer ${await agent.userToken()}`,
      "Content-Type": "application/json",
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return await answer.json();
}

/** Polls until an answer with commands arrives; a connection that is cut is polled again. */
async function pollUntilAnswered(agent: TestClient): Promise<{ document_id: string }[]> {
  for (;;) {
    try {
      const answer = await agent.get(COMMANDS);
      const body = await answer.json();
      if (answer.ok) return body.commands;
    } catch (error) {
      assert.ok(error instanceof TypeError);
    }
  }
}

Deno.test("drop-after-send writes orders down as sent and cuts; the next poll has them again", async () => {
  const faults = ["commands:drop-after-send:times=2"];
  await using scene = await open({ faults, offerGraceMs: 1 });
  const { agent, running } = scene;
  const target = { type: "agent", id: agent.agentId };
  const { _documents } = await manage(running, agent, "/_plugins/_command_manager/commands", {
    commands: [command({ target })],
  });
  const [taken] = await pollUntilAnswered(agent);
  assert.equal(taken?.document_id, _documents[0]._id);
  const sent = (await manage(running, agent, "/manager/orders")).orders[0];
  assert.deepEqual([sent.status, sent.offers], ["sent", 3]);
  await report(agent, sent.document_id, { code: 0 });
  const { requests } = await agent.stats();
  assert.deepEqual(requests.commands, { 200: 1, cut: 2 });
  assert.equal((await manage(running, agent, "/manager/requests/1")).success, 1);
});

Deno.test("new orders are handed on over HTTP when a URL is given, until they are accepted", async () => {
  const posts: { authorization: string | null; path: string; body: unknown }[] = [];
  const accepted = Promise.withResolvers<void>();
  await using server = Deno.serve({ port: 0, onListen: () => {} }, async (request) => {
    const authorization = request.headers.get("Authorization");
    posts.push({ authorization, path: new URL(request.url).pathname, body: await request.json() });
    if (posts.length === 1) return new Response(null, { status: 503 });
    accepted.resolve();
    return new Response();
  });
  const acceptCommandsUrl = `http://127.0.0.1:${server.addr.port}`;
  await using scene = await open({ acceptCommandsUrl });
  const { agent, running } = scene;
  const target = { type: "agent", id: agent.agentId };
  const { _documents } = await manage(running, agent, "/_plugins/_command_manager/commands", {
    commands: [command({ target })],
  });
  await accepted.promise;
  assert.equal(posts.length, 2);
  assert.deepEqual(posts[0]?.body, posts[1]?.body);
  assert.equal(posts[1]?.path, "/accept_commands");
  assert.match(posts[1]?.authorization ?? "", /^Bearer ey/);
  const { name, version } = { name: "fetch-config", version: "5.0.0" };
  assert.deepEqual(posts[1]?.body, {
    commands: [{
      document_id: _documents[0]._id,
      request_id: "1",
      order_id: "1",
      target,
      action: { name, version },
      timeout: 100,
    }],
  });
});
