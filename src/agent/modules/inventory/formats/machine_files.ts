/**
 * `/proc/cpuinfo` and `/proc/meminfo`, see proc(5).
 *
 * @module
 */

const BYTES_PER_KIB = 1_024;

/** Processors; what is left out is not known. */
interface CpuFacts {
  /** Logical processors. */
  cores?: number | undefined;
  name?: string | undefined;
  /** MHz. */
  speed?: number | undefined;
}

/** Reads `/proc/cpuinfo`: on ARM there may be neither name nor clock. */
export function parseCpuinfo(text: string): CpuFacts {
  const value = (...names: string[]) =>
    names.map((name) => new RegExp(`^${name}[ \\t]*:[ \\t]*(.+)$`, "m").exec(text)?.[1]?.trim())
      .find((found) => found);
  const cores = text.match(/^processor[ \t]*:/gm)?.length;
  const mhz = Number.parseFloat(value("cpu MHz", "clock") ?? "");
  return {
    cores,
    name: value("model name", "cpu model", "Model", "Hardware", "cpu"),
    speed: Number.isFinite(mhz) ? Math.round(mhz) : undefined,
  };
}

/** Memory in bytes. `free` is what programs can have without anything being swapped. */
export function parseMeminfo(text: string): { total?: number; free?: number } {
  const bytes = (name: string) => {
    const kib = new RegExp(`^${name}:[ \\t]+(\\d+) kB$`, "m").exec(text)?.[1];
    return kib === undefined ? undefined : Number(kib) * BYTES_PER_KIB;
  };
  const total = bytes("MemTotal");
  // Kernels before 3.14 do not tell what is available.
  const old = (bytes("MemFree") ?? 0) + (bytes("Buffers") ?? 0) + (bytes("Cached") ?? 0);
  const free = bytes("MemAvailable") ?? (old > 0 ? old : undefined);
  return { ...(total !== undefined && { total }), ...(free !== undefined && { free }) };
}
