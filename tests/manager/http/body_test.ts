import assert from "node:assert/strict";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { BodyReader } from "../../../src/manager/http/body.ts";
import { MemoryBudget } from "../../../src/manager/http/memory_budget.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { assertRefused, TestManager } from "../harness.ts";

const MAX = 10_000_000;

function reader(clock = new FakeClock(), maxBodyMemoryBytes = 64_000_000): BodyReader {
  return new BodyReader({ clock, maxBodyBytes: MAX, maxBodyMemoryBytes, bodyTimeoutMs: 60_000 });
}

function request(body: BodyInit, headers: Record<string, string> = {}): Request {
  return new Request("http://manager/", {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body,
  });
}

for (const [encoding, compress] of [["gzip", gzipSync], ["zstd", zstdCompressSync]] as const) {
  Deno.test(`a small ${encoding} body that becomes a large one is refused, however much one body may be`, async () => {
    const bomb = compress(new Uint8Array(9_000_000));
    assert.ok(bomb.length < 20_000, String(bomb.length));
    const bomber = request(new Uint8Array(bomb), { "Content-Encoding": encoding });
    await assert.rejects(reader().text(bomber), { status: 413 });
    const lines = compress(`{"event":{"original":"the same again"}}\n`.repeat(20_000));
    const honest = request(new Uint8Array(lines), { "Content-Encoding": encoding });
    assert.equal((await reader().text(honest)).length, 800_000, "what is small stays allowed");
  });
}

Deno.test("200 compressed bombs take no more memory than the budget and a share of room", async () => {
  const bomb = new Uint8Array(gzipSync(new Uint8Array(9_500_000)));
  const bodies = reader();
  const before = Deno.memoryUsage().rss;
  const outcomes = await Promise.allSettled(
    Array.from({ length: 200 }, () => bodies.text(request(bomb, { "Content-Encoding": "gzip" }))),
  );
  assert.ok(outcomes.every(({ status }) => status === "rejected"));
  const grownBytes = Deno.memoryUsage().rss - before;
  assert.ok(grownBytes < 400_000_000, `${grownBytes} bytes more`);
});

Deno.test("a body that does not arrive in time is given up with 408, and its connection closed", async () => {
  const clock = new FakeClock();
  let cancelled = false;
  const half = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(100)),
    cancel: () => void (cancelled = true),
  });
  const text = reader(clock).text(request(half));
  const given = assert.rejects(text, (error: { toResponse(): Response }) => {
    const answer = error.toResponse();
    return answer.status === 408 && answer.headers.get("Connection") === "close";
  });
  await new Promise((resolve) => setTimeout(resolve, 0));
  await clock.advance(60_000);
  await given;
  assert.ok(cancelled);
});

Deno.test("bodies that arrive together are bounded together, and give their room back", async () => {
  const bodies = reader(new FakeClock(), MAX);
  const taken = Promise.withResolvers<void>();
  let asked = false;
  const gate = Promise.withResolvers<void>();
  const slow = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (controller.desiredSize === 1 && !asked) {
        asked = true;
        return controller.enqueue(new Uint8Array(8_000_000).fill(32));
      }
      taken.resolve();
      await gate.promise;
      controller.close();
    },
  });
  const first = bodies.bytes(request(slow));
  await taken.promise;
  const large = () => request(new Uint8Array(9_000_000));
  await assert.rejects(bodies.bytes(large()), { status: 503 });
  gate.resolve();
  assert.equal((await first).length, 8_000_000);
  assert.equal((await bodies.bytes(large())).length, 9_000_000);
});

Deno.test("MemoryBudget lets work in by turns, and nothing is left taken when it fails", async () => {
  const budget = new MemoryBudget(100);
  const order: string[] = [];
  const work = (name: string, bytes: number) =>
    budget.with(bytes, async () => {
      order.push(name);
      await new Promise((resolve) => setTimeout(resolve, 0));
      assert.ok(budget.usedBytes <= 100 || name === "huge");
      if (name === "fails") throw new Error(name);
    });
  const all = [work("a", 60), work("fails", 60), work("b", 10), work("huge", 500), work("c", 90)];
  await Promise.allSettled(all);
  assert.deepEqual(order, ["a", "fails", "b", "huge", "c"]);
  assert.equal(budget.usedBytes, 0);
});

Deno.test("who has no token yet can send 4 KiB, of which nothing is kept", async () => {
  await using test = await TestManager.open();
  const answer = await test.fetch("http://manager/api/v1/authentication", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ uuid: test.agentId, key: "k".repeat(5_000) }),
  });
  await assertRefused(answer, 413, "Body is larger than 4096 bytes");
  const bomb = await test.fetch("http://manager/api/v1/authentication", {
    method: "POST",
    headers: { "Content-Type": "application/json", "Content-Encoding": "gzip" },
    body: new Uint8Array(gzipSync(" ".repeat(1_000_000))),
  });
  await assertRefused(bomb, 413, "Body is larger than 4096 bytes");
});
