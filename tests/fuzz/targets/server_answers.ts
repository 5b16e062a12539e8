import assert from "node:assert/strict";
import fc from "fast-check";
import { CommsClient } from "../../../src/agent/comms/comms_client.ts";
import { createLogin } from "../../../src/agent/comms/login/login.ts";
import { ManagementClient } from "../../../src/agent/comms/management/management_client.ts";
import { ServerConnection } from "../../../src/agent/comms/connection/server_connection.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { HOST, KEY } from "../../manager/harness.ts";
import { mutatedBytes, oddFormOf, oddText } from "../harness/arbitraries.ts";
import { assertPlain, resultOrRefusal } from "../harness/expectations.ts";
import type { FuzzTarget } from "../harness/target.ts";

const never = new AbortController().signal;
const SECRET = "s3cret-t0ken-that-is-long-enough";
const STATES = [{ id: "a", operation: "update" }, { id: "b", operation: "delete" }] as const;
const EVENTS = { body: new TextEncoder().encode("{}"), encoding: "identity" } as const;

const BODIES: readonly unknown[] = [
  { error: 0, data: {} },
  { results: [{ id: "a", status: 200, result: "updated" }, { id: "b", status: 404, result: {} }] },
  { commands: [{ document_id: "1", action: { name: "restart", args: {} }, timeout: 5 }] },
  { token: SECRET, data: { token: SECRET, key: SECRET } },
  { document_id: "d1", granted: true, time_left: 5, reason: "no" },
  { batch_id: "x", known: true, answer: { status: 200 } },
  { message: "Invalid key", code: 401, error: 4003, title: "t", detail: "d" },
];
const KEYS = ["results", "commands", "token", "data", "status", "id", "message", "code", "error"];
const json = fc.oneof(...BODIES.map((body) => oddFormOf(body, ...KEYS)))
  .map((value) => new TextEncoder().encode(JSON.stringify(value)));
const bytes = mutatedBytes(
  ...[...BODIES.map((body) => JSON.stringify(body)), "<html><title>x</title>", "", "OK"]
    .map((text) => new TextEncoder().encode(text)),
);

const headerValue = oddText.filter((text) => /^[\x20-\x7e]*$/.test(text));
const headers = fc.record({
  "content-type": fc.constantFrom("application/json", "text/html", "", "text/plain; charset=x"),
  "retry-after": fc.oneof(
    headerValue,
    fc.integer().map(String),
    fc.constant("Wed, 21 Oct 2099 07:28:00 GMT"),
  ),
  date: fc.oneof(headerValue, fc.constant("Thu, 01 Jan 1970 00:00:00 GMT")),
  location: headerValue,
}, { requiredKeys: [] });
const status = fc.oneof(
  fc.constantFrom(200, 201, 202, 400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503),
  fc.integer({ min: 200, max: 599 }).filter((status) => ![204, 205, 304].includes(status)),
);

function clients(answer: () => Response) {
  const connection = new ServerConnection({
    serverUrl: "https://h:1",
    fetch: () => Promise.resolve(answer()),
    userAgent: "a",
    clock: new FakeClock(),
  });
  const tokens = { get: () => Promise.resolve(SECRET), renew: () => Promise.resolve(SECRET) };
  const credentials = { uuid: "u", key: KEY };
  return {
    comms: new CommsClient({ connection, tokens, requestTimeoutMs: 1_000, pollTimeoutMs: 1_000 }),
    logIn: createLogin({ connection, loginPath: "/l", credentials, timeoutMs: 1_000 }),
    management: new ManagementClient({ connection, timeoutMs: 1_000 }),
  };
}

function assertOutcome(
  outcome: { kind: string; reason?: string; status?: number; afterMs?: number },
) {
  if (outcome.reason !== undefined) {
    assertPlain(outcome.reason);
    assert.doesNotMatch(outcome.reason, /\p{Cc}/u);
    assert.ok(outcome.reason.length < 2_000);
    assert.ok(!outcome.reason.includes(SECRET), "a secret is repeated");
  }
  if (outcome.afterMs !== undefined) {
    assert.ok(outcome.afterMs >= 0 && Number.isFinite(outcome.afterMs));
  }
}

function assertStorable(
  results: readonly { index: number; status?: number; reason: string }[] = [],
) {
  for (const { index, status = 200, reason } of results) {
    assert.ok(index >= 0 && index < STATES.length);
    assert.ok(Number.isInteger(status) && status >= 100 && status < 600);
    assertPlain(reason);
  }
}

export const target: FuzzTarget = {
  about: "any answer to any request is an outcome that can be told and stored, without secrets",
  weight: 16,
  open: () => ({
    property: fc.asyncProperty(
      status,
      headers,
      fc.oneof(json, bytes),
      async (status, headers, body) => {
        const answer = () => new Response(body, { status, headers: headers as HeadersInit });
        const { comms, logIn, management } = clients(answer);
        for (const stream of ["stateless", "stateful"] as const) {
          const request = { ...EVENTS, states: () => STATES };
          const outcome = await comms.postEvents(stream, request, { signal: never });
          assertOutcome(outcome);
          if (outcome.kind !== "done") continue;
          assertStorable(outcome.refused);
          assertStorable(outcome.again);
        }
        assertOutcome(await comms.poll(never));
        assertOutcome(await comms.getFile("web.yml", never));
        const fate = await comms.batchFate("x", never);
        assertOutcome(fate);
        if (fate.kind === "received") assert.ok(fate.status >= 100 && fate.status < 600);
        const start = await comms.askStart("d1", never);
        // A time that is over, or none, is one as well: what would begin too late is then not run.
        if (start.kind === "granted") assert.ok(!Number.isNaN(start.timeLeftMs));
        assertOutcome(await logIn(never));
        await resultOrRefusal(() => management.logIn("u", "p", never));
        const registration = {
          id: "x",
          name: "n",
          key: KEY,
          type: "Endpoint",
          version: "1",
          host: HOST,
        };
        await resultOrRefusal(() => management.register(SECRET, registration as never, never));
      },
    ),
  }),
};
