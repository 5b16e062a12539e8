import assert from "node:assert/strict";
import { encodeLines } from "../../../src/collectors/logcollector/line_encoder.ts";
import { encodeStateless } from "../../../src/comms/event_encoder.ts";

const header = { module: "logcollector", collector: "file" };
const created = "2026-02-19T20:25:46.807Z";

Deno.test("encodeLines() gives the bytes of encodeStateless()", () => {
  const path = `/var/log/"odd" $& {"original":"x"}\\.log`;
  const lines = ["plain", `quote " backslash \\ tab \t $& $1`, "ä€😀\u2028\0\u001b[0m"];
  const expected = lines.map((original) =>
    encodeStateless(header, { event: { original, created }, log: { file: { path } } })
  );
  assert.deepEqual(encodeLines({ lines, cut: [] }, { path, created }), expected);
});

Deno.test("encodeLines() flags the lines that were cut", () => {
  const file = { path: "/x.log" };
  const [first, second] = encodeLines({ lines: ["a", "b"], cut: [1] }, { ...file, created });
  const event = (original: string) => ({ original, created });
  assert.equal(first, encodeStateless(header, { event: event("a"), log: { file } }));
  assert.equal(
    second,
    encodeStateless(header, { event: event("b"), log: { file, flags: ["truncated"] } }),
  );
});
