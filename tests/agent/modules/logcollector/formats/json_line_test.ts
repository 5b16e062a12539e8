import assert from "node:assert/strict";
import { parseJsonLine } from "../../../../../src/agent/modules/logcollector/formats/json_line.ts";

const read = (value: unknown) =>
  JSON.parse(JSON.stringify(parseJsonLine(JSON.stringify(value)) ?? null));

Deno.test("parseJsonLine() puts what loggers write where the schema has it", () => {
  assert.deepEqual(read({ severity: "WARNING", message: "m", ts: 1795654621.5, traceId: "t" }), {
    log: { level: "warning" },
    message: "m",
    "@timestamp": "2026-11-26T00:57:01.500Z",
    trace: { id: "t" },
  });
});

Deno.test("parseJsonLine() keeps what does not fit its field, as it was", () => {
  assert.deepEqual(read({ time: "soon", status: "ok", level: "", msg: { a: 1 }, pid: null }), {
    json: { time: "soon", status: "ok", level: "", msg: { a: 1 }, pid: null },
  });
});

Deno.test("parseJsonLine() takes the first of two names of one field and keeps the other", () => {
  assert.deepEqual(read({ msg: "a", message: "b" }), { message: "a", json: { message: "b" } });
});

Deno.test("parseJsonLine() lets no line say what the agent says", () => {
  const forged = {
    event: { original: "x" },
    "event.created": "x",
    log: { flags: ["x"] },
    agent: { id: "x" },
  };
  assert.deepEqual(read(forged), { json: forged });
  const deep = { "log.file.path": "x", "event": { "original": "x" } };
  assert.deepEqual(read(deep), { json: deep });
});

Deno.test("parseJsonLine() takes objects only, not too deep, and changes no prototype", () => {
  for (const text of ["[1]", "17", '"x"', "{", "", "null"]) {
    assert.equal(parseJsonLine(text), undefined);
  }
  const deep = '{"a":'.repeat(10_000) + "1" + "}".repeat(10_000);
  assert.equal(parseJsonLine(deep), undefined);
  parseJsonLine(
    '{"__proto__":{"polluted":1},"user.__proto__.polluted":1,"constructor":{"prototype":{}}}',
  );
  assert.equal(Object.hasOwn(Object.prototype, "polluted"), false);
});

Deno.test("parseJsonLine() keeps whole numbers that are too long to be exact, as text", () => {
  const line = '{"id":9223372036854775807,"n":-9007199254740993,"ok":4111111111111111,"f":1.10}';
  assert.deepEqual({ ...parseJsonLine(line)?.json as object }, {
    id: "9223372036854775807",
    n: "-9007199254740993",
    ok: 4111111111111111,
    f: 1.1,
  });
});

Deno.test("parseJsonLine() reads seconds with a fraction to the millisecond", () => {
  const time = parseJsonLine('{"ts":1764126000.123}')?.["@timestamp"];
  assert.equal(time, "2025-11-26T03:00:00.123Z");
});

Deno.test("parseJsonLine() replaces half a character, and keeps a whole one", () => {
  const members = parseJsonLine(String.raw`{"msg":"cut \ud83d","x":"\uD83D\uDE00"}`);
  assert.equal(members?.message, "cut \ufffd");
  assert.deepEqual({ ...members?.json as object }, { x: "\u{1f600}" });
});
