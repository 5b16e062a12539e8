import assert from "node:assert/strict";
import {
  entriesBetween,
  isBehind,
  parsePosition,
  positionAt,
  serializePosition,
  wasRead,
} from "../../../../src/agent/modules/journald/position.ts";
import { cursorOf } from "./support/export_text.ts";

const OTHER = "6".repeat(32);
const place = (number: number, sequence?: string) => ({
  cursor: cursorOf(number, sequence),
  realtimeUs: 1_000_000 + number,
});

Deno.test("positionAt() keeps the highest number of each sequence", () => {
  const first = positionAt(place(300), undefined);
  const second = positionAt(place(7, OTHER), first);
  const back = positionAt(place(20), second);
  assert.equal(wasRead(cursorOf(300), back), true);
  assert.equal(wasRead(cursorOf(301), back), false);
  assert.equal(wasRead(cursorOf(7, OTHER), back), true);
  assert.equal(wasRead(cursorOf(1, "7".repeat(32)), back), undefined);
});

Deno.test("positionAt() remembers a bounded number of sequences, the latest", () => {
  let position = positionAt(place(1), undefined);
  for (let index = 0; index < 100; index++) {
    position = positionAt(place(1, index.toString(16).padStart(32, "0")), position);
  }
  assert.equal(Object.keys(position.sequences).length, 64);
  assert.equal(wasRead(cursorOf(1), position), undefined);
});

Deno.test("isBehind() goes by numbers before it goes by times, which may be set back", () => {
  const position = positionAt(place(10), undefined);
  assert.equal(isBehind({ cursor: cursorOf(11), realtimeUs: 0 }, position), true);
  assert.equal(isBehind({ cursor: cursorOf(9), realtimeUs: 9e15 }, position), false);
  assert.equal(isBehind({ cursor: cursorOf(1, OTHER), realtimeUs: 9e15 }, position), true);
  assert.equal(isBehind({ cursor: cursorOf(99, OTHER), realtimeUs: 0 }, position), false);
});

Deno.test("entriesBetween() counts within one sequence only", () => {
  assert.equal(entriesBetween(cursorOf(3), cursorOf(10)), 6);
  assert.equal(entriesBetween(cursorOf(3), cursorOf(4)), 0);
  assert.equal(entriesBetween(cursorOf(3), cursorOf(10, OTHER)), undefined);
});

Deno.test("parsePosition() reads what serializePosition() wrote, and nothing that is damaged", () => {
  const position = positionAt(place(10), undefined);
  assert.deepEqual(parsePosition(serializePosition(position)), position);
  for (const damaged of ["", "{}", '{"v":2}', "null", serializePosition(position).slice(0, -3)]) {
    assert.equal(parsePosition(damaged), undefined);
  }
});
