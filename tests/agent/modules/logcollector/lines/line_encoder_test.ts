import assert from "node:assert/strict";
import { encodeLines } from "../../../../../src/agent/modules/logcollector/lines/line_encoder.ts";
import { encodeStateless } from "../../../../../src/shared/protocol/event_encoder.ts";

const header = { module: "logcollector", collector: "file" };
const created = "2026-02-19T20:25:46.807Z";
const path = `/var/log/"odd" $& $1 {"original":"x"}\\.log`;

const TEXTS: Record<string, string[]> = {
  "one line": ["alone"],
  "plain lines": ["plain", "of text", `with "quotes", tab \t, $& $1 $$`],
  "other scripts": ["ä€😀\u2028", "\u001b[0m", "\ufeff mark"],
  "backslashes": ["C:\\new\\n", "\\", "tail \\n", "plain"],
  "the stand-in": ["del \x7f", "plain"],
  "backslashes and the stand-in": ["del \x7f \\n", "plain \\", "\x7f"],
};

for (const [name, lines] of Object.entries(TEXTS)) {
  Deno.test(`encodeLines() gives the bytes of encodeStateless(): ${name}`, () => {
    const expected = lines.map((original) =>
      encodeStateless(header, { event: { original, created }, log: { file: { path } } })
    );
    const encoded = { events: lines.length, text: expected.join("") };
    const origin = { path, created };
    assert.deepEqual(encodeLines({ kind: "text", text: lines.join("\n") }, origin), encoded);
    assert.deepEqual(encodeLines({ kind: "list", lines, cut: [] }, origin), encoded);
  });
}

Deno.test("encodeLines() flags the lines that were cut", () => {
  const file = { path: "/x.log" };
  const origin = { ...file, created };
  const { events, text } = encodeLines({ kind: "list", lines: ["a", "b"], cut: [1] }, origin);
  const event = (original: string) => ({ original, created });
  const uncut = encodeStateless(header, { event: event("a"), log: { file } });
  const cut = encodeStateless(header, {
    event: event("b"),
    log: { file, flags: ["truncated"] },
  });
  assert.equal(events, 2);
  assert.equal(text, uncut + cut);
});
