/**
 * A disk of its own, small enough to be filled.
 *
 * @module
 */

const FILL_BLOCK = new Uint8Array(64 * 1024);

/** A file system in memory, mounted at a folder; only where this process may mount one (Linux, root). */
export class SmallDisk implements Disposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Mounts a disk at `folder`, which is made; `undefined` where that is not allowed. */
  static mount(folder: string, bytes: number): SmallDisk | undefined {
    if (Deno.build.os !== "linux" || Deno.uid() !== 0) return undefined;
    Deno.mkdirSync(folder, { recursive: true });
    const options = ["-t", "tmpfs", "-o", `size=${bytes},mode=0700`, "tmpfs", folder];
    const { success } = new Deno.Command("mount", { args: options, stderr: "null" }).outputSync();
    return success ? new SmallDisk(folder) : undefined;
  }

  /** Takes every free byte. */
  fill(): void {
    using ballast = Deno.openSync(this.#ballast, { create: true, append: true });
    for (let block = FILL_BLOCK; block.length > 0;) {
      try {
        ballast.writeSync(block);
      } catch {
        block = block.subarray(0, block.length >> 1);
      }
    }
  }

  /** Gives them back. */
  free(): void {
    try {
      Deno.removeSync(this.#ballast);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** Unmounts it. */
  [Symbol.dispose](): void {
    new Deno.Command("umount", { args: ["--lazy", this.#folder], stderr: "null" }).outputSync();
  }

  get #ballast(): string {
    return `${this.#folder}/ballast`;
  }
}
