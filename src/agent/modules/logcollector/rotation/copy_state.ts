/**
 * Whether a file is a copy of another one, as far as that is decided.
 *
 * @module
 */

/** Which bytes of a file were passed over because they stand in another one. */
export class CopyState {
  /** Whether it is known that it is, or is not, a copy. */
  judged = false;
  /** Key of a file that begins with all it has, while it waits; empty for none. */
  prefixOf = "";
  #copied = 0;
  #ownTo = 0;
  #copyOf = "";

  /** End of the bytes that were passed over as they stand in another file; 0 for none. */
  get copied(): number {
    return this.#copied;
  }

  /** Where the bytes begin that were passed over. */
  get ownTo(): number {
    return this.#ownTo;
  }

  /** Key of the file of which it is, or may be, a copy; empty for none. */
  get copyOf(): string {
    return this.#copyOf;
  }

  /** Takes over what is remembered; when the file is `unchanged`, what was decided holds. */
  resume(
    { offset, copied, own_to, copy_of, prefix_of }: {
      offset: number;
      copied: number;
      own_to: number;
      copy_of: string;
      prefix_of: string;
    },
    unchanged: boolean,
  ): void {
    this.#copied = copied;
    this.#ownTo = own_to;
    this.#copyOf = copy_of;
    this.prefixOf = unchanged ? prefix_of : "";
    // While it waited for a decision there was none.
    const isDecided = copy_of !== "" && prefix_of === "";
    this.judged = (offset > copied && copy_of === "") || (isDecided && unchanged);
  }

  /** It is no copy. */
  markOwn(): void {
    this.#forget();
    this.judged = true;
  }

  /** The bytes between the two positions stand in the file of this key. */
  passOver(key: string, { from, to }: { from: number; to: number }): void {
    if (this.#copied === 0) this.#ownTo = from;
    this.#copied = to;
    this.#copyOf = key;
    this.prefixOf = "";
    this.judged = true;
  }

  /** It is read although it may be a copy of the file of this key. */
  doubt(key: string): void {
    this.#copyOf = key;
  }

  /** The file of which it is a copy is known by another key now. True when it is one of that. */
  renameOriginal(key: string, newKey: string): boolean {
    const isIt = this.#copyOf === key;
    if (isIt) this.#copyOf = newKey;
    return isIt;
  }

  /** It has grown: what was decided holds no longer for what came. */
  noteGrowth(): void {
    this.prefixOf = "";
    if (this.#copyOf !== "") this.judged = false;
  }

  /** What was not read of the file of this key is gone. True when that concerns what was passed over. */
  doubtCopyOf(key: string): boolean {
    const isIt = this.#copied > 0 && this.#copyOf === key;
    if (isIt) this.judged = false;
    return isIt;
  }

  /** It holds something else now. */
  reset(): void {
    this.#forget();
    this.judged = false;
  }

  #forget(): void {
    this.prefixOf = "";
    this.#copied = 0;
    this.#ownTo = 0;
    this.#copyOf = "";
  }
}
