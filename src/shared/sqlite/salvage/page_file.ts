/**
 * The pages of a database file, as they are after the last commit, read without SQLite.
 *
 * Files that can shrink (`auto_vacuum`) hold a map of their pages: for each one its use, and the page that points to it. So a page
 * can be found although the one that points to it is damaged. Format: https://www.sqlite.org/fileformat2.html
 *
 * @module
 */

import { type LogContents, PAGE_BYTES } from "./write_ahead_log.ts";

/** What a page is used for, as its map says. */
export const USE = { root: 1, free: 2, firstOverflow: 3, overflow: 4, tree: 5 } as const;

/** A page's entry in the map. */
interface PageUse {
  use: number;
  /** The page that points to it; 0 for a root. */
  parent: number;
}

const ENTRY_BYTES = 5;
/** One page of the map and those that it describes. */
const MAP_STRIDE = Math.floor(PAGE_BYTES / ENTRY_BYTES) + 1;
/** This page holds SQLite's locks and never anything else. */
const LOCK_PAGE = 0x40000000 / PAGE_BYTES + 1;

/** Reads pages by number, from 1. */
export class PageFile implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #log: LogContents;
  readonly #hasMap: boolean;
  /** Number of pages. */
  readonly count: number;
  #children: Map<number, number[]> | undefined;

  /** @throws {Deno.errors} when there is no such file */
  constructor(path: string, log: LogContents) {
    this.#log = log;
    this.#file = Deno.openSync(path, { read: true });
    this.count = log.pageCount ?? Math.floor(this.#file.statSync().size / PAGE_BYTES);
    this.#hasMap = this.#findMap();
  }

  /** True for a file that can shrink. The first page says so; when it is gone, there may be a map. */
  #findMap(): boolean {
    const page = this.page(1);
    const isHeader = page !== undefined && page[0] === 0x53 && page[15] === 0;
    return !isHeader || new DataView(page.buffer, page.byteOffset).getUint32(52) !== 0;
  }

  /** A page; `undefined` when there is none, or the disk does not give it. */
  page(number: number): Uint8Array | undefined {
    if (number < 1 || number > this.count) return undefined;
    const logged = this.#log.pages.get(number);
    if (logged !== undefined) return logged;
    const page = new Uint8Array(PAGE_BYTES);
    try {
      this.#file.seekSync((number - 1) * PAGE_BYTES, Deno.SeekMode.Start);
      for (let read = 0; read < PAGE_BYTES;) {
        const count = this.#file.readSync(page.subarray(read));
        if (count === null) return undefined;
        read += count;
      }
      return page;
    } catch {
      return undefined;
    }
  }

  /** What the map says of a page; `undefined` also when that cannot be: the map may be damaged itself, and then contradicts nobody. */
  use(number: number): PageUse | undefined {
    if (!this.#hasMap) return undefined;
    let map = Math.floor((number - 2) / MAP_STRIDE) * MAP_STRIDE + 2;
    if (map === LOCK_PAGE) map++;
    const page = number < 3 || map === number ? undefined : this.page(map);
    if (page === undefined) return undefined;
    const at = ENTRY_BYTES * (number - map - 1);
    const use = page[at] ?? 0;
    const parent = new DataView(page.buffer, page.byteOffset).getUint32(at + 1);
    const isParentless = use === USE.root || use === USE.free;
    const isPossible = use >= USE.root && use <= USE.tree &&
      (isParentless ? parent === 0 : parent >= 1 && parent <= this.count);
    return isPossible ? { use, parent } : undefined;
  }

  /** The pages that hang on `parent` as its map says, whatever `parent` itself says. */
  mappedChildren(parent: number): readonly number[] {
    this.#children ??= this.#readMap();
    return this.#children.get(parent) ?? [];
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }

  #readMap(): Map<number, number[]> {
    const children = new Map<number, number[]>();
    for (let number = 3; number <= this.count; number++) {
      const { use, parent } = this.use(number) ?? { use: 0, parent: 0 };
      if (
        use !== USE.tree && use !== USE.firstOverflow && use !== USE.overflow && use !== USE.root
      ) {
        continue;
      }
      const known = children.get(parent);
      if (known === undefined) children.set(parent, [number]);
      else known.push(number);
    }
    return children;
  }
}
