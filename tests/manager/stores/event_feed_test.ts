import assert from "node:assert/strict";
import { v7 } from "uuid";
import type { Stream } from "../../../src/shared/protocol/wire.ts";
import { agent, contract, type Scene } from "./contract.ts";

const AGENT = "01a1fbd6-506d-73a6-bc20-000000000001";

interface Line {
  number: number | string;
  received_at: string;
  agent_id: string;
  stream: string;
  batch_id: string | null;
  header: { module: string; operation?: string };
  data: { line: number } | null;
}

/** Stores a batch of lines that are numbered from `first`; every third is a delete of the stateful stream. */
async function store({ stores }: Scene, events: number, first: number): Promise<void> {
  const stream: Stream = first % 2 === 0 ? "stateless" : "stateful";
  const key = first % 5 === 0 ? undefined : v7();
  const lines = Array.from({ length: events }, (_, index) => {
    const isDelete = stream === "stateful" && (first + index) % 3 === 0;
    const header = stream === "stateless"
      ? { module: "m" }
      : { module: "m", id: `${first + index}`, operation: isDelete ? "delete" : "create" };
    return `${JSON.stringify(header)}\n${isDelete ? "" : JSON.stringify({ line: first + index })}`;
  });
  const requestKey = key === undefined
    ? undefined
    : { agentId: AGENT, key, fingerprint: new Uint8Array(32).fill(first) };
  const { kind } = await stores.events.accept({ agentId: AGENT, requestKey }, () => ({
    group: {
      receivedAtMs: 1_000 * first,
      agentId: AGENT,
      stream,
      batchId: key ?? null,
      events,
      lines: lines.join("\n"),
    },
    answer: { status: 204, body: "" },
    shutdown: false,
    entries: [],
    reports: [],
  }));
  assert.equal(kind, "stored");
}

async function linesAfter({ stores }: Scene, after: string | undefined, limit: number) {
  const { text, missing } = await stores.feed.page(after, limit);
  assert.equal(missing.count, 0);
  return text.split("\n").slice(0, -1).map((line): Line => JSON.parse(line));
}

contract(
  "EventFeed gives every event once, in order, with its batch, wherever the pages are cut",
  async (scene) => {
    await scene.stores.agents.add(agent(AGENT));
    assert.deepEqual(await linesAfter(scene, undefined, 10), []);
    let first = 0;
    for (const size of [3, 1, 7, 2, 20, 1]) {
      await store(scene, size, first);
      first += size;
    }
    for (const limit of [1, 2, 5, 1_000]) {
      const seen: Line[] = [];
      for (let after = "0";;) {
        const lines = await linesAfter(scene, after, limit);
        assert.ok(lines.length <= limit);
        if (lines.length === 0) break;
        seen.push(...lines);
        after = String(lines.at(-1)?.number);
      }
      assert.equal(seen.length, 34);
      assert.deepEqual(
        seen.filter(({ data }) => data !== null).map(({ data }) => data?.line),
        Array.from({ length: 34 }, (_, line) => line).filter((line) =>
          !seen.some(({ data }, index) => index === line && data === null)
        ),
      );
      const deletes = seen.filter(({ data }) => data === null);
      assert.ok(deletes.length > 0 && deletes.every(({ header }) => header.operation === "delete"));
      assert.deepEqual(new Set(seen.map(({ agent_id }) => agent_id)), new Set([AGENT]));
      assert.equal(seen.filter(({ batch_id }) => batch_id === null).length, 3);
      assert.equal(seen.at(-1)?.received_at, "1970-01-01T00:00:33.000Z");
    }
  },
);

contract("EventFeed refuses what is the place of no event", async (scene) => {
  const { feed } = scene.stores;
  for (const text of ["x", "-1", "1.5.2", ""]) {
    await assert.rejects(feed.page(text, 10), { name: "InvalidRequest" });
  }
  await assert.rejects(feed.page("7", 10), { name: "ConflictingRequest" });
});
