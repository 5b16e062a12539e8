import assert from "node:assert/strict";
import { parseFault } from "../../mock_server/fault_spec.ts";

Deno.test("parseFault() reads every action", () => {
  const once = { probability: 1, times: Infinity };
  assert.deepEqual(parseFault("events:503:0.2"), {
    target: "events",
    action: { kind: "status", status: 503, code: 503, message: "Injected fault" },
    probability: 0.2,
    times: Infinity,
  });
  assert.deepEqual(parseFault("events:429:0.1:retry-after=2:code=7:message=slow down:times=3"), {
    target: "events",
    action: { kind: "status", status: 429, code: 7, message: "slow down", retryAfter: "2" },
    probability: 0.1,
    times: 3,
  });
  const latency = { target: "login", action: { kind: "latency", durationMs: 200 }, ...once };
  assert.deepEqual(parseFault("login:latency:200ms"), latency);
  assert.deepEqual(parseFault("login:latency:200ms:0.5"), { ...latency, probability: 0.5 });
  const slow = { target: "all", action: { kind: "slow-body", durationMs: 2_000 }, ...once };
  assert.deepEqual(parseFault("all:slow-body"), slow);
  assert.deepEqual(parseFault("all:slow-body:0.5"), { ...slow, probability: 0.5 });
  assert.deepEqual(parseFault("all:slow-body:2s:0.5"), { ...slow, probability: 0.5 });
  for (const kind of ["hang", "reset", "drop-after-store"] as const) {
    assert.deepEqual(parseFault(`commands:${kind}:0.5`).action, { kind });
  }
});

Deno.test("parseFault() says what it cannot read", () => {
  const cases: [string, RegExp][] = [
    ["", /^Cannot read fault "": target is one of all, login, /],
    ["event:503", /target is one of/],
    ["events", /action is a status from 400 to 599, latency, /],
    ["events:200", /action is a status/],
    ["events:drop-after-send", /drop-after-send is for commands only$/],
    ["events:503:1.5", /probability is a number from 0 to 1$/],
    ["events:503:", /probability is a number from 0 to 1$/],
    ["events:503:0.5:0.5", /"0\.5" is too much$/],
    ["events:latency:fast", /"fast" is not a duration/],
    ["events:503:retry=2", /option is one of retry-after, message, code, times, at$/],
    ["events:503:times=-1", /times is a number, 0 or more$/],
  ];
  for (const [spec, message] of cases) {
    assert.throws(() => parseFault(spec), (error) => {
      assert.ok(error instanceof RangeError);
      assert.match(error.message, message);
      return true;
    }, spec);
  }
});
