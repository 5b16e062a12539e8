import assert from "node:assert/strict";
import {
  classify,
  MISDIRECTED_RETRY_MS,
  retryAfterMs,
} from "../../../../src/agent/comms/answers/response_classifier.ts";

const DATE = "Thu, 19 Feb 2026 20:25:46 GMT";

Deno.test("classify() reads every status that the protocol names", () => {
  const table: [number[], ReturnType<typeof classify>][] = [
    [[200, 202, 204, 206], { kind: "done" }],
    [[401, 403], { kind: "token" }],
    [[400, 422], { kind: "give_up", cause: "invalid" }],
    [[413], { kind: "give_up", cause: "too_large" }],
    [[408, 425, 429, 500, 502, 503, 504, 599], { kind: "retry" }],
  ];
  for (const [statuses, verdict] of table) {
    for (const status of statuses) assert.deepEqual(classify(status, new Headers()), verdict);
  }
});

Deno.test("classify() never gives events up because of a status that the protocol does not name", () => {
  for (
    const status of [301, 302, 304, 307, 402, 404, 405, 407, 409, 410, 411, 415, 421, 431, 451]
  ) {
    assert.deepEqual(classify(status, new Headers()), {
      kind: "retry",
      afterMs: MISDIRECTED_RETRY_MS,
      misdirected: true,
    });
  }
});

Deno.test("classify() hands on what Retry-After asks for, and no less than its own wait", () => {
  const headers = new Headers({ "retry-after": "90" });
  assert.deepEqual(classify(503, headers), { kind: "retry", afterMs: 90_000 });
  assert.equal(Reflect.get(classify(404, headers), "afterMs"), 90_000);
  const short = new Headers({ "retry-after": "1" });
  assert.equal(Reflect.get(classify(404, short), "afterMs"), MISDIRECTED_RETRY_MS);
});

Deno.test("retryAfterMs() reads seconds and dates, and only from the server's own clock", () => {
  const cases: [string, number | undefined][] = [
    ["0", 0],
    ["120", 120_000],
    [" 7 ", 7_000],
    ["Thu, 19 Feb 2026 20:26:16 GMT", 30_000],
    ["Thu, 19 Feb 2026 20:20:00 GMT", 0],
    ["Thu, 19 Feb 2032 20:20:00 GMT", 3_600_000],
    ["99999999999999999999", 3_600_000],
    ["soon", undefined],
    ["1.5", 1_500],
    ["-5", undefined],
    ["2", 2_000],
    ["1e9", undefined],
    ["5, 10", undefined],
    ["Thursday, 19-Feb-26 20:26:16 GMT", 30_000],
    ["Thu Feb 19 20:26:16 2026 GMT", 30_000],
    ["Thu, 99 Feb 2026 99:26:16 GMT", undefined],
    ["", undefined],
  ];
  for (const [value, expected] of cases) {
    const headers = new Headers({ "retry-after": value, date: DATE });
    assert.equal(retryAfterMs(headers), expected, value);
  }
  const noDate = new Headers({ "retry-after": "Thu, 19 Feb 2026 20:26:16 GMT" });
  assert.equal(retryAfterMs(noDate), undefined);
  assert.equal(retryAfterMs(new Headers()), undefined);
});
