import { readRegularFile } from "../../shared/files/regular_file.ts";

/** What people call the user with the number `uid`: its name in `/etc/passwd`, or `user 1000`. */
export function userName(uid: number | null): string {
  if (uid === null) return "nobody known";
  return knownName(uid) ?? `user ${uid}`;
}

/** The name of a user in `/etc/passwd`. */
export function knownName(uid: number): string | undefined {
  return nameIn(passwordFile(), uid);
}

/** The name of a user in the text of a file of the form of `/etc/passwd`. */
export function nameIn(text: string, uid: number): string | undefined {
  const line = text.split("\n").find((entry) => entry.split(":")[2] === String(uid));
  return line?.split(":")[0] || undefined;
}

/** Machines whose users are elsewhere still have the file, without them. */
function passwordFile(): string {
  try {
    return readRegularFile("/etc/passwd");
  } catch {
    return "";
  }
}
