import assert from "node:assert/strict";
import { excessIn } from "../../../../src/agent/comms/answers/json_size.ts";
import { CommsClient } from "../../../../src/agent/comms/comms_client.ts";
import { ServerConnection } from "../../../../src/agent/comms/connection/server_connection.ts";
import { fakeFetch } from "../../../support/fake_fetch.ts";

function excess(text: string): string | undefined {
  return excessIn(new TextEncoder().encode(text));
}

function pollAnswered(body: string) {
  const { fetch } = fakeFetch(() => new Response(body));
  const connection = new ServerConnection({ serverUrl: "https://h", fetch, userAgent: "a" });
  const token = () => Promise.resolve("t");
  const client = new CommsClient({
    connection,
    tokens: { get: token, renew: token },
    requestTimeoutMs: 30_000,
    pollTimeoutMs: 60_000,
  });
  return client.poll(new AbortController().signal);
}

Deno.test("excessIn() counts values and levels, and nothing within texts", () => {
  assert.equal(excess(`[${"1,".repeat(400_000)}1]`), undefined);
  assert.equal(excess(`[${"1,".repeat(600_000)}1]`), "more than 500000 values");
  assert.equal(excess("[".repeat(256)), undefined);
  assert.equal(excess("[".repeat(257)), "nested deeper than 256 levels");
  assert.equal(excess(JSON.stringify({ text: "[{,:".repeat(600_000) })), undefined);
  assert.equal(excess(JSON.stringify('"[\\'.repeat(600_000))), undefined);
  assert.equal(excess(`["\\\\",${"[".repeat(300)}`), "nested deeper than 256 levels");
});

Deno.test("CommsClient.poll() does not parse 15 MB of empty commands, and says why", async () => {
  const outcome = await pollAnswered(`{"commands":[${"{},".repeat(5_000_000)}{}]}`);
  assert.ok(outcome.kind === "retry");
  assert.match(outcome.reason, /api\/v1\/commands is not read: more than 500000 values$/);
});

Deno.test("CommsClient.poll() does not parse what is nested without end", async () => {
  const outcome = await pollAnswered(`{"commands":${"[".repeat(1_000_000)}`);
  assert.ok(outcome.kind === "retry");
  assert.match(outcome.reason, /is not read: nested deeper than 256 levels$/);
});
