/**
 * Names of units, and where an entry names the one that it belongs to.
 *
 * @module
 */

/**
 * The ways in which an entry can belong to a unit: written by it, written by systemd about it, or about it by a program of root's. So
 * does `journalctl --unit`.
 */
export const UNIT_FIELDS = [
  { field: "_SYSTEMD_UNIT", by: undefined },
  { field: "UNIT", by: { field: "_PID", value: "1" } },
  { field: "OBJECT_SYSTEMD_UNIT", by: { field: "_UID", value: "0" } },
  { field: "COREDUMP_UNIT", by: { field: "_UID", value: "0" } },
] as const;

const KINDS = /\.(service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/;

/** A unit's name in full. */
export function unitName(name: string): string {
  return KINDS.test(name) || name.endsWith("*") ? name : `${name}.service`;
}

/** Whether a name stands for several. */
export function isGlob(name: string): boolean {
  return /[*?]/.test(name);
}
