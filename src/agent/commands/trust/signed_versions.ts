/**
 * The newest of what was signed and came here, so that nothing older is taken again: kept in `signed-versions.json` of the data
 * folder.
 *
 *     { "groups_issued_at": 1771532746807, "files": { "web.yml": 1771532740000 }, "orders": { "module 5e88…": 1771532746000 } }
 *
 * @module
 */

import { join } from "node:path";
import * as z from "zod";

/** Each costs a hundred bytes that are written with each such order. */
const MOST_ORDERS = 1_000;

const FILE_NAME = "signed-versions.json";

const versions = z.object({
  /** When the newest list of groups was issued, in milliseconds since 1970. */
  groups_issued_at: z.number().default(0),
  files: z.record(z.string(), z.number()).default({}),
  /** When the newest order about a thing was issued, see `lasting_orders.ts`. */
  orders: z.record(z.string(), z.number()).default({}),
});

/** Remembers versions of one data folder, whose lock is held. */
export class SignedVersions {
  readonly #path: string;
  readonly #write: (path: string, text: string) => void;

  /** `write` replaces a file so that it survives a crash. */
  constructor(dataFolder: string, write: (path: string, text: string) => void) {
    this.#path = join(dataFolder, FILE_NAME);
    this.#write = write;
  }

  /**
   * What is remembered.
   *
   * @throws when the file cannot be read: then nothing can be known to be new
   */
  read(): z.output<typeof versions> {
    try {
      return versions.parse(JSON.parse(Deno.readTextFileSync(this.#path)));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return versions.parse({});
      throw new Error(`Cannot use "${this.#path}": it does not say which versions came here`, {
        cause: error,
      });
    }
  }

  /** Remembers a list of groups. */
  noteGroups(issuedAtMs: number): void {
    this.#store({ ...this.read(), groups_issued_at: issuedAtMs });
  }

  /** Remembers an order about a thing; those that no older one can follow any more are forgotten. */
  noteOrder(subject: string, issuedAtMs: number, forgottenBeforeMs: number): void {
    const known = this.read();
    const orders = Object.entries({ ...known.orders, [subject]: issuedAtMs })
      .filter(([, atMs]) => atMs >= forgottenBeforeMs)
      .sort(([, one], [, other]) => other - one).slice(0, MOST_ORDERS);
    this.#store({ ...known, orders: Object.fromEntries(orders) });
  }

  /** Remembers files by their names. */
  noteFiles(files: ReadonlyMap<string, number>): void {
    const known = this.read();
    this.#store({ ...known, files: { ...known.files, ...Object.fromEntries(files) } });
  }

  #store(value: z.output<typeof versions>): void {
    this.#write(this.#path, `${JSON.stringify(value)}\n`);
  }
}
