/**
 * Files that a person names on a command line.
 *
 * @module
 */

/**
 * The text of a file or of a pipe, such as a shell's `<(…)`. A pipe may have no writer for ever, so waiting for one ends with the
 * signal; a device, which may have no end, is refused.
 *
 * @throws what the file system says, an error that says what stands there instead, or the signal's reason
 */
export async function readNamedFile(path: string, signal: AbortSignal): Promise<string> {
  const { isFile, isFifo, isDirectory } = await Deno.stat(path);
  if (isDirectory) throw new Error("is a directory");
  // Windows calls nothing a pipe.
  if (!isFile && !isFifo) throw new Error("it is neither a regular file nor a pipe");
  return await Deno.readTextFile(path, { signal });
}
