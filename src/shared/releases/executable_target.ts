/**
 * The header of an executable, which says what machine it is for.
 *
 * ELF: `e_machine` of the System V ABI; Mach-O: `cputype` of `mach-o/loader.h`; PE: `Machine` of the COFF header, where
 * the 32 bits at 0x3c point to.
 *
 * @module
 */

const ELF = 0x464c457f;
const ELF_MACHINES: Record<number, string> = {
  0x3e: "x86_64-unknown-linux-gnu",
  0xb7: "aarch64-unknown-linux-gnu",
};
const MACH_O_64 = 0xfeedfacf;
const MACH_O_MACHINES: Record<number, string> = {
  0x01000007: "x86_64-apple-darwin",
  0x0100000c: "aarch64-apple-darwin",
};
const MZ = 0x5a4d;
const PE = 0x4550;
const PE_MACHINES: Record<number, string> = { 0x8664: "x86_64-pc-windows-msvc" };
const SHORTEST_HEADER_BYTES = 64;

/** The platform, as Deno names it, that the executable `bytes` is for; `undefined` for any other content. */
export function executableTarget(bytes: Uint8Array): string | undefined {
  if (bytes.length < SHORTEST_HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0, true);
  if (magic === ELF) return ELF_MACHINES[view.getUint16(18, true)];
  if (magic === MACH_O_64) return MACH_O_MACHINES[view.getUint32(4, true)];
  if (view.getUint16(0, true) !== MZ) return undefined;
  const at = view.getUint32(0x3c, true);
  if (at + 6 > bytes.length || view.getUint32(at, true) !== PE) return undefined;
  return PE_MACHINES[view.getUint16(at + 4, true)];
}
