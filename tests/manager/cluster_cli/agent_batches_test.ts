import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { v7 } from "uuid";
import { answerIn, fingerprintIn } from "../../../src/manager/cluster/events/known_batches.ts";
import { Names } from "../../../src/manager/cluster/link/names.ts";
import { AgentBatches } from "../../../src/manager/cluster_cli/import/agent_batches.ts";
import { SingleManager } from "../../../src/manager/cluster_cli/import/single_manager.ts";
import { Store } from "../../../src/manager/store.ts";
import type { Stream } from "../../../src/shared/protocol/wire.ts";
import { TempFolder } from "../../support/queues.ts";

const AGENT = "01a1fbd6-506d-73a6-bc20-000000000001";
/** Of all headers of a message, as the servers have it. */
const MOST_HEADER_BYTES = 64 * 1_024;

const fingerprintOf = (key: string) => createHash("sha256").update(key).digest();

/** The messages about batches that a manager has accepted, of whose events only the newest are kept. */
function messagesAbout(keys: readonly string[], stream: Stream, { lines = "{}\n{}", body = "" }) {
  using folder = new TempFolder();
  const path = folder.file("manager.db");
  const store = new Store({ path, keepEvents: 1, idempotencyKeys: 10_000 });
  store.database.exec("PRAGMA synchronous = OFF");
  for (const key of keys) {
    store.events.accept({
      group: { receivedAtMs: 0, agentId: AGENT, stream, batchId: key, events: 1, lines },
      requestKey: { agentId: AGENT, key, fingerprint: fingerprintOf(key) },
      answer: { status: stream === "stateful" ? 200 : 204, body },
      shutdown: false,
    });
  }
  store.close();
  using single = SingleManager.open(folder.path);
  const batches = new AgentBatches(AGENT, { single, names: new Names("t", 1), maxBytes: 10_000 });
  return { messages: [...batches.messages()], tooLarge: batches.tooLarge };
}

Deno.test("AgentBatches names every accepted batch, in headers that a server takes", () => {
  const keys = Array.from({ length: 1_000 }, () => v7());
  const body = JSON.stringify({ results: Array.from({ length: 30 }, () => ({ id: v7() })) });
  const { messages } = messagesAbout(keys, "stateful", { body });
  for (const { headers } of messages) {
    assert.ok(JSON.stringify(headers).length < MOST_HEADER_BYTES);
  }
  const known = messages.map(({ headers }) => headers.Known ?? "");
  const last = keys.at(-1) ?? "";
  for (const key of keys.slice(0, -1)) {
    const print = known.map((text) => fingerprintIn(text, key)).find((found) => found);
    assert.equal(print, fingerprintOf(key).toString("base64url"));
  }
  assert.equal(messages.at(-1)?.headers.Batch, last, "its event is kept");
  const newest = messages.at(-2)?.headers.Answers ?? "";
  assert.equal(answerIn(newest, keys.at(-2) ?? ""), body);
});

Deno.test("AgentBatches splits a batch that no message can hold, and counts what cannot be split", () => {
  const event = (characters: number) => `{"module":"m"}\n{"event":"${"x".repeat(characters)}"}`;
  const lines = [event(6_000), event(6_000), event(20_000), event(1)].join("\n");
  const { messages, tooLarge } = messagesAbout(["k"], "stateless", { lines });
  assert.equal(tooLarge, 1);
  const events = messages.map(({ headers, payload }) => [headers.Events, payload]);
  assert.deepEqual(events, [
    ["0", ""],
    ["1", event(6_000)],
    ["2", `${event(6_000)}\n${event(1)}`],
  ]);
  assert.equal(fingerprintIn(messages[0]?.headers.Known ?? "", "k")?.length, 43);
  assert.ok(messages.every(({ headers }) => headers.Batch === undefined));
});
