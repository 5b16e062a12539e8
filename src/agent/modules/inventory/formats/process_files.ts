/**
 * `/proc/PID/stat`, `status` and `cmdline`, see proc(5).
 *
 * @module
 */

/** What `/proc/PID/stat` says. Times are ticks of `USER_HZ`, which is 100 on every architecture that Deno runs on. */
export interface ProcessStat {
  pid: number;
  /** At most 15 bytes; may hold parentheses and spaces. */
  name: string;
  state: string;
  parent: number;
  /** Number of the controlling terminal, 0 for none. */
  tty: number;
  userTicks: number;
  systemTicks: number;
  /** Since the machine started. */
  startTicks: number;
}

/** User and group numbers as texts: real, effective and saved. */
interface ProcessIds {
  user: { real: string; effective: string; saved: string };
  group: { real: string; effective: string; saved: string };
}

const TICKS_PER_S = 100;

/** Reads `stat`; `undefined` for anything else. The name ends at the LAST parenthesis. */
export function parseProcessStat(text: string): ProcessStat | undefined {
  const [open, close] = [text.indexOf("("), text.lastIndexOf(")")];
  if (open < 0 || close < open) return undefined;
  const pid = Number.parseInt(text, 10);
  const fields = text.slice(close + 2).trim().split(" ");
  const number = (at: number) => Number(fields[at]);
  const stat = {
    pid,
    name: text.slice(open + 1, close),
    state: fields[0] ?? "",
    parent: number(1),
    tty: number(4),
    userTicks: number(11),
    systemTicks: number(12),
    startTicks: number(19),
  };
  return Number.isInteger(pid) && Number.isFinite(stat.startTicks) ? stat : undefined;
}

/** Reads the lines `Uid:` and `Gid:` of `status`. */
export function parseProcessIds(text: string): ProcessIds | undefined {
  const ids = (name: string) => {
    const [, real = "", effective = "", saved = ""] =
      new RegExp(`^${name}:\\t(\\d+)\\t(\\d+)\\t(\\d+)`, "m").exec(text) ?? [];
    return saved === "" ? undefined : { real, effective, saved };
  };
  const [user, group] = [ids("Uid"), ids("Gid")];
  return user && group && { user, group };
}

/** The arguments of `cmdline`, the program first; empty for a thread of the kernel. */
export function parseCommandLine(text: string): string[] {
  const ended = text.endsWith("\0") ? text.slice(0, -1) : text;
  return ended === "" ? [] : ended.split("\0");
}

/** When the machine started, in seconds since 1970: `btime` of `/proc/stat`. */
export function parseBootTime(text: string): number | undefined {
  const seconds = /^btime (\d+)$/m.exec(text)?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

/** When a process started, as ISO 8601. */
export function startOf({ startTicks }: ProcessStat, bootSeconds: number | undefined) {
  if (bootSeconds === undefined) return undefined;
  return new Date((bootSeconds + startTicks / TICKS_PER_S) * 1_000).toISOString();
}

/** Whole seconds of ticks. */
export function secondsOf(ticks: number): number {
  return Math.floor(ticks / TICKS_PER_S);
}
