import assert from "node:assert/strict";
import type { EventRange } from "../../src/shared/protocol/stored_events.ts";
import { lockDataFolder } from "../../src/agent/identity/data_folder_lock.ts";
import { Queue } from "../../src/agent/queue/queue.ts";
import type { QueueOptions } from "../../src/agent/queue/queue_options.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { settle } from "../support/fake_clock.ts";
import { events, textsOf } from "../support/queues.ts";
import { diskTest, type SmallDisk } from "./support/small_disk.ts";

const claimSome = {
  limits: { max_events: 100, max_bytes: 1_000_000 },
  encoding: "identity",
  agent_line: '{"agent":{}}',
} as const;
const PADDING = "x".repeat(900);

function openOn(disk: SmallDisk, options: Partial<QueueOptions> = {}): Queue {
  const queue = Queue.open({
    path: disk.file("agent.db"),
    max: { events: 1e9, bytes: 1e12 },
    maxDeadLetterBytes: 1_000_000,
    chunkLimits: { max_events: 100, max_bytes: 1_000_000 },
    now: () => systemClock.now(),
    ...options,
  });
  // As the agent's housekeeping does, from its start on.
  queue.checkDisk();
  return queue;
}

/** Appends numbered events until the queue lets no more in; the last one waits then. */
class Writer {
  #next = 0;
  readonly #queue: Queue;
  waiting: Promise<EventRange | undefined> | undefined;

  constructor(queue: Queue) {
    this.#queue = queue;
  }

  get written(): number {
    return this.#next;
  }

  async untilFull(): Promise<void> {
    while (!this.#queue.full) {
      const group = events(100, `${PADDING} ${this.#next}-`);
      this.#next += 100;
      let stored = false;
      this.waiting = this.#queue.append({ stream: "stateless", events: group })
        .finally(() => stored = true);
      while (!stored && !this.#queue.full) await settle("timer", 1);
    }
  }
}

/** Takes batches and acknowledges them until nothing waits; returns the texts. */
async function drain(queue: Queue): Promise<string[]> {
  const texts: string[] = [];
  for (;;) {
    const batch = queue.openBatches("stateless")[0] ?? await queue.claim("stateless", claimSome);
    if (batch === undefined) return texts;
    texts.push(...textsOf(queue.body(batch)));
    await queue.acknowledge(batch, { status: 200 });
  }
}

for (const kind of ["tmpfs", "ext4"] as const) {
  diskTest(kind, 32, {
    name: "a queue that grows is full before the disk is, drains, and takes in again by itself",
    async run(disk) {
      using queue = openOn(disk);
      const writer = new Writer(queue);
      await writer.untilFull();
      assert.ok(queue.disk.low);
      assert.ok(disk.freeBytes >= queue.disk.min_free_bytes, `only ${disk.freeBytes} bytes free`);
      assert.ok(writer.written > 10_000, `full after ${writer.written} events`);

      const texts = await drain(queue);
      await writer.waiting;
      texts.push(...await drain(queue));
      assert.equal(texts.length, writer.written);
      assert.equal(new Set(texts).size, writer.written);
      assert.equal(queue.full, false);
    },
  });

  diskTest(kind, 32, {
    name:
      "with 0 bytes free batches are made, halved, acknowledged and set aside until all is gone",
    async run(disk) {
      using queue = openOn(disk);
      for (let n = 0; n < 30; n++) {
        await queue.append({ stream: "stateless", events: events(100, `${PADDING} ${n}-`) });
      }
      disk.fill();
      queue.checkDisk();
      const late = queue.append({ stream: "stateless", events: events(5_000, PADDING) });

      const refused = await queue.claim("stateless", claimSome);
      assert.ok(refused);
      const [first, second] = await queue.halve(refused) ?? [];
      assert.ok(first && second);
      await queue.setAside(first, { status: 400, reason: "refused" });
      await queue.acknowledge(second, { status: 200 });
      for (let n = 1; n < 30; n++) {
        const batch = await queue.claim("stateless", claimSome);
        assert.ok(batch);
        await queue.acknowledge(batch, { status: 200 });
      }
      const { acknowledged, dead_lettered, taken } = queue.account("stateless");
      assert.deepEqual([taken.events, acknowledged.events, dead_lettered.events], [
        3_000,
        2_950,
        50,
      ]);

      disk.free();
      queue.checkDisk();
      assert.deepEqual(await late, { first_event: 3_001, last_event: 8_000 });
    },
  });

  diskTest(kind, 32, {
    name:
      "an agent starts with 0 bytes free, after a stop and after a kill, and what it has leaves",
    async run(disk) {
      const before = openOn(disk);
      for (let n = 0; n < 10; n++) {
        await before.append({ stream: "stateless", events: events(100, `${n}-`) });
      }
      before.close();
      disk.fill();
      {
        using lock = lockDataFolder(disk.path);
        assert.ok(lock);
        using queue = openOn(disk);
        const batch = await queue.claim("stateless", claimSome);
        assert.ok(batch);
        await queue.acknowledge(batch, { status: 200 });
      }
      disk.fill();
      {
        using queue = openOn(disk);
        assert.equal((await drain(queue)).length, 900);
      }
    },
  });

  diskTest(kind, 32, {
    name: "a group that finds the disk full waits, and is stored when there is room",
    async run(disk) {
      using queue = openOn(disk, {
        // The system claims that there is room: only SQLite finds out.
        readDisk: () => ({ free: 1e12, total: 32e6 }),
      });
      disk.fill();
      const stored = queue.append({
        stream: "stateless",
        events: events(5_000, PADDING),
        checkpoints: [{ collector: "files", key: "/a", value: "1" }],
      });
      for (let turn = 0; turn < 5; turn++) await settle();
      assert.equal(queue.account("stateless").taken.events, 0);
      assert.equal(queue.checkpoints("files").size, 0);
      disk.free();
      assert.deepEqual(await stored, { first_event: 1, last_event: 5_000 });
      assert.equal(queue.checkpoints("files").get("/a"), "1");
    },
  });
}
