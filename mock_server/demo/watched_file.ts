/**
 * A file in a folder of the demo that the agent watches.
 *
 * @module
 */

import { hash } from "node:crypto";

/** A file that is changed once. */
export class WatchedFile {
  readonly folder: string;
  readonly path: string;

  constructor(folder: string) {
    this.folder = folder;
    this.path = `${folder}/motd`;
    Deno.mkdirSync(folder);
    Deno.writeTextFileSync(this.path, "Welcome\n");
  }

  /** Changes it; gives the SHA-256 of what it holds then. */
  change(): string {
    const text = "Welcome, and goodbye\n";
    Deno.writeTextFileSync(this.path, text);
    return hash("sha256", text);
  }
}
