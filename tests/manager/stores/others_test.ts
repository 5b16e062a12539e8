import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { EventRequest, Submission } from "../../../src/manager/stores/event_log.ts";
import { agent, contract } from "./contract.ts";

const AGENT = "01a1fbd6-506d-73a6-bc20-000000000001";
const OTHER = "01a1fbd6-506d-73a6-bc20-000000000002";

/** The arguments by which a batch of so many events is stored. */
function batch(
  agentId: string,
  { number, events }: { number: number; events: number },
): [EventRequest, () => Submission] {
  const stream = number % 5 === 0 ? "stateful" : "stateless";
  const key = `key ${number}`;
  const fingerprint = createHash("sha256").update(key).digest();
  const lines = Array.from({ length: events }, () => '{"module":"m"}\n{"event":"e"}').join("\n");
  const receivedAtMs = Date.now() + number;
  return [{ agentId, requestKey: { agentId, key, fingerprint } }, () => ({
    group: { receivedAtMs, agentId, stream, batchId: key, events, lines },
    answer: { status: 204, body: "" },
    shutdown: false,
    entries: [],
    reports: [],
  })];
}

contract(
  "Files hands out what was put last, and nothing that was not put",
  async ({ stores: { files } }) => {
    const bytes = (text: string) => new TextEncoder().encode(text);
    assert.equal(await files.get("web.yml"), undefined);
    await files.put("web.yml", bytes("a: 1"));
    await files.put("web.yml", bytes("a: 2"));
    assert.deepEqual((await files.get("web.yml"))?.content, bytes("a: 2"));
    await files.put("empty.yml", bytes(""));
    assert.deepEqual((await files.get("empty.yml"))?.content, bytes(""));
  },
);

contract(
  "KeyStore keeps keys in the order in which they were made, and forgets those that are over",
  async ({ keys }) => {
    const key = (kid: string) => ({ kid, made_at: Number(kid), jwk: { kty: "EC", d: "secret" } });
    assert.deepEqual(await keys.all(), []);
    await keys.add(key("1"), []);
    await keys.add(key("2"), []);
    assert.deepEqual((await keys.add(key("3"), [key("1")])).map(({ kid }) => kid), ["2", "3"]);
    assert.deepEqual(await keys.all(), [key("2"), key("3")]);
  },
);

contract(
  "Membership has this manager among those that live, with a duty in somebody's hands",
  async ({ stores: { members } }) => {
    await Promise.resolve();
    assert.deepEqual(members.live().map(({ node }) => node), [members.node]);
    assert.equal(members.holds("deadlines"), true);
  },
);

contract(
  "Batches shows the newest of an agent, of both streams, and those of no other",
  async ({ stores }) => {
    await stores.agents.add(agent(AGENT));
    await stores.agents.add({ ...agent(OTHER), name: "other" });
    assert.deepEqual(await stores.batches.newest(AGENT, 10), []);
    for (let number = 1; number <= 12; number++) {
      await stores.events.accept(...batch(AGENT, { number, events: number }));
    }
    await stores.events.accept(...batch(OTHER, { number: 13, events: 1 }));
    const shown = await stores.batches.newest(AGENT, 10);
    assert.deepEqual(
      shown.map(({ id, events }) => `${id} ${events}`),
      Array.from({ length: 10 }, (_, index) => `key ${12 - index} ${12 - index}`),
    );
  },
);

contract(
  "EndedSessions knows a session that was ended, at once, and no other",
  async ({ stores: { endedSessions } }) => {
    // After the time of either clock.
    const untilMs = Date.now() + 3_600_000;
    assert.equal(endedSessions.has("one"), false);
    await endedSessions.end("one", untilMs);
    await endedSessions.end("one", untilMs + 1);
    assert.deepEqual([endedSessions.has("one"), endedSessions.has("two")], [true, false]);
  },
);

contract(
  "States writes down how agents stand, and the last word counts",
  async ({ stores, store }) => {
    await stores.agents.add(agent(AGENT));
    const state = {
      agentId: AGENT,
      sinceMs: 1,
      heardAtMs: 2,
      address: "192.0.2.1",
      held: undefined,
    };
    await stores.states.save({ states: [{ ...state, state: "active" }] });
    await stores.states.save({ states: [{ ...state, state: "stopped" }] });
    const { name: _name, ...found } = store.agentStates.find(AGENT) ?? { name: "" };
    assert.deepEqual(found, { ...state, state: "stopped" });
    assert.equal(store.agentStates.counts().stopped, 1);
  },
);
