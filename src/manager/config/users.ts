/**
 * The users of the management API beside the first one, out of their file.
 *
 *     reader:grafana:its-password
 *
 * One user a line: role, name, password, with colons between; the password may have colons in it. Empty lines, and those that begin
 * with `#`, are left out.
 *
 * @module
 */

import { AgentError, messageOf } from "../../shared/errors.ts";
import { ROLES } from "../management_api/access.ts";

const FEWEST_CHARACTERS = 8;

/** A user as a line of the file says it. */
export interface UserLine {
  role: (typeof ROLES)[number];
  name: string;
  password: string;
}

/**
 * The users of the file; none without a file.
 *
 * @param first name of the user that the options name
 * @throws AgentError `config_invalid` naming the line, never its content
 */
export async function readUsers(file: string | undefined, first: string): Promise<UserLine[]> {
  if (file === undefined) return [];
  const users: UserLine[] = [];
  const names = new Set([first]);
  for (const [index, line] of (await readLines(file)).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const where = `line ${index + 1}`;
    const user = parseLine(line);
    if (typeof user === "string") throw unusable(file, `${where} ${user}`);
    if (names.has(user.name)) throw unusable(file, `${where} names a user that is there already`);
    names.add(user.name);
    users.push(user);
  }
  return users;
}

async function readLines(file: string): Promise<string[]> {
  try {
    return (await Deno.readTextFile(file)).split(/\r?\n/);
  } catch (error) {
    throw unusable(file, messageOf(error));
  }
}

/** The user, or what is wrong with the line. */
function parseLine(line: string): UserLine | string {
  const [, given, name = "", password = ""] = /^([^:]*):([^:]*):(.*)$/.exec(line) ?? [];
  const role = ROLES.find((known) => known === given);
  if (role === undefined) return `does not begin with a role, one of ${ROLES.join(", ")}, and ":"`;
  if (!/^\S{1,256}$/.test(name)) return "has no name without spaces after the role";
  if (password.length < FEWEST_CHARACTERS) {
    return `has a password of fewer than ${FEWEST_CHARACTERS} characters`;
  }
  return { role, name, password };
}

function unusable(file: string, why: string): AgentError {
  return new AgentError("config_invalid", `manager.users_file: cannot use "${file}": ${why}`, {
    hint: "write one user a line, such as reader:grafana:its-password, or name another file",
  });
}
