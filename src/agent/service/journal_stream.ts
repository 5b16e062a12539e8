/**
 * Whether what is written goes to systemd's journal.
 *
 * @module
 */

import { fstatSync } from "node:fs";

const STDERR = 2;

/** Device and inode of an open file, as `JOURNAL_STREAM` has them; `undefined` where they cannot be read. */
function streamOf(fd: number): string | undefined {
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/**
 * Whether standard error is the journal. `named` is the variable `JOURNAL_STREAM`, which processes inherit whose standard error goes
 * elsewhere: it holds for the file that it names only (systemd.exec(5)).
 */
export function isJournal(named: string | undefined, stream = streamOf(STDERR)): boolean {
  return named !== undefined && named === stream;
}
