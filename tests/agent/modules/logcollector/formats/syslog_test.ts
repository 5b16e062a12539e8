import assert from "node:assert/strict";
import { parseSyslog } from "../../../../../src/agent/modules/logcollector/formats/syslog.ts";

const NOW = new Date(2026, 0, 2, 12).getTime();
const timeOf = (text: string) => parseSyslog(text, NOW)?.["@timestamp"];

Deno.test("parseSyslog() gives a time without a year the latest year that is not more than a day ahead", () => {
  assert.equal(timeOf("Dec 31 23:59:59 h a: x"), new Date(2025, 11, 31, 23, 59, 59).toISOString());
  assert.equal(timeOf("Jan  3 11:00:00 h a: x"), new Date(2026, 0, 3, 11).toISOString());
  assert.equal(timeOf("Jan  4 13:00:00 h a: x"), new Date(2025, 0, 4, 13).toISOString());
});

Deno.test("parseSyslog() gives nothing for what is no syslog", () => {
  for (
    const text of [
      "",
      "x",
      "<999>1 - - - - - - x",
      "Foo 12 00:00:00 h a: x",
      "<34>1 2026",
      "2026-01-01T00:00:00Z",
    ]
  ) {
    assert.equal(parseSyslog(text, NOW), undefined, text);
  }
});

Deno.test("parseSyslog() reads a message without a tag, and structured data that is not closed is none", () => {
  assert.equal(parseSyslog("Jan  1 00:00:00 h just text", NOW)?.message, "just text");
  assert.equal(parseSyslog('<34>1 - h a - - [x y="z" no end', NOW), undefined);
  assert.equal(parseSyslog("<34>1 - h a - - [x] ", NOW)?.message, "");
});

Deno.test("parseSyslog() reads a year, and the colons that devices put behind their name", () => {
  for (const host of ["fw1 :", "fw1:", "fw1"]) {
    const parsed = parseSyslog(`Nov  5 2024 09:08:07 ${host} %ASA-6-302013: Built`, Date.now());
    assert.equal(parsed?.["@timestamp"], new Date(2024, 10, 5, 9, 8, 7).toISOString());
    assert.deepEqual(parsed?.log, { syslog: { hostname: "fw1", appname: "%ASA-6-302013" } }, host);
    assert.equal(parsed?.message, "Built");
  }
});
