import assert from "node:assert/strict";
import { readResults } from "../../../../src/agent/comms/answers/event_results.ts";
import { sentStates } from "../../../../src/shared/protocol/stateful_headers.ts";
import { encodeStateful } from "../../../../src/shared/protocol/event_encoder.ts";

type Operation = "create" | "update" | "delete";

function states(...sent: [string, Operation][]) {
  return () => sent.map(([id, operation]) => ({ id, operation }));
}

function read(results: unknown[], sent: ReturnType<typeof states>) {
  return readResults({ results }, sent);
}

Deno.test("readResults() reads every status in the light of what was asked for", () => {
  const table: [Operation, number, string][] = [
    ["create", 200, "received"],
    ["update", 206, "received"],
    ["create", 409, "existing"],
    ["update", 409, "refused"],
    ["delete", 404, "received"],
    ["update", 404, "create"],
    ["create", 404, "refused"],
    ["update", 408, "again"],
    ["update", 425, "again"],
    ["delete", 429, "again"],
    ["create", 500, "again"],
    ["create", 599, "again"],
    ["create", 207, "refused"],
    ["create", 400, "refused"],
    ["delete", 403, "refused"],
  ];
  for (const [operation, status, fate] of table) {
    for (const said of [status, String(status)]) {
      const results = read(
        [{ index: "i", id: "a", status: said, result: "why" }],
        states(["a", operation]),
      );
      const expected = {
        received: {},
        existing: { existing: [0] },
        refused: { refused: [{ index: 0, status, reason: "why" }] },
        again: { again: [{ index: 0, reason: "why" }] },
        create: { again: [{ index: 0, reason: "why", operation: "create" }] },
      }[fate];
      assert.deepEqual(results, expected, `${operation} ${status}`);
    }
  }
});

Deno.test("readResults() has later events of an id follow an earlier one that is sent again, and creates it once", () => {
  const sent = states(["a", "update"], ["b", "update"], ["a", "update"], ["a", "update"]);
  const of = (...statuses: number[]) =>
    read(
      ["a", "b", "a", "a"].map((id, index) => ({ id, status: statuses[index], result: "why" })),
      sent,
    );
  const reason = "why";
  const follows = "an earlier event of the same id is sent again";
  assert.deepEqual(of(404, 404, 404, 404)?.again, [
    { index: 0, reason, operation: "create" },
    { index: 1, reason, operation: "create" },
    { index: 2, reason: follows, operation: "update" },
    { index: 3, reason: follows, operation: "update" },
  ]);
  assert.deepEqual(of(503, 200, 200, 400), {
    again: [{ index: 0, reason }, { index: 2, reason: follows, operation: "update" }],
    refused: [{ index: 3, status: 400, reason }],
  });
  assert.deepEqual(of(200, 200, 503, 200)?.again, [
    { index: 2, reason },
    { index: 3, reason: follows, operation: "update" },
  ]);
});

Deno.test("readResults() matches by id in any order, the n-th entry of an id with its n-th event, and misses what is not there", () => {
  const sent = states(["a", "update"], ["b", "create"], ["a", "update"], ["c", "delete"], [
    "7",
    "create",
  ]);
  const results = read([
    { index: "0", id: "x", status: 400 },
    { index: "0", id: "b", status: 400, error: { type: "mapper", reason: "no such field" } },
    { index: "0", id: "a", status: 200 },
    { index: "0", id: "a", status: 503 },
    { index: "0", id: 7, result: "created" },
  ], sent);
  assert.deepEqual(results, {
    refused: [{ index: 1, status: 400, reason: "no such field" }],
    again: [
      { index: 2, reason: "refused" },
      { index: 3, reason: "the server's answer does not mention it" },
    ],
  });
});

Deno.test("readResults() tells why an entry was refused, not only that it was", () => {
  const said: object[] = [
    { reason: "no field {foo}" },
    { message: "no field {foo}" },
    { error: { type: "mapper", reason: "no field {foo}" } },
    { error: "no field {foo}" },
    { detail: "no field {foo}" },
    { reason: "", message: "no field {foo}" },
    { reason: { type: "mapper", reason: "no field {foo}" }, message: "mapping failed" },
  ];
  for (const why of said) {
    const results = [{ id: "a", status: 400, result: "error", ...why }];
    const { refused = [] } = read(results, states(["a", "create"])) ?? {};
    assert.equal(refused[0]?.reason, "no field {foo}", JSON.stringify(why));
  }
});

Deno.test("readResults() goes by position when no entry has an id, and says when nothing can be read", () => {
  const sent = states(["a", "create"], ["b", "create"]);
  assert.deepEqual(read([{ status: 201 }, { status: 400, result: { type: "mapper" } }], sent), {
    refused: [{ index: 1, status: 400, reason: '{"type":"mapper"}' }],
  });
  assert.equal(read([null, 5, {}], sent), undefined);
  assert.deepEqual(read([], sent), {});
  assert.deepEqual(readResults({}, sent), {});
});

Deno.test("sentStates() reads the headers behind line 1, also of a delete", () => {
  const body = '{"agent":{}}' +
    encodeStateful({ module: "m", id: "a", operation: "delete" }) +
    encodeStateful({ module: "m", id: "b", operation: "update" }, { text: "x" });
  assert.deepEqual(sentStates(new TextEncoder().encode(body)), [
    { id: "a", operation: "delete" },
    { id: "b", operation: "update" },
  ]);
});

Deno.test("readResults() takes nothing for a status that is none, so that none is stored as one", () => {
  for (const status of [0.1, 1e300, -1, 0, 99, 600, NaN, "", " 200", "2e2", true, [200], {}]) {
    const results = [{ id: "a", status }, { id: "b", status: 200 }];
    const read = readResults({ results }, states(["a", "create"], ["b", "create"]));
    assert.deepEqual(read?.refused, undefined, String(status));
    assert.deepEqual(read?.again?.map(({ index }) => index), [0], String(status));
  }
});
