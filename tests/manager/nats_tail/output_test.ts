import assert from "node:assert/strict";

import { jsonLine, textLines } from "../../../src/manager/nats_tail/output.ts";

type ToldVerdict = Parameters<typeof jsonLine>[0];

const CHANGE = {
  agent_id: "a",
  agent_name: "box",
  previous_status: 0,
  current_status: 1,
  reason: "keepalive_timeout",
  missed_keepalives: 3,
  alert_level: 9,
};

function verdict(document: unknown): ToldVerdict {
  const identity = { subject: "wazuh.xdr.x", node: "n", sequence: 7, timestamp: 0 };
  return { result: "verified", identity, document, missing: undefined };
}

function textOf(document: unknown): string {
  const [line = ""] = textLines(verdict(document));
  return line.replace("1970-01-01T00:00:00.000Z n #7 ", "");
}

Deno.test("textLines() says what a status change is about", () => {
  assert.equal(
    textOf({ status_change: CHANGE }),
    "box (a) active -> disconnected: keepalive_timeout, 3 missed, level 9",
  );
});

Deno.test("textLines() escapes what commands a terminal or turns text around", () => {
  const agent_name = "\u001b[2J\u009b\u202egnp\u2066\u200f\u2028\n\ud800x";
  assert.match(
    textOf({ status_change: { ...CHANGE, agent_name } }),
    /^\\u001b\[2J\\u009b\\u202egnp\\u2066\\u200f\\u2028\\u000a\\ud800x \(a\)/,
  );
});

Deno.test("textLines() calls documents of another shape unknown, and shows their beginning", () => {
  for (const document of [{ event: {} }, { status_change: { ...CHANGE, current_status: 9 } }, 5]) {
    assert.equal(textOf(document), `wazuh.xdr.x unknown document: ${JSON.stringify(document)}`);
  }
  const long = textOf({ text: "x".repeat(1_000_000) });
  assert.ok(long.length < 2_100);
  assert.match(long, /x … \(\d+ characters\)$/);
});

Deno.test("jsonLine() gives the whole document", () => {
  assert.deepEqual(JSON.parse(jsonLine(verdict({ a: 1 }))).document, { a: 1 });
});
