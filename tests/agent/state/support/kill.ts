/**
 * A kill at a random commit or request: what the disk and the server were like then is kept, and nothing that happens after it counts.
 *
 * @module
 */

import { TempFolder } from "../../../support/queues.ts";
import type { DocumentServer, StateScene } from "./state_scene.ts";

type Documents = Map<string, Record<string, unknown>>;

/** The files as a killed process leaves them: whatever it wrote, and nothing of what it was about to. */
function leave(from: TempFolder, to: TempFolder): void {
  for (const name of ["agent.db", "agent.db-wal"]) {
    try {
      Deno.copyFileSync(from.file(name), to.file(name));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** Dispose of it after use. */
export class Kill implements Disposable {
  readonly #image = new TempFolder();
  #isKept = false;
  #left: number;
  #documents: Documents | undefined;

  /** @param after so many commits and requests */
  constructor(after: number) {
    this.#left = after;
  }

  /** What the server had then; `undefined` until it happened. */
  get documents(): Documents | undefined {
    return this.#documents;
  }

  /** Counts commits and requests of a scene whose data is in `folder`; returns a function that ends it. */
  watch(scene: StateScene, folder: TempFolder): () => void {
    const { server } = scene;
    const end = scene.queue.onChange(() => this.#step(scene, folder));
    const take = server.take.bind(server);
    // After the server has taken a request, and before anybody has heard of it.
    server.take = (lines) => {
      const answer = take(lines);
      this.#step(scene, folder);
      return server.isAway ? { kind: "retry", reason: "away" } as const : answer;
    };
    return () => {
      end();
      server.take = take;
    };
  }

  /** Makes the server what it was at the kill; returns the folder as it was, which is the caller's from then on. */
  goBack(server: DocumentServer): TempFolder {
    server.documents.clear();
    for (const [key, document] of this.#documents ?? []) server.documents.set(key, document);
    server.isAway = false;
    this.#isKept = true;
    return this.#image;
  }

  [Symbol.dispose](): void {
    if (!this.#isKept) this.#image[Symbol.dispose]();
  }

  #step(scene: StateScene, folder: TempFolder): void {
    if (--this.#left !== 0) return;
    leave(folder, this.#image);
    this.#documents = new Map(scene.server.documents);
    // Nothing that the process still does reaches anybody.
    scene.server.isAway = true;
  }
}
