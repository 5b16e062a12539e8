import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { v7 } from "uuid";
import type { Submission } from "../../../src/manager/stores/event_log.ts";
import type { Stream } from "../../../src/shared/protocol/wire.ts";
import { agent, contract, type Scene } from "./contract.ts";

const AGENT = "01a1fbd6-506d-73a6-bc20-000000000001";

/** A batch of one event, as a request brings it. */
function batch(text: string, { key = v7(), stream = "stateless" as Stream, agentId = AGENT } = {}) {
  const fingerprint = createHash("sha256").update(`${stream}\n${text}`).digest();
  const request = { agentId, requestKey: { agentId, key, fingerprint } };
  const answer = stream === "stateless" ? { status: 204, body: "" } : {
    status: 200,
    body: JSON.stringify({ results: [{ index: "0", id: text, result: "created", status: 201 }] }),
  };
  const submission: Submission = {
    group: {
      receivedAtMs: 0,
      agentId,
      stream,
      batchId: key,
      events: 1,
      lines: stream === "stateless"
        ? `{"module":"m"}\n{"event":"${text}"}`
        : `{"module":"m","collector":"c","id":"${text}","operation":"create"}\n{"a":"${text}"}`,
    },
    answer,
    shutdown: false,
    entries: stream === "stateless" ? [] : [{
      module: "m",
      collector: "c",
      id: text,
      operation: "create",
      text: `{"a":"${text}"}`,
      data: { a: text },
    }],
    reports: [],
  };
  return {
    key,
    answer,
    accept: (scene: Scene) => scene.stores.events.accept(request, () => submission),
  };
}

async function withAgent({ stores }: Scene): Promise<void> {
  assert.equal(await stores.agents.add(agent(AGENT)), "added");
}

contract("EventLog stores a batch once, and answers a repeat the same", async (scene) => {
  await withAgent(scene);
  const one = batch("one");
  assert.deepEqual(await one.accept(scene), { kind: "stored", answer: one.answer });
  assert.deepEqual(await one.accept(scene), { kind: "repeat", answer: one.answer });
});

contract("EventLog stores one of many batches with one key that come at once", async (scene) => {
  await withAgent(scene);
  const one = batch("one");
  const kinds = await Promise.all(Array.from({ length: 8 }, () => one.accept(scene)));
  assert.deepEqual(kinds.map(({ kind }) => kind).sort(), [
    ...Array.from({ length: 7 }, () => "repeat"),
    "stored",
  ]);
});

contract("EventLog refuses a key that was used for another batch", async (scene) => {
  await withAgent(scene);
  const one = batch("one");
  await one.accept(scene);
  assert.deepEqual(await batch("two", { key: one.key }).accept(scene), { kind: "conflict" });
  assert.deepEqual(await one.accept(scene), { kind: "repeat", answer: one.answer });
});

contract(
  "EventLog knows late repeats, whatever came in between and in whichever order",
  async (scene) => {
    await withAgent(scene);
    const batches = Array.from({ length: 200 }, (_, index) => batch(`event ${index}`));
    const shuffled = batches.toSorted((one, two) => one.key.slice(-6) < two.key.slice(-6) ? -1 : 1);
    for (const one of shuffled) assert.equal((await one.accept(scene)).kind, "stored");
    for (const one of batches) assert.equal((await one.accept(scene)).kind, "repeat");
  },
);

contract("EventLog stores nothing for an agent that is not registered", async (scene) => {
  assert.deepEqual(await batch("one").accept(scene), { kind: "unknown agent" });
});

contract("EventLog tells agents apart that use one key", async (scene) => {
  await withAgent(scene);
  const other = AGENT.replace(/1$/, "2");
  await scene.stores.agents.add(agent(other));
  const one = batch("one");
  assert.equal((await one.accept(scene)).kind, "stored");
  assert.equal((await batch("two", { key: one.key, agentId: other }).accept(scene)).kind, "stored");
});

contract("EventLog passes on why a batch cannot be read, and stores nothing", async (scene) => {
  await withAgent(scene);
  const one = batch("one");
  const requestKey = { agentId: AGENT, key: one.key, fingerprint: new Uint8Array(32) };
  const fail = () => {
    throw new Error("line 2");
  };
  await assert.rejects(
    scene.stores.events.accept({ agentId: AGENT, requestKey }, fail),
    /line 2/,
  );
  assert.equal((await one.accept(scene)).kind, "stored");
});

contract(
  "EventLog says what was answered to a key, and nothing of one that it does not know",
  async (scene) => {
    await withAgent(scene);
    const [plain, stateful] = [batch("one"), batch("two", { stream: "stateful" })];
    await plain.accept(scene);
    await stateful.accept(scene);
    const { events } = scene.stores;
    assert.deepEqual(await events.answerTo(AGENT, plain.key), plain.answer);
    assert.deepEqual(await events.repeatUnread(AGENT, stateful.key), stateful.answer);
    assert.equal(await events.answerTo(AGENT, v7()), undefined);
  },
);

contract("EventLog has the documents of an agent follow its stateful events", async (scene) => {
  await withAgent(scene);
  await batch("one", { stream: "stateful" }).accept(scene);
  await batch("two", { stream: "stateful" }).accept(scene);
  const ids = scene.store.documents.list({ agentId: AGENT, limit: 10 }).map(({ id }) => id);
  assert.deepEqual(ids, ["one", "two"]);
});

contract(
  "EventLog shows the documents of an agent once they were waited for, and waits for nobody in vain",
  async (scene) => {
    await withAgent(scene);
    const { events } = scene.stores;
    await events.whenShown(AGENT);
    await batch("one", { stream: "stateful" }).accept(scene);
    await events.whenShown(AGENT);
    const counts = scene.store.documents.counts(AGENT);
    assert.deepEqual(counts.map(({ documents }) => documents), [1]);
    await events.whenShown("nobody");
  },
);
