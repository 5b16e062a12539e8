import assert from "node:assert/strict";
import { events, openQueue, TempFolder } from "../../support/queues.ts";

const MEGABYTE = 1_000_000;

Deno.test("a queue that was long gives its disk space back, in steps, and keeps what is stored", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  const size = () => Deno.statSync(folder.file("agent.db")).size;
  const large = events(400).map((event) =>
    event.slice(0, -1) + `,"more":"${"x".repeat(100_000)}"}`
  );
  await queue.append({ stream: "stateless", events: large });
  await queue.append({ stream: "stateless", events: events(1, "kept ") });
  assert.equal(await queue.giveSpaceBack(), false);
  const limits = { max_events: 400, max_bytes: 100 * MEGABYTE };
  const claim = { limits, encoding: "identity", agent_line: "{}" } as const;
  for (let left = 400; left > 0;) {
    const batch = await queue.claim("stateless", claim);
    assert.ok(batch);
    left -= batch.events;
    if (left >= 0) await queue.acknowledge(batch, { status: 200 });
  }
  assert.ok(size() > 35 * MEGABYTE, `${size()}`);
  let steps = 1;
  while (await queue.giveSpaceBack()) steps++;
  assert.ok(steps > 5, `${steps}`);
  assert.ok(size() < 20 * MEGABYTE, `${size()}`);
  assert.equal(queue.account("stateless").queued.events, 1);
});
