import assert from "node:assert/strict";
import { type AgentNumbers, isFollowing } from "../../../mock_server/demo/agent_numbers.ts";

function numbers(collectors: AgentNumbers["collectors"]): AgentNumbers {
  return {
    state: { name: "starting", reason: null },
    streams: { stateless: { queued_events: 0, sent_events: 0, acknowledged_events: 0 } },
    collectors,
  };
}

Deno.test("isFollowing() is false until a file is followed, also when the local API answers", () => {
  assert.equal(isFollowing(undefined), false);
  assert.equal(isFollowing(numbers([])), false);
  assert.equal(isFollowing(numbers([{ events: 0, details: {} }])), false);
  assert.equal(isFollowing(numbers([{ events: 0, details: { files: 0 } }])), false);
  assert.equal(isFollowing(numbers([{ events: 0, details: { files: 2 } }])), true);
});
