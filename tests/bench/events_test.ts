import assert from "node:assert/strict";
import { eventsOfSize, eventsWithPayload, logText } from "../../bench/support/events.ts";
import { textsOf } from "../support/queues.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

Deno.test("eventsOfSize() encodes events of exactly that size, each another", () => {
  const events = eventsOfSize(120, 350);
  assert.deepEqual(new Set(events.map((event) => bytesOf(event).length)), new Set([350]));
  assert.equal(new Set(events).size, 120);
});

Deno.test("eventsWithPayload() gives each event a text of that length", () => {
  const [text] = textsOf(bytesOf(eventsWithPayload(1, 1_000).join("")));
  assert.equal(text?.length, 1_000);
});

Deno.test("logText() writes lines of exactly that size with their newline, each another", () => {
  const lines = logText(120, 350).split("\n");
  assert.equal(lines.pop(), "");
  assert.deepEqual(new Set(lines.map((line) => bytesOf(line).length)), new Set([349]));
  assert.equal(new Set(lines).size, 120);
});
