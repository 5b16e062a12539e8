import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeLines } from "../../../src/agent/modules/logcollector/lines/line_encoder.ts";
import { parseEventBody } from "../../../src/manager/comms_api/event_body.ts";
import { encodeStateful } from "../../../src/shared/protocol/event_encoder.ts";
import { eventEnds } from "../../../src/shared/protocol/event_boundaries.ts";
import { oddJson, oddText } from "../harness/arbitraries.ts";
import type { FuzzTarget } from "../harness/target.ts";

const AGENT = "019b5e3f-7f00-7000-8000-000000000001";
const AGENT_LINE = JSON.stringify({ agent: { id: AGENT } });
const CREATED = "2026-01-01T00:00:00.000Z";
const encoder = new TextEncoder();

/** What the line splitter gives: text that came out of a decoder, without line ends, none of it empty. */
const line = fc.oneof(
  oddText,
  fc.string({ unit: fc.constantFrom("\\", '"', "\x7f", "$", "&", "n", "é") }),
)
  .map((text) => text.replaceAll("\n", " ").toWellFormed() || "x");
const lines = fc.array(line, { minLength: 1, maxLength: 6 });

const states = fc.array(
  fc.record({
    module: oddText.map((text) => text || "m"),
    id: oddText.map((text) => text || "i"),
    operation: fc.constantFrom("create", "update", "delete"),
    data: fc.dictionary(oddText, oddJson()),
  }),
  { minLength: 1, maxLength: 5 },
);

/** What a manager makes of encoded events. */
function decoded(stream: "stateless" | "stateful", encoded: string) {
  const ends = eventEnds(stream, encoder.encode(encoded));
  // What goes over the wire are bytes.
  const text = new TextDecoder().decode(encoder.encode(AGENT_LINE + encoded));
  const batch = parseEventBody(text, { stream, agentId: AGENT });
  assert.equal(batch.events, ends.length);
  return batch;
}

function originals(text: string): string[] {
  const batch = decoded("stateless", text);
  return batch.lines.split("\n").filter((_, index) => index % 2 === 1)
    .map((data) => JSON.parse(data).event.original);
}

export const target: FuzzTarget = {
  about: "what the agent encodes the manager decodes to the same, by either way of the encoder",
  weight: 10,
  open: () => ({
    property: fc.property(lines, line, states, (lines, path, states) => {
      const origin = { path, created: CREATED };
      const together = encodeLines({ kind: "text", text: lines.join("\n") }, origin);
      const each = encodeLines({ kind: "list", lines, cut: [] }, origin);
      assert.deepEqual(together, each);
      assert.deepEqual(originals(together.text), lines);

      const encoded = states.map(({ data, ...header }) => encodeStateful(header, data)).join("");
      const { entries } = decoded("stateful", encoded);
      const told = entries.map(({ module, id, operation }) => ({ module, id, operation }));
      assert.deepEqual(told, states.map(({ data: _data, ...header }) => header));
    }),
  }),
};
