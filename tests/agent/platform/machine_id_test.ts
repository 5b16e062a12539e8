import assert from "node:assert/strict";
import { parseMachineId } from "../../../src/agent/platform/machine_id.ts";

const UUID = "564d8f2c-7a1b-4c3d-9e0f-1a2b3c4d5e6f";

Deno.test("parseMachineId reads the file of Linux", () => {
  const id = "B08DFA6083E7567A1921A715000001FB";
  assert.equal(parseMachineId(`${id}\n`), id.toLowerCase());
});

Deno.test("parseMachineId reads what ioreg of macOS and reg of Windows print", () => {
  const ioreg = `  | {\n  |   "IOPlatformUUID" = "${UUID.toUpperCase()}"\n  | }`;
  const reg = `\r\nHKEY_LOCAL_MACHINE\\...\r\n    MachineGuid    REG_SZ    ${UUID}\r\n`;
  assert.deepEqual([ioreg, reg].map(parseMachineId), [UUID, UUID]);
});

Deno.test("parseMachineId takes an image that waits for its id, and anything else, for no id", () => {
  for (const text of ["", "uninitialized\n", `${"0".repeat(32)}\n`, "not an id"]) {
    assert.equal(parseMachineId(text), undefined, text);
  }
});
