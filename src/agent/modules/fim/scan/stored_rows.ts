/**
 * What is stored of files, read in the order of keys.
 *
 * @module
 */

import { compareKeys } from "../../../../shared/states/key_order.ts";
import type { KeyRange } from "./scope.ts";

/** A file as it was told last. */
export interface StoredFile {
  key: string;
  /** The packed record. */
  data: Uint8Array;
}

/** Gives up to `limit` of what is stored in a range, in order. Holds nothing open. */
export type ReadPage = (range: KeyRange, limit: number) => readonly StoredFile[];

const PAGE = 1_000;

/** Goes through what is stored in some ranges, a page at a time. */
export class StoredRows {
  readonly #read: ReadPage;
  readonly #ranges: KeyRange[];
  #page: readonly StoredFile[] = [];
  #at = 0;

  /** @param ranges in order, none within another */
  constructor(read: ReadPage, ranges: readonly KeyRange[]) {
    this.#read = read;
    this.#ranges = [...ranges];
  }

  /** What is next, without taking it. */
  get next(): StoredFile | undefined {
    const next = this.#page[this.#at];
    if (next !== undefined || this.#ranges.length === 0) return next;
    while (this.#at >= this.#page.length && this.#ranges.length > 0) this.#readPage();
    return this.#page[this.#at];
  }

  /** Takes what is next. */
  take(): void {
    this.#at++;
  }

  /** Takes what is next if its key comes before `key`. */
  takeBefore(key: string): StoredFile | undefined {
    const { next } = this;
    if (next === undefined || compareKeys(next.key, key) >= 0) return undefined;
    this.take();
    return next;
  }

  /** Takes what is next if its key is `key`. */
  takeAt(key: string): StoredFile | undefined {
    const { next } = this;
    if (next?.key !== key) return undefined;
    this.take();
    return next;
  }

  /** Passes over everything whose key begins with `prefix`. */
  skip(prefix: string): void {
    while (this.next?.key.startsWith(prefix)) this.take();
  }

  #readPage(): void {
    const [range] = this.#ranges;
    if (range === undefined) return;
    this.#page = this.#read(range, PAGE);
    this.#at = 0;
    const last = this.#page.at(-1);
    if (last === undefined || this.#page.length < PAGE) this.#ranges.shift();
    else this.#ranges[0] = { ...range, from: `${last.key}\0` };
  }
}
