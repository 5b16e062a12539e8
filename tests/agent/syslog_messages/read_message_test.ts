import assert from "node:assert/strict";
import { readMessage } from "../../../src/agent/syslog_messages/read_message.ts";

const nowMs = Date.UTC(2026, 10, 26, 12);
const network = { nowMs, isLocal: false };
const local = { nowMs, isLocal: true };

/** As the clock of the machine that runs the test has it. */
function here(...parts: [number, number, number, number, number, number]): string {
  return new Date(...parts).toISOString();
}

Deno.test("readMessage takes a message of RFC 5424 apart", () => {
  const message = readMessage(
    '<165>1 2003-10-11T22:14:15.003Z host.example evntslog 42 ID47 [ex@32473 iut="3" a="b \\"\\]\\\\"][x] \ufefftext [not data]',
    network,
  );
  assert.deepEqual(message.header, {
    version: "1",
    timestamp: "2003-10-11T22:14:15.003Z",
    hostname: "host.example",
    appname: "evntslog",
    procid: "42",
    msgid: "ID47",
    structuredData: { "ex@32473": { iut: "3", a: 'b "]\\' }, x: {} },
  });
  assert.equal(message.text, "text [not data]");
  assert.deepEqual(message.priority, {
    priority: 165,
    facility: { code: 20, name: "local4" },
    severity: { code: 5, name: "notice" },
  });
  assert.equal(message.malformed, false);
});

Deno.test("readMessage leaves out what RFC 5424 says is nil", () => {
  for (const [text, rest] of [["<0>1 - - - - - -", ""], ["<0>1 - - - - - - hi", "hi"]] as const) {
    const { header, text: found, malformed } = readMessage(text, network);
    assert.deepEqual([header, found, malformed], [{ version: "1" }, rest, false]);
  }
});

Deno.test("readMessage keeps every value of a name that comes twice, and names that are odd", () => {
  const { header } = readMessage(
    '<0>1 - - - - - [o ip="1" ip="2" ip="3" __proto__="x"] m',
    network,
  );
  assert.equal(
    JSON.stringify(header.structuredData),
    '{"o":{"ip":["1","2","3"],"__proto__":"x"}}',
  );
});

Deno.test("readMessage says so when a message of RFC 5424 breaks off, and keeps its text", () => {
  for (
    const rest of [
      "1 2003-10-11T22:14:15Z h a - - [x y=1] t",
      "1 2003-13-41T22:14:15Z h a - - - t",
      "1 - h",
      '1 - h a - - [x y="',
    ]
  ) {
    const { text, malformed, header } = readMessage(`<13>${rest}`, network);
    assert.deepEqual([text, malformed, header], [rest, true, {}]);
  }
});

Deno.test("readMessage takes older messages apart", () => {
  const at = here(2026, 10, 5, 9, 8, 7);
  for (
    const [text, header, rest] of [
      ["Nov  5 09:08:07 web1 sshd[42]: hi", {
        timestamp: at,
        hostname: "web1",
        appname: "sshd",
        procid: "42",
      }, "hi"],
      [
        "Nov  5 09:08:07 fe80::1 app: hi",
        { timestamp: at, hostname: "fe80::1", appname: "app" },
        "hi",
      ],
      ["Nov  5 09:08:07 app: hi", { timestamp: at, appname: "app" }, "hi"],
      [
        "Nov 5 2026 09:08:07: %ASA-6-302013: Built",
        { timestamp: at, appname: "%ASA-6-302013" },
        "Built",
      ],
      ["2026-11-05T09:08:07.123456+01:00 web1 app[1]: hi", {
        timestamp: "2026-11-05T09:08:07.123456+01:00",
        hostname: "web1",
        appname: "app",
        procid: "1",
      }, "hi"],
      ["app: hi", { appname: "app" }, "hi"],
      ["just words", {}, "just words"],
      ["", {}, ""],
    ] as const
  ) {
    const message = readMessage(`<13>${text}`, network);
    assert.deepEqual(
      [message.header, message.text, message.malformed],
      [header, rest, false],
      text,
    );
  }
});

Deno.test("readMessage reads no host where a program of this machine sent a message", () => {
  const { header, text } = readMessage("<13>Nov  5 09:08:07 my tag is odd", local);
  assert.deepEqual([header, text], [{ timestamp: here(2026, 10, 5, 9, 8, 7) }, "my tag is odd"]);
});

Deno.test("readMessage takes the year that makes a short timestamp the latest one", () => {
  const january = { nowMs: new Date(2027, 0, 1, 0, 5).getTime(), isLocal: false };
  const time = (text: string, when = january) => readMessage(text, when).header.timestamp;
  assert.equal(time("<1>Dec 31 23:59:59 h a: x"), here(2026, 11, 31, 23, 59, 59));
  assert.equal(time("<1>Jan  1 00:04:59 h a: x"), here(2027, 0, 1, 0, 4, 59));
  // A clock that is ahead.
  const december = { nowMs: new Date(2026, 11, 31, 23, 59).getTime(), isLocal: false };
  assert.equal(time("<1>Jan  1 00:00:10 h a: x", december), here(2027, 0, 1, 0, 0, 10));
});

Deno.test("readMessage takes a text without a priority as it is", () => {
  for (const text of ["error: no such thing", "<192>x", "<007>x", "<1 >x", "plain", "<>"]) {
    const message = readMessage(text, network);
    assert.deepEqual([message.text, message.header, message.priority], [text, {}, undefined]);
  }
});

Deno.test("readMessage takes long hostile texts in a time that grows with their length only", () => {
  for (
    const [begin, part] of [
      ["<1>1 - - - - - ", "[a "],
      ["<1>1 - - - - - [a ", ' a="b"'],
      ['<1>1 - - - - - [a a="', "\\\\"],
      ["<1>", "a:"],
      ["<1>Nov  5 09:08:07 ", "[:"],
      ["<1>1 ", "- "],
    ] as const
  ) {
    const message = readMessage(begin + part.repeat(300_000), network);
    assert.ok(message.text.length > 0 || message.header.structuredData !== undefined);
  }
});

Deno.test("readMessage understands what devices make of the old form", () => {
  const at = here(2026, 10, 5, 9, 8, 7);
  const zoned = (hour: number, more = ".000") =>
    `2026-11-05T${String(hour).padStart(2, "0")}:08:07${more}Z`;
  const cases: [text: string, header: object, rest: string][] = [
    ["Nov  5 2026 09:08:07 fw1 : %ASA-6-302013: Built", {
      timestamp: at,
      hostname: "fw1",
      appname: "%ASA-6-302013",
    }, "Built"],
    ["Nov  5 09:08:07 fw1: %ASA-6-302013: Built", {
      timestamp: at,
      hostname: "fw1",
      appname: "%ASA-6-302013",
    }, "Built"],
    ["83: *Nov  5 09:08:07.663 UTC: %SYS-5-CONFIG_I: Configured", {
      timestamp: zoned(9, ".663"),
      appname: "%SYS-5-CONFIG_I",
    }, "Configured"],
    ["585917: sw1: Nov  5 09:08:07.272 MET: %SEC-6-X: list", {
      timestamp: zoned(8, ".272"),
      hostname: "sw1",
      appname: "%SEC-6-X",
    }, "list"],
    [":Nov 05 09:08:07 EST: %ASA-session-4-106023: Deny", {
      timestamp: zoned(14),
      appname: "%ASA-session-4-106023",
    }, "Deny"],
    ["82: 00:20:10: %SYS-5-CONFIG_I: up", {}, "82: 00:20:10: %SYS-5-CONFIG_I: up"],
    ["Nov  5 09:08:07 CET web1 app: hi", {
      timestamp: zoned(8),
      hostname: "web1",
      appname: "app",
    }, "hi"],
    [
      "2026 Nov  5 09:08:07 web1 app: hi",
      { timestamp: at, hostname: "web1", appname: "app" },
      "hi",
    ],
    ["Thu Nov  5 09:08:07 2026 web1 app: hi", {
      timestamp: at,
      hostname: "web1",
      appname: "app",
    }, "hi"],
    ["5 Nov 2026 09:08:07 web1 app: hi", { timestamp: at, hostname: "web1", appname: "app" }, "hi"],
    ["2026-11-05 09:08:07 web1 app: hi", { timestamp: at, hostname: "web1", appname: "app" }, "hi"],
    ["2026-11-05T09:08:07+0100 web1 app: hi", {
      timestamp: "2026-11-05T09:08:07+01:00",
      hostname: "web1",
      appname: "app",
    }, "hi"],
    ["1793869687 ap1 hostapd: hi", {
      timestamp: "2026-11-05T09:08:07.000Z",
      hostname: "ap1",
      appname: "hostapd",
    }, "hi"],
    ["1 1793869687.25 MX84 flows src=1", {
      timestamp: "2026-11-05T09:08:07.250Z",
      hostname: "MX84",
    }, "flows src=1"],
    ["Nov  5 09:08:07 web1/10.0.0.1 app: hi", {
      timestamp: at,
      hostname: "web1/10.0.0.1",
      appname: "app",
    }, "hi"],
    ["Nov  5 09:08:07 h CEF:0|V|P|1|1|n|5|a=b", {
      timestamp: at,
      hostname: "h",
      appname: "CEF",
    }, "CEF:0|V|P|1|1|n|5|a=b"],
  ];
  for (const [text, header, rest] of cases) {
    const message = readMessage(`<13>${text}`, network);
    assert.deepEqual([message.header, message.text], [header, rest], text);
  }
});

Deno.test("readMessage takes a zone without its colon in RFC 5424, too", () => {
  const { header } = readMessage("<13>1 2026-11-05T09:08:07.5+0100 h a p m - hi", network);
  assert.equal(header.timestamp, "2026-11-05T09:08:07.5+01:00");
});
