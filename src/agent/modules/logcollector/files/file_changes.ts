/**
 * Whether a followed file may have been truncated and nobody has looked for what it held.
 *
 * @module
 */

/** Keeps that until somebody has looked. */
export class FileChanges {
  #rewrites = 0;
  #searched = 0;
  #isTruncated = false;

  /** How often something that was not seen may have been truncated. */
  get rewrites(): number {
    return this.#rewrites;
  }

  /** True when something that was not seen may have been truncated. */
  get isRewritten(): boolean {
    return this.#rewrites > this.#searched;
  }

  /** True when it was seen that it was truncated. */
  get isTruncated(): boolean {
    return this.#isTruncated;
  }

  /** Something that was not seen may have been truncated. */
  noteRewritten(): void {
    this.#rewrites++;
  }

  /** The file was truncated. */
  noteTruncated(): void {
    this.#rewrites++;
    this.#isTruncated = true;
  }

  /** Somebody has looked for it. */
  clear(): void {
    this.#searched = this.#rewrites;
    this.#isTruncated = false;
  }
}
