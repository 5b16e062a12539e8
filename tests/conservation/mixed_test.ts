import assert from "node:assert/strict";
import { TempFolder } from "../support/queues.ts";
import type { MixedKind } from "./mixed/mixed_log.ts";
import { runMixed } from "./mixed/run.ts";

Deno.test("every event of mixed logs arrives once and whole, under rotations, kills and a slow server", async () => {
  using folder = new TempFolder();
  const rotates = ({ mostLines }: MixedKind) => mostLines === 1;
  const result = await runMixed({ folder, seed: 1, events: 120, rotations: 3, kills: 1, rotates });
  const { lines: _, ...counts } = result;
  assert.deepEqual(counts, {
    events: 960,
    missing: 0,
    doubled: 0,
    wrong: 0,
    rotations: 3,
    kills: 1,
    losses: [],
  });
});
