/**
 * The machine that rules look at: each file is read once in a scan, each command run once.
 *
 * @module
 */

import type { CommandOutput, Content, Machine } from "../evaluate/machine.ts";
import { expandPath } from "./expand_path.ts";
import type { FileAccess } from "./file_access.ts";
import { readProcessNames } from "./process_names.ts";

/** Texts of files are kept up to so many characters; what is beyond is read again. */
const MAX_KEPT_CHARACTERS = 32 * 1024 * 1024;
/** A folder with more files below it is none that a policy means. */
const MAX_FILES_BELOW = 100_000;

/** This machine. */
export class RealMachine implements Machine {
  readonly #files: FileAccess;
  readonly #run: (command: string) => Promise<CommandOutput>;
  readonly #texts = new Map<string, Content>();
  readonly #below = new Map<string, ReturnType<Machine["filesBelow"]>>();
  readonly #decoder = new TextDecoder();
  #kept = 0;
  #processes: ReadonlySet<string> | undefined | "not read" = "not read";

  /** @param run runs a command */
  constructor(files: FileAccess, run: (command: string) => Promise<CommandOutput>) {
    this.#files = files;
    this.#run = run;
  }

  kindOf(path: string): ReturnType<Machine["kindOf"]> {
    return this.#files.kindOf(path);
  }

  readFile(path: string): Content {
    const known = this.#texts.get(path);
    if (known !== undefined) return known;
    const read = this.#files.readFile(path);
    const content = "missing" in read ? read : { text: this.#decoder.decode(read.bytes) };
    const characters = "text" in content ? content.text.length : 0;
    if (this.#kept + characters > MAX_KEPT_CHARACTERS) return content;
    this.#kept += characters;
    this.#texts.set(path, content);
    return content;
  }

  expand(path: string): readonly string[] {
    return expandPath(path, this.#files);
  }

  filesBelow(folder: string): ReturnType<Machine["filesBelow"]> {
    const known = this.#below.get(folder);
    if (known !== undefined) return known;
    const found = this.#walk(folder);
    this.#below.set(folder, found);
    return found;
  }

  isRunning(name: string): boolean | undefined {
    if (this.#processes === "not read") this.#processes = readProcessNames();
    return this.#processes?.has(name);
  }

  run(command: string): Promise<CommandOutput> {
    return this.#run(command);
  }

  #walk(root: string): ReturnType<Machine["filesBelow"]> {
    const paths: string[] = [];
    const folders = [root.replace(/(?<=.)\/+$/, "")];
    let seen = 0;
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      const listed = this.#files.list(folder);
      if ("missing" in listed) return listed;
      seen += listed.entries.length;
      if (seen > MAX_FILES_BELOW) {
        return { missing: `there are more than ${MAX_FILES_BELOW} files below ${root}` };
      }
      for (const { name, kind } of listed.entries) {
        const path = `${folder === "/" ? "" : folder}/${name}`;
        if (kind === "folder") folders.push(path);
        else if (kind === "file") paths.push(path);
      }
    }
    return { paths: paths.sort() };
  }
}
