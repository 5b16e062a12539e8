import assert from "node:assert/strict";
import { encodeLossNotice } from "../../../../src/agent/app/queue/loss_notice.ts";

const entry = {
  id: 1,
  stream: "stateless",
  events: 7,
  bytes: 70,
  reason: "file truncated",
  detail: "/a",
  first_at_ms: 0,
  last_at_ms: 0,
} as const;

function told(loss: Parameters<typeof encodeLossNotice>[0]): string {
  const [, data = ""] = encodeLossNotice(loss).trim().split("\n");
  return JSON.parse(data).event.original;
}

Deno.test("encodeLossNotice() says how much was lost, and of a note that nothing was", () => {
  assert.equal(told(entry), "7 events, 70 bytes lost: file truncated (/a)");
  const note = {
    ...entry,
    events: 0,
    bytes: 0,
    reason: "perhaps received twice",
    detail: "batch b",
  };
  assert.equal(told(note), "no event was lost: perhaps received twice (batch b)");
});
