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
 * @throws what the connection throws when it breaks, and the reason of `signal` at once when that is
 *   aborted, whether the connection ends or not
 */
export async function readBounded(
  response: Response,
  { maxBytes, signal }: { maxBytes: number; signal: AbortSignal },
): Promise<BoundedBody> {
  if (response.body === null) return { bytes: new Uint8Array(), truncated: false };
  const chunks: Uint8Array[] = [];
  let size = 0;
  // One byte beyond the bound tells a body that is too long from one that just fits.
  for await (const value of piecesOf(response.body, signal)) {
    chunks.push(value);
    size += value.length;
    if (size > maxBytes) return { bytes: join(chunks, maxBytes), truncated: true };
  }
  return { bytes: join(chunks, size), truncated: false };
}

/** What whoever takes a body piece by piece threw: no fault of the connection. */
export class BodyRefusal extends Error {}

/**
 * Hands a body over, piece by piece.
 *
 * @throws {BodyRefusal} with what `take` threw as its cause; else as {@linkcode readBounded}
 */
export async function passOn(
  response: Response,
  { take, signal }: { take: (bytes: Uint8Array) => Promise<void>; signal: AbortSignal },
): Promise<void> {
  if (response.body === null) return;
  for await (const value of piecesOf(response.body, signal)) {
    try {
      await take(value);
    } catch (cause) {
      throw new BodyRefusal("The body is not taken", { cause });
    }
  }
}

async function* piecesOf(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  // The read alone may not end with the signal while the connection hangs.
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => {});
  const onAbort = () => aborted.reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), aborted.promise]);
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    // Not waited for: the source of a body that has stalled may never hear of it.
    reader.cancel().catch(() => {});
  }
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
