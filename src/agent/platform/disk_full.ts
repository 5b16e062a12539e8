/** True for the errors by which SQLite and the system say that nothing more fits on the disk. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && /disk is full|no space left|ENOSPC|quota/i.test(error.message);
}

/** What to do about it, where the disk is that of `path`. */
export function spaceHint(path: string): string {
  return `free some space: df -h "${path}" shows the disk, df -i "${path}" its files`;
}
