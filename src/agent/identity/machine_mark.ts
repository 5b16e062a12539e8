/**
 * By what an identity knows its machine again: a hash of the machine's id with that of the agent. The machine's id itself is nowhere
 * stored, and the marks of two agents on one machine have nothing in common.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Identity } from "./identity_file.ts";

/** The mark of the machine for the agent `id`, in hexadecimal. */
export function machineMark(id: string, machineId: string): string {
  return createHash("sha256").update(`agent machine\n${id}\n${machineId}`).digest("hex");
}

/**
 * Whether an identity was made on another machine, of which this one is a copy. Never so as long as one of the two is unknown: a
 * machine need not have an id.
 */
export function isOfOtherMachine(
  { id, machine }: Pick<Identity, "id" | "machine">,
  machineId: string | undefined,
): boolean {
  if (machine === undefined || machineId === undefined) return false;
  return machine !== machineMark(id, machineId);
}
