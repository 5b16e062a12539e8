import assert from "node:assert/strict";
import { IdleMemory } from "../../../../src/agent/app/watches/idle_memory.ts";

/** Feeds `[work, nowMs, releases expected by then]`. */
function expectReleases(seen: readonly (readonly [number, number, number])[]): void {
  let releases = 0;
  const memory = new IdleMemory(() => releases++);
  for (const [work, nowMs, expected] of seen) {
    memory.observe(work, nowMs);
    assert.equal(releases, expected, `at ${nowMs}`);
  }
}

Deno.test("observe() releases in three rounds after the start and each burst, never during one", () =>
  expectReleases([
    [0, 1_000, 0],
    [0, 4_999, 0],
    [0, 5_000, 1],
    [0, 9_000, 2],
    [0, 13_000, 3],
    [0, 60_000, 3],
    [50_000, 64_000, 3],
    [90_000, 68_000, 3],
    [90_000, 71_999, 3],
    [90_000, 72_000, 4],
    [90_000, 76_000, 5],
    [150_000, 80_000, 5],
    [150_000, 84_000, 6],
    [150_000, 88_000, 7],
    [150_000, 92_000, 8],
    [150_000, 900_000, 8],
  ]));

Deno.test("observe() releases after a burst though a trickle of work goes on", () =>
  expectReleases([
    [0, 0, 0],
    [200_000, 4_000, 0],
    [200_003, 8_000, 1],
    [200_006, 12_000, 2],
    [200_009, 16_000, 3],
    [200_012, 20_000, 3],
  ]));

Deno.test("observe() releases now and then while there is little work, not while there is none", () =>
  expectReleases([
    [0, 0, 0],
    [1, 4_000, 1],
    [1, 8_000, 2],
    [1, 12_000, 3],
    [2, 500_000, 3],
    [3, 612_000, 4],
    [3, 616_000, 5],
    [3, 620_000, 6],
    [3, 1_300_000, 6],
  ]));

for (
  const [how, args] of [
    ["by the C library", ["--v8-flags=--expose-gc"]],
    ["by the runtime, where the collector cannot be called", []],
  ] as const
) {
  Deno.test(`IdleMemory gives the memory of a burst back to the system, ${how}, on Linux`, async () => {
    if (Deno.build.os === "linux") await assertReleased(args);
  });
}

async function assertReleased(args: readonly string[]): Promise<void> {
  const script = `
    const { IdleMemory } = await import("${new URL(
    "../../../../src/agent/app/watches/idle_memory.ts",
    import.meta.url,
  )}");
    const resident = () => Number(/RssAnon:\\s+(\\d+)/.exec(Deno.readTextFileSync("/proc/self/status"))[1]);
    const memory = new IdleMemory();
    // Small pieces, some of which are kept: no whole pages at the end of the heap become free by themselves.
    function burst() {
      const pieces = Array.from({ length: 60_000 }, () => new Uint8Array(1_000).fill(1));
      return pieces.filter((_, index) => index % 100 === 0);
    }
    const kept = burst();
    const before = resident();
    memory.observe(0, 0);
    for (let round = 1; round <= 3; round++) {
      memory.observe(0, round * 4_000);
      // The runtime does it on a later turn, and V8 goes on in the background.
      for (let turn = 0; turn < 50 && resident() > before / 2; turn++) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    console.log(resident() <= before / 2 ? "released" : before + " kB stay");
    Deno.exit(kept.length > 0 ? 0 : 1);`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", ...args, script],
    env: { DENO_USR2_MEMORY_TRIM: "1", NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  assert.equal(text.decode(stdout), "released\n", text.decode(stderr));
}
