/**
 * Paths as C has them: bytes with a zero behind them.
 *
 * @module
 */

/** A path as text, or as the bytes that it is for the kernel. */
export type PathBytes = string | Uint8Array;

/** The longest path that a call takes (`PATH_MAX`), zero included. */
const MAX_BYTES = 4_096;
const encoder = new TextEncoder();

/** Room for one path that is used again for the next: of millions of files none costs an allocation. */
export class PathBuffer {
  readonly #bytes = new Uint8Array(MAX_BYTES);

  /**
   * The path with its zero; valid until the next call.
   *
   * @throws {TypeError} for a path with a zero inside, which would name another file
   */
  of(path: PathBytes): Uint8Array<ArrayBuffer> {
    if (path.length >= MAX_BYTES) return cString(path);
    if (typeof path !== "string") {
      requireNoZero(path);
      this.#bytes.set(path);
      this.#bytes[path.length] = 0;
      return this.#bytes;
    }
    requireNoZero(path);
    const { read, written } = encoder.encodeInto(path, this.#bytes);
    if (read < path.length || written >= MAX_BYTES) return cString(path);
    this.#bytes[written] = 0;
    return this.#bytes;
  }
}

/**
 * The path with its zero, in bytes of its own.
 *
 * @throws {TypeError} for a path with a zero inside
 */
export function cString(path: PathBytes): Uint8Array<ArrayBuffer> {
  requireNoZero(path);
  const bytes = typeof path === "string" ? encoder.encode(path) : path;
  const terminated = new Uint8Array(bytes.length + 1);
  terminated.set(bytes);
  return terminated;
}

function requireNoZero(path: PathBytes): void {
  const hasZero = typeof path === "string" ? path.includes("\0") : path.includes(0);
  if (hasZero) throw new TypeError("A path has a zero byte in it");
}
