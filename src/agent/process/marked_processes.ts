/**
 * Processes that are known by a variable of their environment: who leaves the process group that it was started in (`setsid`, a daemon)
 * still has that.
 *
 * A process that was started with another environment is not found; nor is any where there is no `/proc`.
 *
 * @module
 */

import { SystemFiles } from "../platform/system_files.ts";

/** The name of the variable; its value begins with a UUID, which nobody else has by chance. */
const MARK_VARIABLE = "AGENT_STARTED_FOR";
/** What it started while it was looked at is found by the next look. */
const MOST_LOOKS = 5;

/** What looking for processes needs. */
interface MarkDeps {
  files?: Pick<SystemFiles, "list" | "readBytes">;
  kill?: (pid: number) => void;
}

/** The environment that marks a program, and all that it starts, with `mark`. */
export function markedEnvironment(mark: string): Record<string, string> {
  return { [MARK_VARIABLE]: mark };
}

/** Kills every process whose mark begins with `mark`; gives how many. */
export function killMarked(
  mark: string,
  { files = new SystemFiles(), kill = killProcess }: MarkDeps = {},
): number {
  let killed = 0;
  for (let look = 1; look <= MOST_LOOKS; look++) {
    const pids = pidsMarked(mark, files);
    if (pids.length === 0) break;
    for (const pid of pids) kill(pid);
    killed += pids.length;
  }
  return killed;
}

function pidsMarked(mark: string, files: NonNullable<MarkDeps["files"]>): number[] {
  const entry = `${MARK_VARIABLE}=${mark}`;
  return (files.list("/proc") ?? [])
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => hasEntry(files.readBytes(`/proc/${pid}/environ`), entry))
    .map(Number);
}

/** A process that was killed and not yet waited for has no environment any more. */
function hasEntry(environment: Uint8Array | undefined, entry: string): boolean {
  if (environment === undefined || environment.length < entry.length) return false;
  return new TextDecoder("latin1").decode(environment).split("\0").some((one) =>
    one.startsWith(entry)
  );
}

function killProcess(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}
