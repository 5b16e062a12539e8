import assert from "node:assert/strict";
import { entryTest } from "../../../../src/agent/modules/journald/conditions.ts";
import {
  EntryEncoder,
  neededFields,
  type ShownFields,
} from "../../../../src/agent/modules/journald/entry_event.ts";
import { ExportParser } from "../../../../src/agent/modules/journald/export_parser.ts";
import { exportOf, type Field } from "./support/export_text.ts";

const LIMITS = { maxValueBytes: 1_000, maxEntryBytes: 10_000 };
const NONE = entryTest([]);

/** What becomes of an entry with these fields, and what was counted. */
function encode(fields: readonly [string, string | Uint8Array][], shown: ShownFields = "none") {
  const bytes = fields.map((
    [name, value],
  ): Field => [name, typeof value === "string" ? new TextEncoder().encode(value) : value]);
  const [entry] = new ExportParser(LIMITS).push(exportOf([bytes]));
  const encoder = new EntryEncoder(NONE, shown);
  const text = encoder.encode(entry ?? assert.fail(), {
    realtimeUs: 1_764_000_000_000_042,
    created: "2026-01-01T00:00:00.000Z",
  });
  const data = text === undefined ? undefined : JSON.parse(text.split("\n")[2] ?? "");
  return { data, counts: encoder.counts };
}

Deno.test("EntryEncoder names the provider by unit, then by program, then not at all", () => {
  const providerOf = (fields: Record<string, string>) =>
    encode([["MESSAGE", "m"], ...Object.entries(fields)]).data.event.provider;
  assert.equal(providerOf({ SYSLOG_IDENTIFIER: "a", _SYSTEMD_UNIT: "b.service" }), "b.service");
  assert.equal(providerOf({ SYSLOG_IDENTIFIER: "ä" }), "ä");
  assert.equal(providerOf({}), "unknown");
});

Deno.test("EntryEncoder leaves out what says nothing, and makes lines of several messages", () => {
  assert.deepEqual(encode([["_PID", "1"]]).counts.empty, 1);
  assert.deepEqual(encode([["MESSAGE", ""]], ["_PID"]).data, undefined);
  assert.equal(
    encode([["MESSAGE", "one"], ["A", "x"], ["MESSAGE", "two"]]).data.event.original,
    "one\ntwo",
  );
  const { event, journald } = encode([["MESSAGE", ""], ["_PID", "1"]], ["_PID"]).data;
  assert.deepEqual([event.original, journald], ["", { _PID: "1" }]);
});

Deno.test("EntryEncoder shows the fields that are asked for, all of them without their place", () => {
  const fields: [string, string][] = [
    ["__CURSOR", "s=1"],
    ["MESSAGE", "m"],
    ["A", "ü"],
    ["B", "1"],
    ["B", "2"],
  ];
  assert.deepEqual(encode(fields, "all").data.journald, { A: "ü", B: ["1", "2"] });
  assert.deepEqual(encode(fields, ["B", "C"]).data.journald, { B: ["1", "2"] });
  assert.equal(encode(fields).data.journald, undefined);
  assert.equal(neededFields(NONE, "all"), undefined);
  assert.deepEqual(neededFields(NONE, ["_PID", "MESSAGE"])?.sort(), [
    "MESSAGE",
    "SYSLOG_IDENTIFIER",
    "_PID",
    "_SYSTEMD_UNIT",
  ]);
});

Deno.test("EntryEncoder marks and counts what was cut, and what is not UTF-8", () => {
  const long = encode([["MESSAGE", "x".repeat(1_500)]]);
  assert.deepEqual([long.data.log, long.data.event.original.length], [
    { flags: ["truncated"] },
    1_000,
  ]);
  assert.deepEqual([long.counts.cut, long.counts.cut_bytes], [1, 500]);
  const odd = encode([["MESSAGE", new Uint8Array([97, 255, 98])]]);
  assert.deepEqual([odd.data.event.original, odd.counts.invalid_utf8], ["a\ufffdb", 1]);
  assert.equal(odd.data["@timestamp"], "2025-11-24T16:00:00.000042Z");
});
