import assert from "node:assert/strict";
import { isOfOtherMachine, machineMark } from "../../../src/agent/identity/machine_mark.ts";

const ID = "0190a3c2-0000-7000-8000-000000000001";
const MACHINE = "0123456789abcdef0123456789abcdef";

Deno.test("machineMark does not show the machine's id, and differs from agent to agent", () => {
  const mark = machineMark(ID, MACHINE);
  assert.match(mark, /^[0-9a-f]{64}$/);
  assert.ok(!mark.includes(MACHINE));
  assert.notEqual(mark, machineMark("0190a3c2-0000-7000-8000-000000000002", MACHINE));
});

Deno.test("isOfOtherMachine holds when the machine's id has changed, and never when one is unknown", () => {
  const machine = machineMark(ID, MACHINE);
  const other = MACHINE.replace("0", "1");
  assert.equal(isOfOtherMachine({ id: ID, machine }, MACHINE), false);
  assert.equal(isOfOtherMachine({ id: ID, machine }, other), true);
  assert.equal(isOfOtherMachine({ id: ID, machine }, undefined), false);
  assert.equal(isOfOtherMachine({ id: ID, machine: undefined }, other), false);
});
