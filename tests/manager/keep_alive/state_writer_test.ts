import assert from "node:assert/strict";
import { AgentSlots, NEVER } from "../../../src/manager/keep_alive/agent_slots.ts";
import { monitorClock } from "../../../src/manager/keep_alive/monitor_clock.ts";
import { StateWriter } from "../../../src/manager/keep_alive/state_writer.ts";
import type { SavedState } from "../../../src/manager/keep_alive/agent_states.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const TEN_MINUTES_MS = 600_000;

/** A writer of `size` agents that were never heard of, and what it writes. */
function writerOf(size: number) {
  const clock = new FakeClock();
  const slots = new AgentSlots();
  const saved: SavedState[][] = [];
  for (let index = 0; index < size; index++) {
    const id = `agent ${index}`;
    slots.add({ id, name: id, address: "", state: "active", sinceMs: 0, heardAtMs: NEVER });
  }
  const writer = new StateWriter({
    slots,
    clock: monitorClock(clock),
    heldOf: () => undefined,
    states: { save: ({ states }) => Promise.resolve(void saved.push([...states])) },
  });
  return { clock, slots, writer, saved };
}

Deno.test("StateWriter gives each changed agent once, whatever came before", () => {
  const { clock, slots, writer, saved } = writerOf(3);
  writer.changed(1);
  writer.changed(1);
  slots.setState(1, "stopped", 0);
  slots.setHeard(1, 0);
  assert.deepEqual([writer.takeChanged().states, writer.takeChanged().states], [[{
    agentId: "agent 1",
    state: "stopped",
    sinceMs: clock.now(),
    heardAtMs: clock.now(),
    address: "",
    held: undefined,
  }], []]);
  assert.deepEqual(saved, []);
});

Deno.test("StateWriter has what could not be written taken again", () => {
  const { writer } = writerOf(3);
  writer.changed(1);
  const { states, putBack } = writer.takeChanged();
  writer.changed(2);
  putBack();
  const ids = writer.takeChanged().states.map(({ agentId }) => agentId);
  assert.deepEqual([states.length, ids.sort()], [1, ["agent 1", "agent 2"]]);
});

Deno.test("StateWriter writes signs of life every ten minutes, in portions, and only new ones", async () => {
  const { clock, slots, writer, saved } = writerOf(12_000);
  const writeAll = async () => {
    saved.length = 0;
    while (await writer.writeSigns());
    return saved.map((portion) => portion.length);
  };
  await clock.advance(1);
  for (let slot = 0; slot < slots.size; slot++) slots.setHeard(slot, clock.monotonic());
  assert.deepEqual(await writeAll(), []);
  await clock.advance(TEN_MINUTES_MS);
  assert.deepEqual(await writeAll(), [5_000, 5_000, 2_000]);
  slots.setHeard(7_000, clock.monotonic());
  assert.deepEqual(await writeAll(), []);
  await clock.advance(TEN_MINUTES_MS);
  assert.deepEqual(await writeAll(), [1]);
});
