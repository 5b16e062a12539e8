/**
 * The rows of a table, read page by page without SQLite, so that one damaged page costs no more than what is on it.
 *
 * @module
 */

import { type PageFile, USE } from "./page_file.ts";
import { PAGE_BYTES } from "./write_ahead_log.ts";
import { decodeRecord, readVarint, type SqlValue } from "./record.ts";

/** A row as it is stored; columns that were added after it was written are missing at its end. */
export interface StoredRow {
  /** Number of the row; `undefined` in a table without row ids. */
  rowid: number | undefined;
  values: SqlValue[];
}

/** Kinds of pages by their first byte. */
const KIND = { indexBranch: 2, tableBranch: 5, indexLeaf: 10, tableLeaf: 13 } as const;

/**
 * Yields every row that can be read, in no order.
 *
 * @param root the table's first page
 * @param onLost called for each page or cell that cannot be read: how many rows were there nobody knows
 */
export function* tableRows(
  file: PageFile,
  root: number,
  onLost: () => void,
): Generator<StoredRow> {
  const seen = new Set<number>();
  const waiting = [root];
  for (let number = waiting.pop(); number !== undefined; number = waiting.pop()) {
    if (seen.has(number)) continue;
    seen.add(number);
    const page = TreePage.read(file, number);
    if (page === undefined) onLost();
    // Both: a damaged page names too few children, and a damaged map knows too few.
    waiting.push(...page?.children() ?? []);
    for (const child of file.mappedChildren(number)) {
      if (file.use(child)?.use === USE.tree) waiting.push(child);
    }
    if (page !== undefined) yield* page.rows(onLost);
  }
}

/** One page of a tree. */
class TreePage {
  readonly #file: PageFile;
  readonly #number: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #kind: number;
  /** Where the page's own header begins: the first page has the file's before it. */
  readonly #start: number;

  private constructor(file: PageFile, number: number, bytes: Uint8Array) {
    this.#file = file;
    this.#number = number;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#start = number === 1 ? 100 : 0;
    this.#kind = bytes[this.#start] ?? 0;
  }

  static read(file: PageFile, number: number): TreePage | undefined {
    const bytes = file.page(number);
    if (bytes === undefined) return undefined;
    const page = new TreePage(file, number, bytes);
    const isTree = (Object.values(KIND) as number[]).includes(page.#kind);
    return isTree ? page : undefined;
  }

  /** The pages that this one points to and that no map contradicts. */
  children(): number[] {
    if (!this.#isBranch) return [];
    const pointers = this.#cells().map((at) => this.#view.getUint32(at));
    pointers.push(this.#view.getUint32(this.#start + 8));
    return pointers.filter((child) => {
      const use = this.#file.use(child);
      return child > 1 && child <= this.#file.count &&
        (use === undefined || (use.use === USE.tree && use.parent === this.#number));
    });
  }

  *rows(onLost: () => void): Generator<StoredRow> {
    if (this.#kind === KIND.tableBranch) return;
    for (const at of this.#cells()) {
      const row = this.#row(at);
      if (row === undefined) onLost();
      else yield row;
    }
  }

  get #isBranch(): boolean {
    return this.#kind === KIND.indexBranch || this.#kind === KIND.tableBranch;
  }

  #cells(): number[] {
    const count = this.#view.getUint16(this.#start + 3);
    const pointers = this.#start + (this.#isBranch ? 12 : 8);
    const cells: number[] = [];
    for (let n = 0; n < count && pointers + 2 * n + 2 <= PAGE_BYTES; n++) {
      const at = this.#view.getUint16(pointers + 2 * n);
      if (at >= pointers && at + 4 <= PAGE_BYTES) cells.push(at);
    }
    return cells;
  }

  #row(cell: number): StoredRow | undefined {
    try {
      let at = this.#isBranch ? cell + 4 : cell;
      const size = readVarint(this.#bytes, at);
      at = size.end;
      let rowid: number | undefined;
      if (this.#kind === KIND.tableLeaf) ({ value: rowid, end: at } = readVarint(this.#bytes, at));
      const payload = this.#payload(at, size.value);
      const values = payload && decodeRecord(payload);
      return values && { rowid, values };
    } catch {
      return undefined;
    }
  }

  /** The bytes of a row that begin at `at`: in the page, and on from there in its overflow pages. */
  #payload(at: number, size: number): Uint8Array | undefined {
    const local = localBytes(size, this.#kind === KIND.tableLeaf);
    if (size < 1 || size > this.#file.count * PAGE_BYTES || at + local > PAGE_BYTES) {
      return undefined;
    }
    if (local === size) return this.#bytes.subarray(at, at + size);
    const payload = new Uint8Array(size);
    payload.set(this.#bytes.subarray(at, at + local));
    let next = this.#view.getUint32(at + local);
    let before = this.#number;
    for (let filled = local; filled < size; filled += PAGE_BYTES - 4) {
      const number = this.#overflowPage(next, before, { isFirst: filled === local });
      const page = number === undefined ? undefined : this.#file.page(number);
      if (number === undefined || page === undefined) return payload;
      payload.set(page.subarray(4, 4 + Math.min(PAGE_BYTES - 4, size - filled)), filled);
      next = new DataView(page.buffer, page.byteOffset).getUint32(0);
      before = number;
    }
    return payload;
  }

  /** The page that follows `before`: as that one says unless the map says otherwise, else as the map says. */
  #overflowPage(
    next: number,
    before: number,
    { isFirst }: { isFirst: boolean },
  ): number | undefined {
    const use = isFirst ? USE.firstOverflow : USE.overflow;
    const isIt = (number: number) => {
      const entry = this.#file.use(number);
      return entry?.use === use && entry.parent === before;
    };
    if (this.#file.use(next) === undefined || isIt(next)) return next;
    // The first one hangs on a page with many rows: whose it is only the row itself knows.
    return isFirst ? undefined : this.#file.mappedChildren(before).find(isIt);
  }
}

/** How much of a row of `size` bytes is in the page itself. */
function localBytes(size: number, isTable: boolean): number {
  const most = isTable ? PAGE_BYTES - 35 : Math.floor(((PAGE_BYTES - 12) * 64) / 255) - 23;
  if (size <= most) return size;
  const least = Math.floor(((PAGE_BYTES - 12) * 32) / 255) - 23;
  const wanted = least + ((size - least) % (PAGE_BYTES - 4));
  return wanted <= most ? wanted : least;
}
