/**
 * Names of users and groups by their numbers, from the files of the machine. Who is known to a directory service only has no name here.
 *
 * @module
 */

import { readRegularFile } from "../../../../shared/files/regular_file.ts";

/** Names as they were when it was made. */
export class AccountNames {
  readonly #users: ReadonlyMap<number, string>;
  readonly #groups: ReadonlyMap<number, string>;

  /** @param texts of `/etc/passwd` and `/etc/group` */
  constructor(texts: { passwd: string; group: string }) {
    this.#users = parseNames(texts.passwd);
    this.#groups = parseNames(texts.group);
  }

  /** Reads the files of this machine; one that is not there has no names. */
  static read(): AccountNames {
    return new AccountNames({ passwd: textOf("/etc/passwd"), group: textOf("/etc/group") });
  }

  user(uid: number): string | null {
    return this.#users.get(uid) ?? null;
  }

  group(gid: number): string | null {
    return this.#groups.get(gid) ?? null;
  }
}

/** What is longer is no name. */
const MAX_NAME = 256;

/** Both files have the name first and the number third. Of two names of a number the first counts, as for the C library. */
function parseNames(text: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split("\n")) {
    const [name = "", , number = ""] = line.split(":");
    if (
      name === "" || name.length > MAX_NAME || !/^\d+$/.test(number) || names.has(Number(number))
    ) continue;
    names.set(Number(number), name);
  }
  return names;
}

function textOf(path: string): string {
  try {
    return readRegularFile(path);
  } catch {
    return "";
  }
}
