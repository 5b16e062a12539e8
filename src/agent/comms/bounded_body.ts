/** A body as far as it was read. */
interface BoundedBody {
  bytes: Uint8Array<ArrayBuffer>;
  /** True when the body was longer than the bound and the rest was let go. */
  truncated: boolean;
}

/**
 * Reads at most `maxBytes` bytes of an answer and leaves nothing open: a body that is neither read
 * to its end nor cancelled would keep its connection from being used again.
 *
 * @throws what the connection throws when it breaks or is aborted
 */
export async function readBounded(response: Response, maxBytes: number): Promise<BoundedBody> {
  if (response.body === null) return { bytes: new Uint8Array(), truncated: false };
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the stream.
  for await (const chunk of response.body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBytes) break;
  }
  return { bytes: join(chunks, Math.min(size, maxBytes)), truncated: size > maxBytes };
}

function join(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    const part = chunk.subarray(0, size - offset);
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
