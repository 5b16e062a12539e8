/**
 * What a program writes, kept in a file.
 *
 * @module
 */

/**
 * Appends what comes out of `text` to the file at `path` until it ends. Leaves the closing of the file to the pipe: with
 * `preventClose` Deno writes nothing of a child's output.
 */
export async function appendTo(path: string, text: ReadableStream<Uint8Array>): Promise<void> {
  const file = await Deno.open(path, { create: true, append: true });
  await text.pipeTo(file.writable);
}
