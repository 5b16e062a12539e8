import { join } from "node:path";
import { readIfThere, writePrivate } from "../../private_file.ts";

/**
 * What tells a manager that was started again from another one of its name: it lies in the data folder, which belongs to one process.
 *
 * @param folder without it each start is another manager
 */
export async function nodeInstance(folder: string | undefined): Promise<string> {
  const path = folder === undefined ? undefined : join(folder, "node_instance");
  const known = path === undefined ? undefined : await readIfThere(path);
  if (known !== undefined && known !== "") return known;
  const made = crypto.randomUUID();
  if (path !== undefined) await writePrivate(path, made);
  return made;
}
