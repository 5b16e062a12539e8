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

Deno.test("parseSyslog() reads in a file what devices and relays write, as from the network", () => {
  const read = (text: string) => {
    const { log, message, "@timestamp": at } = parseSyslog(text, NOW) ?? {};
    const { hostname, appname, procid } = (log as { syslog?: Record<string, string> })?.syslog ??
      {};
    return [at, hostname, appname, procid, message];
  };
  const at = "2026-01-01T10:00:00.000Z";
  for (
    const [text, ...wanted] of [
      ["<189>83: fw1: *Jan  1 10:00:00.000 UTC: %SYS-5-CONFIG_I: x", "fw1", "%SYS-5-CONFIG_I"],
      ["Thu Jan  1 2026 10:00:00 UTC: fw1 : %ASA-6-302013: x", "fw1", "%ASA-6-302013"],
      ["<13>Jan  1 10:00:00 UTC 2026 h/relay app[7] x", "h/relay", "app", "7"],
      ["2026-01-01T11:00:00.000+0100 source@h app: x", "source@h", "app"],
    ]
  ) {
    const [, hostname, appname, procid, message] = read(text ?? "");
    assert.deepEqual([hostname, appname, procid, message], [wanted[0], wanted[1], wanted[2], "x"]);
    assert.equal(new Date(String(read(text ?? "")[0])).toISOString(), at, text);
  }
  const twice = parseSyslog('<34>1 - h a - - [id x="1" x="2"] m', NOW)?.log;
  assert.deepEqual((twice as { syslog: { structured_data: unknown } }).syslog.structured_data, {
    id: { x: ["1", "2"] },
  });
});

Deno.test("parseSyslog() leaves times alone with which logs of programs begin", () => {
  for (const time of ["2026-01-01 10:00:00", "2026-01-01 10:00:00,123", "1767261600.123", "83:"]) {
    assert.equal(parseSyslog(`${time} INFO app: x`, NOW), undefined, time);
  }
});
