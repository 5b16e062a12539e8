/**
 * The wall clock of a process, put forward and back by `libfaketime` while it runs.
 *
 * @module
 */

const LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

/** Whether clocks can be put on this machine. */
export function canSetClock(): boolean {
  try {
    return Deno.statSync(LIBRARY).isFile;
  } catch {
    return false;
  }
}

/** Sets the clock that the file at `path` decides `seconds` ahead of the machine's (behind, when negative). */
export function setClock(path: string, seconds: number): void {
  Deno.writeTextFileSync(`${path}.new`, `${seconds < 0 ? "" : "+"}${seconds}\n`);
  Deno.renameSync(`${path}.new`, path);
}

/** The variables of a process whose clock the file at `path` decides; none where that cannot be. */
export function clockVariables(path: string): Record<string, string> {
  if (!canSetClock()) return {};
  return {
    LD_PRELOAD: LIBRARY,
    FAKETIME_TIMESTAMP_FILE: path,
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
    FAKETIME_CACHE_DURATION: "1",
  };
}
