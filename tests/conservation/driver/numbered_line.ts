/**
 * The lines that are counted: all of one length, so that a number of lost bytes is a number of lost lines.
 *
 * @module
 */

/** Bytes of a line, its newline included. */
export const LINE_BYTES = 120;

const NUMBER = / source=(\S+) line=(\d{9}) /;

/** Line `number` of the program `source`. ASCII. */
export function numberedLine(source: string, number: number): string {
  const head = `conserve source=${source} line=${String(number).padStart(9, "0")} `;
  return head.padEnd(LINE_BYTES - 1, ".") + "\n";
}

/** Which line `text` is; `undefined` when it is none of ours, or not whole. */
export function readNumberedLine(text: string): { source: string; number: number } | undefined {
  const [, source, digits] = NUMBER.exec(text) ?? [];
  if (source === undefined || text.length !== LINE_BYTES - 1) return undefined;
  return { source, number: Number(digits) };
}
