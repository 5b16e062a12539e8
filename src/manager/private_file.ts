/**
 * Files that only their owner may read: keys.
 *
 * @module
 */

/** The text of a file; `undefined` when there is no such file. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Writes a file of mode 0600 in one step: after a crash there is the old one or the new one, never
 * half of it.
 */
export async function writePrivate(path: string, text: string): Promise<void> {
  const draft = `${path}.new`;
  await Deno.remove(draft).catch(() => {});
  await Deno.writeTextFile(draft, text, { mode: 0o600, createNew: true });
  await Deno.rename(draft, path);
}
