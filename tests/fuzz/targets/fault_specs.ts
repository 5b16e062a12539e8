import assert from "node:assert/strict";
import fc from "fast-check";
import { parseFault } from "../../../mock_server/fault_spec.ts";
import { mutatedText, oddText } from "../harness/arbitraries.ts";
import { assertPlain } from "../harness/expectations.ts";
import type { FuzzTarget } from "../harness/target.ts";

const text = fc.oneof(
  mutatedText(
    "events:503:0.2",
    "events:latency:200ms",
    "events:429:0.1:retry-after=2:times=3",
    "login:401:1:message=no:code=7",
    "commands:drop-after-send",
    "all:slow-body:2s:0.5",
  ),
  oddText,
);

export const target: FuzzTarget = {
  about: "any --fault is one that can be carried out, or is refused with what would be right",
  weight: 4,
  open: () => ({
    property: fc.property(text, (text) => {
      try {
        const { action, probability, times } = parseFault(text);
        assert.ok(probability >= 0 && probability <= 1 && times >= 0);
        if (action.kind !== "status") return;
        // What an answer with this fault is made of.
        const headers = action.retryAfter === undefined ? {} : { "retry-after": action.retryAfter };
        new Response(JSON.stringify(action), {
          status: action.status,
          headers: new Headers(headers),
        });
      } catch (error) {
        assert.ok(error instanceof RangeError, String(error));
        assertPlain(error.message);
      }
    }),
  }),
};
