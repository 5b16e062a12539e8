/**
 * Who a process is: looked up at once, since it may end at any moment.
 *
 * @module
 */

import { CommandMask } from "../../../platform/command_mask.ts";
import type { AccountNames } from "../record/account_names.ts";
import type { Actor } from "../tell/actor.ts";

/** Reads files of `/proc`. */
interface ProcFiles {
  readText(path: string): string | undefined;
  readLink(path: string): string | undefined;
}

interface Known {
  actor: Actor;
  /** Monotonic. */
  lookedAtMs: number;
}

/** A number is believed to be the same process for so long, in milliseconds. */
const TRUST_MS = 200;
const MAX_KNOWN = 1_000;
/** Longest command line that is told. */
const MAX_CHARACTERS = 1_024;
/** Of a process that no log-in is behind. */
const NO_LOGIN = 4_294_967_295;

/** Looks up processes. */
export class Who {
  readonly #files: ProcFiles;
  readonly #names: () => AccountNames;
  readonly #monotonic: () => number;
  readonly #mask = new CommandMask();
  readonly #known = new Map<number, Known>();

  constructor(
    { files, names, monotonic }: {
      files: ProcFiles;
      names: () => AccountNames;
      monotonic: () => number;
    },
  ) {
    this.#files = files;
    this.#names = names;
    this.#monotonic = monotonic;
  }

  /** Who has this number; `undefined` for none. */
  of(pid: number): Actor | undefined {
    if (pid <= 0) return undefined;
    const nowMs = this.#monotonic();
    const known = this.#known.get(pid);
    if (known !== undefined && nowMs - known.lookedAtMs < TRUST_MS) return known.actor;
    const isThere = this.#files.readText(`/proc/${pid}/stat`) !== undefined;
    // Gone: whoever had the number last did it. Else it may be another one by now, or run another program.
    const actor = isThere || known === undefined ? this.#lookUp(pid) : known.actor;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(pid, { actor, lookedAtMs: nowMs });
    return actor;
  }

  #lookUp(pid: number): Actor {
    const status = this.#files.readText(`/proc/${pid}/status`) ?? "";
    const login = Number(this.#files.readText(`/proc/${pid}/loginuid`) ?? NO_LOGIN);
    const parent = numberIn(status, "PPid");
    return {
      pid,
      executable: withoutMark(this.#files.readLink(`/proc/${pid}/exe`)),
      name: fieldIn(status, "Name") ?? null,
      commandLine: this.#commandLineOf(pid),
      uid: numberIn(status, "Uid", 1) ?? null,
      login: Number.isInteger(login) && login !== NO_LOGIN
        ? { uid: login, name: this.#names().user(login) }
        : null,
      parent: parent === undefined || parent === 0
        ? null
        : { pid: parent, name: this.#nameOf(parent) },
    };
  }

  #commandLineOf(pid: number): string | null {
    const args = this.#files.readText(`/proc/${pid}/cmdline`)?.split("\0").slice(0, -1) ?? [];
    return args.length === 0 ? null : this.#mask.hide(args).join(" ").slice(0, MAX_CHARACTERS);
  }

  #nameOf(pid: number): string | null {
    return fieldIn(this.#files.readText(`/proc/${pid}/status`) ?? "", "Name") ?? null;
  }
}

/** The kernel marks a program whose file is gone. */
function withoutMark(path: string | undefined): string | null {
  return path?.replace(/ \(deleted\)$/, "") ?? null;
}

function fieldIn(status: string, name: string): string | undefined {
  return new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1];
}

/** A number of a field: of the four of a user the second is the one whose rights count. */
function numberIn(status: string, name: string, index = 0): number | undefined {
  const text = fieldIn(status, name)?.split(/\s/)[index];
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
}
