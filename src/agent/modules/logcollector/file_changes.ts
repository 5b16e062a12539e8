/**
 * What happened to a followed file and has not been seen to yet.
 *
 * @module
 */

/** How a file changed. */
export interface Change {
  /** When it had been modified before, in milliseconds. */
  afterMs: number;
  /** True when something that was not seen may have been truncated. */
  isRewritten: boolean;
}

/** What a truncation took. */
interface Truncation {
  /** Bytes that were there and are nowhere else. */
  lostBytes: number;
  /** True when a copy of what was there has been found. */
  recovered: boolean;
}

/** Keeps a file's changes until they are asked for. */
export class FileChanges {
  #change: Change | undefined;
  #truncation: { seenBytes: number; offset: number; copyBytes: number } | undefined;

  /** True until it is asked what the latest truncation took. */
  get wasTruncated(): boolean {
    return this.#truncation !== undefined;
  }

  /** The file was written. */
  note({ isRewritten, afterMs }: Change): void {
    this.#change ??= { afterMs, isRewritten };
    this.#change.isRewritten ||= isRewritten;
  }

  /** The file was truncated after `seenBytes` had been in it, of which `offset` were read. */
  noteTruncation(seenBytes: number, offset: number): void {
    this.#truncation = { seenBytes, offset, copyBytes: 0 };
  }

  /** A copy with `bytes` bytes of what was truncated has been found. */
  noteCopy(bytes: number): void {
    const truncation = this.#truncation;
    if (truncation) truncation.copyBytes = Math.max(truncation.copyBytes, bytes);
  }

  /** What changed since it was asked last; `undefined` when nothing did. */
  take(): Change | undefined {
    const change = this.#change;
    this.#change = undefined;
    return change;
  }

  /** What the latest truncation took; `undefined` when there was none or it was asked before. */
  takeTruncation(): Truncation | undefined {
    if (this.#truncation === undefined) return undefined;
    const { seenBytes, offset, copyBytes } = this.#truncation;
    this.#truncation = undefined;
    const lostBytes = Math.max(0, seenBytes - Math.max(offset, copyBytes));
    return { lostBytes, recovered: copyBytes > 0 };
  }
}
