import assert from "node:assert/strict";
import { machineCheck } from "../../../../src/agent/app/doctor/checks/identity_checks.ts";
import type { DoctorContext } from "../../../../src/agent/app/doctor/context.ts";
import { machineMark } from "../../../../src/agent/identity/machine_mark.ts";

const ID = "01a214e8-cfe5-7651-ba5a-ac39f7069048";

function check(machineId: string | undefined, onClone = "warn") {
  const identity = { id: ID, machine: machineMark(ID, "first") };
  const context = {
    config: () => Promise.resolve({ agent: { on_clone: onClone } }),
    identity: () => Promise.resolve(identity),
  } as unknown as DoctorContext;
  return machineCheck(() => Promise.resolve(machineId)).run(context);
}

Deno.test("machineCheck() warns of a copy of the machine, and fails where the agent would not start on it", async () => {
  const warned = await check("second");
  assert.equal(warned.status, "warn");
  assert.match(warned.message, /a copy of the machine .*on_clone: warn/);
  assert.match(warned.try ?? "", /register --force/);
  assert.equal((await check("second", "stop")).status, "fail");
});

Deno.test("machineCheck() is content with the same machine, and skipped where machines have no id", async () => {
  assert.equal((await check("first")).status, "ok");
  assert.equal((await check(undefined)).status, "skip");
});
