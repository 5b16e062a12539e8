import assert from "node:assert/strict";
import { agent, contract } from "./contract.ts";
import { KEY } from "../harness.ts";

const A = "01a1fbd6-506d-73a6-bc20-000000000001";
const B = A.replace(/1$/, "2");
const C = A.replace(/1$/, "3");
const HOUR_MS = 3_600_000;

contract(
  "Agents registers an agent, and tells it that asks again that it is registered",
  async ({ stores }) => {
    assert.equal(await stores.agents.add(agent(A)), "added");
    assert.equal(await stores.agents.add(agent(A)), "repeated");
    assert.deepEqual([await stores.agents.has(A), await stores.agents.nameOf(A)], [true, A]);
    assert.deepEqual([await stores.agents.has(B), await stores.agents.nameOf(B)], [
      false,
      undefined,
    ]);
  },
);

contract("Agents refuses an id and a name that are another's", async ({ stores }) => {
  await stores.agents.add(agent(A, { name: "one" }));
  assert.equal(await stores.agents.add(agent(B, { name: "one" })), "name taken");
  assert.equal(await stores.agents.add(agent(A, { name: "two" })), "id taken");
  assert.equal(
    await stores.agents.add({ ...agent(A), key: "x".repeat(32), name: "one" }),
    "id taken",
  );
  assert.equal(await stores.agents.has(B), false);
});

contract("Agents lets one of several have a name that they ask for at once", async ({ stores }) => {
  const asked = [A, B, C].map((id) => stores.agents.add(agent(id, { name: "box" })));
  const outcomes = await Promise.all(asked);
  assert.deepEqual(outcomes.toSorted(), ["added", "name taken", "name taken"]);
});

contract("Agents knows the key of an agent", async ({ stores }) => {
  await stores.agents.add(agent(A));
  assert.equal(await stores.agents.checkKey(A, KEY), "ok");
  assert.equal(await stores.agents.checkKey(A, KEY.toUpperCase()), "wrong key");
  assert.equal(await stores.agents.checkKey(B, KEY), "unknown agent");
});

contract("Agents removes an agent once, and its id and name are free again", async ({ stores }) => {
  await stores.agents.add(agent(A, { name: "box" }));
  assert.deepEqual([await stores.agents.remove(A), await stores.agents.remove(A)], [true, false]);
  assert.equal(await stores.agents.has(A), false);
  assert.equal(await stores.agents.add(agent(B, { name: "box" })), "added");
  assert.equal(await stores.agents.add(agent(A)), "added");
});

contract("Agents puts an agent in the place of another, which is removed", async ({ stores }) => {
  await stores.agents.add(agent(A, { name: "box" }));
  assert.equal(await stores.agents.add(agent(B, { name: "box" }), { replaces: A }), "added");
  assert.deepEqual([await stores.agents.has(A), await stores.agents.has(B)], [false, true]);
});

contract(
  "Agents are seen with their groups by whoever looks without waiting",
  async ({ stores, store }) => {
    await stores.agents.add(agent(A, { groups: ["web", "db"] }));
    assert.deepEqual([store.agents.count(), store.memberships.groupsOf(A)], [1, ["web", "db"]]);
  },
);

const TOKEN = { groups: ["web"], uses: 1, expiresAtMs: HOUR_MS, createdBy: "me" };

contract(
  "Enrollments makes tokens that are found by their text until they expire",
  async ({ stores }) => {
    const { id, token } = await stores.enrollments.add(TOKEN, 0);
    const found = await stores.enrollments.find(token, 1);
    assert.deepEqual(found, { ...TOKEN, id, usesLeft: 1, createdAtMs: 0 });
    assert.equal(await stores.enrollments.find(token, HOUR_MS), undefined);
    assert.equal(await stores.enrollments.find(`${token.slice(0, -2)}AA`, 1), undefined);
    assert.deepEqual((await stores.enrollments.list()).map((one) => one.id), [id]);
    assert.deepEqual([await stores.enrollments.remove(id), await stores.enrollments.remove(id)], [
      true,
      false,
    ]);
    assert.equal(await stores.enrollments.find(token, 1), undefined);
  },
);

contract(
  "Enrollments lets no more agents register than a token allows, also at once",
  async ({ stores }) => {
    const { id, token } = await stores.enrollments.add(TOKEN, 0);
    const outcomes = await Promise.all(
      [A, B, C].map((one) => stores.agents.add(agent(one), { enrollmentId: id })),
    );
    assert.deepEqual(outcomes.toSorted(), ["added", "token used up", "token used up"]);
    const registered = [A, B, C][outcomes.indexOf("added")] ?? "";
    assert.equal(await stores.agents.add(agent(registered), { enrollmentId: id }), "repeated");
    assert.equal((await stores.enrollments.find(token, 1))?.usesLeft, 0);
  },
);
