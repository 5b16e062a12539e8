import assert from "node:assert/strict";
import { parseEventBody } from "../../../src/manager/comms_api/event_body.ts";
import type { Stream } from "../../../src/shared/protocol/wire.ts";

const AGENT = '{"agent":{"id":"a1"}}';
const HEADER = '{"module":"logcollector","collector":"file"}';
const DATA = '{"event":{"original":"x"}}';
const CREATE = '{"module":"inventory","id":"p1","operation":"create"}';
const DELETE = '{"module":"inventory","id":"p2","operation":"delete"}';

function parse(stream: Stream, ...lines: string[]) {
  return parseEventBody(lines.join("\n"), { stream, agentId: "a1" });
}

function assertWrong(stream: Stream, lines: string[], message: string) {
  assert.throws(() => parse(stream, ...lines), { name: "ApiError", status: 400, message });
}

Deno.test("parseEventBody() counts stateless events and keeps their lines as they are", () => {
  const batch = parse("stateless", AGENT, HEADER, DATA, HEADER, '{ "a" : 1 }');
  assert.equal(batch.events, 2);
  assert.equal(batch.lines, `${HEADER}\n${DATA}\n${HEADER}\n{ "a" : 1 }`);
  assert.equal(batch.shutdown, false);
});

Deno.test("parseEventBody() takes a body with a newline at its end", () => {
  assert.equal(parse("stateless", AGENT, HEADER, DATA, "").lines, `${HEADER}\n${DATA}`);
});

Deno.test("parseEventBody() keeps an empty line for the data that a delete does not have", () => {
  const batch = parse("stateful", AGENT, DELETE, CREATE, DATA, DELETE);
  assert.equal(batch.events, 3);
  assert.equal(batch.lines, `${DELETE}\n\n${CREATE}\n${DATA}\n${DELETE}\n`);
  assert.deepEqual(batch.entries.map(({ id }) => id), ["p2", "p1", "p2"]);
});

Deno.test("parseEventBody() names the line that is wrong", () => {
  assertWrong("stateless", [""], "Line 1: not valid JSON");
  assertWrong("stateless", ["[]"], "Line 1: not a JSON object");
  assertWrong("stateless", ["{}"], 'Line 1: "agent" is not an object');
  assertWrong(
    "stateless",
    ['{"agent":{"id":"b"}}'],
    'Line 1: "agent.id" is not the agent of the token',
  );
  assertWrong("stateless", [AGENT], "Line 2: no event follows the agent line");
  assertWrong("stateless", [AGENT, "", DATA], "Line 2: not valid JSON");
  assertWrong("stateless", [AGENT, "{}", DATA], 'Line 2: a header needs a "module"');
  assertWrong("stateless", [AGENT, HEADER, DATA, HEADER, "{"], "Line 5: not valid JSON");
  assertWrong("stateless", [AGENT, HEADER, "7"], "Line 3: not a JSON object");
  assertWrong("stateless", [AGENT, HEADER], "Line 3: the data line of the last event is missing");
  assertWrong("stateless", [AGENT, HEADER, DATA, "", ""], "Line 4: not valid JSON");
  assertWrong(
    "stateless",
    [AGENT, '{"module":"m","collector":1}', DATA],
    'Line 2: "collector" is not a string',
  );
});

Deno.test("parseEventBody() allows ids and operations on the stateful stream only", () => {
  assertWrong("stateless", [AGENT, CREATE, DATA], 'Line 2: a stateless header has no "id"');
  const operation = '{"module":"m","operation":"create"}';
  assertWrong(
    "stateless",
    [AGENT, operation, DATA],
    'Line 2: a stateless header has no "operation"',
  );
  assertWrong("stateful", [AGENT, operation, DATA], 'Line 2: a stateful header needs an "id"');
  const move = '{"module":"m","id":"1","operation":"move"}';
  assertWrong(
    "stateful",
    [AGENT, move, DATA],
    'Line 2: "operation" is not create, update or delete',
  );
  assertWrong("stateful", [AGENT, CREATE], "Line 3: the data line of the last event is missing");
  assertWrong("stateful", [AGENT, DELETE, DATA], 'Line 3: a header needs a "module"');
});

Deno.test("parseEventBody() recognises the shutdown message on both streams", () => {
  const goodbye = '{"module":"agent","operation":"shutdown"}';
  assert.equal(parse("stateless", AGENT, HEADER, DATA, goodbye, DATA).shutdown, true);
  assertWrong(
    "stateless",
    [AGENT, '{"module":"other","operation":"shutdown"}', DATA],
    'Line 2: a stateless header has no "operation"',
  );
  const update = '{"module":"agent","id":"a1","operation":"update"}';
  const data = '{"agent":{"status":"shutdown"},"@timestamp":"2026-01-01T00:00:00.000Z"}';
  assert.equal(parse("stateful", AGENT, update, data).shutdown, true);
  assert.equal(parse("stateful", AGENT, CREATE, data).shutdown, false);
});

Deno.test("parseEventBody() refuses a line that is nested so deep that others could not read it", () => {
  const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
  assert.equal(parse("stateful", AGENT, CREATE, nested(256)).events, 1);
  for (const levels of [257, 200_000]) {
    assertWrong(
      "stateful",
      [AGENT, CREATE, nested(levels)],
      "Line 3: nested deeper than 256 levels",
    );
    assertWrong(
      "stateless",
      [AGENT, HEADER, nested(levels)],
      "Line 3: nested deeper than 256 levels",
    );
  }
  const lists = `{"module":"m","x":${"[".repeat(300)}${"]".repeat(300)}}`;
  assertWrong("stateless", [AGENT, lists, DATA], "Line 2: nested deeper than 256 levels");
});

Deno.test("parseEventBody() takes brackets in texts, and many beside each other, for no depth", () => {
  const texts = JSON.stringify({ "[{": '\\"[{'.repeat(1_000), list: Array(1_000).fill([{}]) });
  assert.equal(parse("stateless", AGENT, HEADER, texts).events, 1);
});
