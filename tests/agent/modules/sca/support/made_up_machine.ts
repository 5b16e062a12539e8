/**
 * A machine that is made up: files, folders, commands and processes as a test says.
 *
 * @module
 */

import type {
  CommandOutput,
  Content,
  Machine,
} from "../../../../../src/agent/modules/sca/evaluate/machine.ts";

/** What there is; everything else is not there. */
interface MadeUp {
  /** Texts by path; folders are those above them. */
  files?: Readonly<Record<string, string | { missing: string }>>;
  /** Folders without files. */
  folders?: readonly string[];
  /** What commands print on standard output, or all of it. */
  commands?: Readonly<Record<string, string | CommandOutput>>;
  processes?: readonly string[];
}

/** The machine. */
export class MadeUpMachine implements Machine {
  /** Commands in the order in which they were asked for. */
  readonly ran: string[] = [];
  readonly #files: NonNullable<MadeUp["files"]>;
  readonly #folders: readonly string[];
  readonly #commands: NonNullable<MadeUp["commands"]>;
  readonly #processes: readonly string[];

  constructor({ files = {}, folders = [], commands = {}, processes = [] }: MadeUp) {
    this.#files = files;
    this.#folders = folders;
    this.#commands = commands;
    this.#processes = processes;
  }

  kindOf(path: string): "file" | "folder" | "absent" {
    if (this.#files[path] !== undefined) return "file";
    const isAbove = Object.keys(this.#files).some((file) => file.startsWith(`${path}/`));
    return isAbove || this.#folders.includes(path) ? "folder" : "absent";
  }

  readFile(path: string): Content {
    const content = this.#files[path] ?? { missing: `there is no file ${path}` };
    return typeof content === "string" ? { text: content } : content;
  }

  expand(path: string): string[] {
    if (!path.includes("*")) return [path];
    const form = new RegExp(
      `^${path.split("*").map((part) => RegExp.escape(part)).join("[^/]*")}$`,
    );
    return Object.keys(this.#files).filter((file) => form.test(file));
  }

  filesBelow(folder: string): { paths: string[] } {
    return { paths: Object.keys(this.#files).filter((file) => file.startsWith(`${folder}/`)) };
  }

  isRunning(name: string): boolean {
    return this.#processes.includes(name);
  }

  run(command: string): Promise<CommandOutput> {
    this.ran.push(command);
    const output = this.#commands[command] ?? { missing: `there is no command ${command}` };
    return Promise.resolve(typeof output === "string" ? { stdout: output, stderr: "" } : output);
  }
}
