/**
 * `/etc/passwd`, `/etc/group` and `/etc/shadow`, see passwd(5), group(5) and shadow(5).
 *
 * Of `/etc/shadow` the hash itself is never kept: only whether there is one, of which kind, and the dates.
 *
 * @module
 */

const MS_PER_DAY = 86_400_000;

/** A line of `passwd`. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
  fullName: string;
  home: string;
  shell: string;
}

/** A line of `group`. */
export interface AccountGroup {
  name: string;
  gid: number;
  members: string[];
}

/** A line of `shadow`; what is left out is not set. Days are counts. */
export interface PasswordFacts {
  status: "active" | "locked" | "not_set" | "empty";
  /** The id between the first two `$`, such as `y` (yescrypt) or `6` (SHA-512). */
  algorithm?: string | undefined;
  lastChange?: string | undefined;
  minDays?: number | undefined;
  maxDays?: number | undefined;
  warningDays?: number | undefined;
  inactiveDays?: number | undefined;
  expires?: string | undefined;
}

/** Reads `passwd`, or what `getent passwd` prints. Lines of NIS (`+::`) and what is no account are passed over. */
export function parsePasswd(text: string): Account[] {
  return text.split("\n").flatMap((line) => {
    const [name = "", , uid = "", gid = "", fullName = "", home = "", shell = ""] = line.split(":");
    if (!/^[^+\-#]/.test(name) || !/^\d+$/.test(uid) || !/^\d+$/.test(gid)) return [];
    const [realName = ""] = fullName.split(",");
    return [{ name, uid: Number(uid), gid: Number(gid), fullName: realName, home, shell }];
  });
}

/** Reads `group`, or what `getent group` prints. */
export function parseGroups(text: string): AccountGroup[] {
  return text.split("\n").flatMap((line) => {
    const [name = "", , gid = "", members = ""] = line.split(":");
    if (!/^[^+\-#]/.test(name) || !/^\d+$/.test(gid)) return [];
    return [{ name, gid: Number(gid), members: members.split(",").filter((one) => one !== "") }];
  });
}

/** Reads `shadow`: user to what may be known. */
export function parseShadow(text: string): Map<string, PasswordFacts> {
  const known = new Map<string, PasswordFacts>();
  for (const line of text.split("\n")) {
    const [name = "", secret = "", change, min, max, warning, inactive, expires] = line.split(":");
    if (name === "" || change === undefined) continue;
    known.set(name, {
      status: statusOf(secret),
      algorithm: /^!*\$([^$]+)\$/.exec(secret)?.[1],
      lastChange: dayOf(change),
      minDays: daysIn(min),
      maxDays: daysIn(max),
      warningDays: daysIn(warning),
      inactiveDays: daysIn(inactive),
      expires: dayOf(expires),
    });
  }
  return known;
}

function statusOf(secret: string): PasswordFacts["status"] {
  if (secret === "") return "empty";
  // A hash behind the mark is one that was locked; the mark alone never was one.
  if (secret.startsWith("!")) return /^!+[^!*]/.test(secret) ? "locked" : "not_set";
  return secret.startsWith("*") ? "not_set" : "active";
}

function daysIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

function dayOf(text: string | undefined): string | undefined {
  const days = daysIn(text);
  // 0: the password has to be changed at the next log-in.
  return days === undefined || days === 0 ? undefined : new Date(days * MS_PER_DAY).toISOString();
}
