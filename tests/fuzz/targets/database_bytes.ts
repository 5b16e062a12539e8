import assert from "node:assert/strict";
import fc from "fast-check";
import type { Queue } from "../../../src/agent/queue/queue.ts";
import { AgentError } from "../../../src/shared/errors.ts";
import { BatchGoneError } from "../../../src/shared/protocol/stored_events.ts";
import { events, openQueue, roomy, TempFolder, textsOf } from "../../support/queues.ts";
import type { FuzzTarget } from "../harness/target.ts";

const PAGE = 4_096;
const OPTIONS = {
  durability: "normal",
  chunkLimits: { max_events: 20, max_bytes: 4_000 },
} as const;
const GROUPS = Array.from({ length: 15 }, (_, n) => events(20, `${n}-${"x".repeat(40)}-`));
const TEXTS = textsOf(new TextEncoder().encode(GROUPS.flat().join("")));

/** The bytes of a small queue, as an agent leaves it. */
async function sampleDatabase(): Promise<Uint8Array<ArrayBuffer>> {
  using folder = new TempFolder();
  const queue = openQueue(folder, OPTIONS);
  for (const group of GROUPS) await queue.append({ stream: "stateless", events: group });
  queue.close();
  return Deno.readFileSync(folder.file("agent.db"));
}

interface Damage {
  kind: "flip" | "zero" | "cut";
  at: number;
  bits: number;
}

/** What a disk does: bits of a byte, a page of zeros, an end that is gone. */
const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom("flip", "flip", "flip", "flip", "zero", "cut"),
  at: fc.nat(),
  bits: fc.integer({ min: 1, max: 255 }),
});

function damaged(bytes: Uint8Array<ArrayBuffer>, { kind, at, bits }: Damage) {
  const copy = bytes.slice();
  // An empty file is one that was never written, for all that can be told.
  const place = 1 + at % Math.max(1, copy.length - 1);
  const page = place - place % PAGE;
  if (kind === "flip") copy[place] = (copy[place] ?? 0) ^ bits;
  if (kind === "zero") copy.fill(0, page, page + PAGE);
  return kind === "cut" ? copy.subarray(0, place) : copy;
}

/** What claims to be of a newer agent cannot be told from what is, and is left alone. */
function opened(folder: TempFolder): Queue | undefined {
  try {
    return openQueue(folder, OPTIONS);
  } catch (error) {
    assert.ok(error instanceof AgentError && error.code === "database_unusable", String(error));
    assert.match(error.message, /this program knows \d+$/);
    return undefined;
  }
}

/** Everything that can be sent, in order; batches that turn out to be damaged are gone, as for who sends them. */
async function drain(queue: Queue): Promise<string[]> {
  const texts: string[] = [];
  for (;;) {
    const claim = { limits: roomy, encoding: "identity", agent_line: "{}" } as const;
    const batch = await queue.claim("stateless", claim);
    if (batch === undefined) return texts;
    try {
      texts.push(...textsOf(queue.body(batch)));
      await queue.acknowledge(batch, { status: 200 });
    } catch (error) {
      if (!(error instanceof BatchGoneError)) throw error;
    }
  }
}

export const target: FuzzTarget = {
  about: "a damaged agent.db opens, sends nothing that was changed, and says what is gone",
  weight: 0.5,
  async open() {
    const sample = await sampleDatabase();
    const damages = fc.array(damage, { minLength: 1, maxLength: 3 });
    const property = fc.asyncProperty(damages, async (damages) => {
      using folder = new TempFolder();
      Deno.writeFileSync(folder.file("agent.db"), damages.reduce(damaged, sample));
      using queue = opened(folder);
      if (queue === undefined) return;
      const sent = await drain(queue);
      assert.deepEqual(sent.filter((text) => !TEXTS.includes(text)), []);
      assert.equal(new Set(sent).size, sent.length);
      const said = queue.damaged !== undefined || queue.account("stateless").dropped.events > 0;
      assert.ok(said || sent.length === TEXTS.length, "nothing is said of what is gone");
      await queue.append({ stream: "stateless", events: events(1, "after") });
      assert.deepEqual(await drain(queue), ["after0"]);
    });
    return { property };
  },
};
