/**
 * `sudo agent register`, where the data belongs to the service's user: root writes the configuration, and the rest is done as that
 * user, to whom the identity has to belong.
 *
 * @module
 */

import { resolve } from "node:path";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";

/** Whom the data belongs to. */
interface Owner {
  uid: number;
  gid: number;
}

/** The owner of the data folder, when root acts and the folder is somebody else's. */
export function otherOwnerOf(folder: string): Owner | undefined {
  if (Deno.build.os === "windows" || Deno.uid() !== 0) return undefined;
  try {
    const { uid, gid } = Deno.statSync(folder);
    return uid === null || gid === null || uid === 0 ? undefined : { uid, gid };
  } catch {
    return undefined;
  }
}

/** Done already by root, or told in another way. */
const NOT_PASSED_ON = ["writeConfig", "password", "passwordFile", "passwordStdin", "tokenFile"];

const PATHS = ["config", "caCert"];

/** What was given on the command line, as it is for the owner's process. */
export function argumentsFor(command: CommandUnknownOpts): string[] {
  return command.options.flatMap((option) => {
    const name = option.attributeName();
    if (NOT_PASSED_ON.includes(name)) return [];
    if (command.getOptionValueSource(name) !== "cli") return [];
    const value = command.getOptionValue(name);
    if (value === true) return [String(option.long)];
    return [String(option.long), PATHS.includes(name) ? resolve(String(value)) : String(value)];
  });
}

/** Runs `agent register` as the owner; gives its exit status. Secrets go by the environment, which nobody else can read. */
export async function registerAsOwner(
  { uid, gid }: Owner,
  { args, env }: { args: readonly string[]; env: Record<string, string> },
): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["register", ...args],
    uid,
    gid,
    // It may not enter the folder that root is in.
    cwd: "/",
    env,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  });
  return (await child.spawn().status).code;
}
