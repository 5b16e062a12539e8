import { messageOf } from "../../../shared/errors.ts";

/**
 * Why the folder `root` does not stand for the files of a machine; `undefined` when it does. What is not mounted must not be taken for a
 * machine without anything.
 */
export function whyNoMachine(root: string): string | undefined {
  try {
    for (const _ of Deno.readDirSync(root)) return undefined;
    return `inventory.root "${root}" is empty: nothing is mounted there`;
  } catch (error) {
    return `inventory.root "${root}" cannot be read as a folder: ${messageOf(error)}`;
  }
}
