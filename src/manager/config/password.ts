/**
 * The password of the management API's user, out of its file.
 *
 * @module
 */

import { AgentError, messageOf } from "../../shared/errors.ts";

/**
 * The first line of the file; nothing without a file.
 *
 * @throws AgentError `config_invalid` when it cannot be read or is empty
 */
export async function readPassword(file: string | undefined): Promise<{ password?: string }> {
  if (file === undefined) return {};
  let text: string;
  try {
    text = await Deno.readTextFile(file);
  } catch (error) {
    throw unusable(file, messageOf(error));
  }
  const password = text.split(/\r?\n/, 1)[0] ?? "";
  if (password === "") throw unusable(file, "its first line is empty");
  return { password };
}

function unusable(file: string, why: string): AgentError {
  return new AgentError("config_invalid", `manager.password_file: cannot use "${file}": ${why}`, {
    hint: "write the password on the first line of the file, or name another file",
  });
}
