/**
 * Figures that a benchmark has beside its time: bytes, stalls, memory. Printed once all are done, so
 * that the table of times stays whole.
 *
 * @module
 */

const latest = new Map<string, string>();

/** Keeps `text` for the benchmark `name`; the last iteration's counts. */
export function note(name: string, text: string): void {
  if (latest.size === 0) addEventListener("unload", print);
  latest.set(name, text);
}

function print(): void {
  for (const [name, text] of latest) console.log(`  ${name}: ${text}`);
}
