/**
 * `disable-account`: has an account of this machine expire and locks its password, so that nobody can log in with it, by a key neither.
 * What was so before comes back; sessions that are open stay.
 *
 * @module
 */

import { join } from "node:path";
import * as z from "zod";
import { messageOf } from "../../../shared/errors.ts";
import type { ActionOutcome, ActionRun, ResponseAction } from "../action.ts";
import {
  type AccountFiles,
  accountIn,
  isLastSudoUser,
  type ShadowEntry,
  shadowIn,
} from "./accounts.ts";
import { failureText, isDone, type SystemTools } from "./system_tools.ts";

/** What a {@linkcode DisableAccount} is built with. */
interface DisableAccountDeps {
  tools: SystemTools;
  now: () => number;
  /** Folder of passwd and the others. @default "/etc" */
  etc?: string;
}

/** Below it are the system's own accounts; see login.defs(5). */
const FIRST_USER_UID = 1_000;
/** `nobody`, as which services run and files of nobody known here appear: the overflow uid of Linux. */
const NOBODY_UID = 65_534;
const DAY_MS = 86_400_000;
/** Long ago: in days since 1970, and as usermod wants it. */
const EXPIRED = { days: 1, date: "1970-01-02" };

const BEFORE = z.object({
  /** Whether the password counted. */
  locks: z.boolean(),
  expire_days: z.int().nullable(),
});

/** See the module's comment. */
export class DisableAccount implements ResponseAction {
  readonly alwaysEnds = true;
  readonly #tools: SystemTools;
  readonly #now: () => number;
  readonly #etc: string;

  constructor({ tools, now, etc = "/etc" }: DisableAccountDeps) {
    this.#tools = tools;
    this.#now = now;
    this.#etc = etc;
  }

  refusal({ subject: { user } }: Pick<ActionRun, "subject">): Promise<string | undefined> {
    return Promise.resolve(this.#refusal(user?.name));
  }

  async enable(run: ActionRun): Promise<ActionOutcome> {
    const { name, entry } = this.#find(run);
    const locks = !/^[!*]/.test(entry?.password ?? "!");
    // A second try finds what the first has done.
    if (run.before === null) {
      const before = { locks, expire_days: entry?.expireDays ?? null };
      await run.noteBefore(JSON.stringify(before));
    }
    await this.#change(
      [...(locks ? ["--lock"] : []), "--expiredate", EXPIRED.date, "--", name],
      run,
    );
    return { isDone: true, message: "account expired and locked", exitCode: 0 };
  }

  async disable(run: ActionRun): Promise<ActionOutcome> {
    const { name, entry } = this.#find(run);
    if (entry === undefined) {
      return { isDone: true, message: "there is no such account", exitCode: 0 };
    }
    const changes = undoing(entry, beforeOf(run, entry));
    if (changes.length > 0) await this.#change([...changes, "--", name], run);
    return { isDone: true, message: "account as it was before", exitCode: 0 };
  }

  #refusal(name: string | undefined): string | undefined {
    if (Deno.build.os !== "linux") return "disable-account works on Linux only";
    if (name === undefined) return "disable-account needs user.name";
    if (!this.#tools.has("usermod")) return "disable-account works with usermod: it is not here";
    try {
      const files = this.#files();
      const account = accountIn(files.passwd, name);
      if (account === undefined) {
        return `there is no account ${JSON.stringify(name)} on this machine`;
      }
      if (!(account.uid >= FIRST_USER_UID) || account.uid === NOBODY_UID) {
        return `refused: ${name} is an account of the system (uid ${account.uid})`;
      }
      const todayDays = Math.floor(this.#now() / DAY_MS);
      if (!isLastSudoUser(name, files, todayDays)) return undefined;
      return `refused: ${name} is the last who can log in and use sudo`;
    } catch (error) {
      return `disable-account cannot read what it needs: ${messageOf(error)}`;
    }
  }

  #find({ subject: { user } }: ActionRun): { name: string; entry: ShadowEntry | undefined } {
    if (user === undefined) throw new Error("disable-account needs user.name");
    return { name: user.name, entry: shadowIn(this.#read("shadow"), user.name) };
  }

  async #change(list: readonly string[], { signal }: ActionRun): Promise<void> {
    const result = await this.#tools.run("usermod", { arguments: list, signal });
    if (!isDone(result)) throw new Error(failureText("usermod", result));
  }

  #files(): AccountFiles {
    const [passwd, shadow, group] = ["passwd", "shadow", "group"].map((name) => this.#read(name));
    return {
      passwd: passwd ?? "",
      shadow: shadow ?? "",
      group: group ?? "",
      sudoers: this.#sudoers(),
    };
  }

  #sudoers(): string {
    const folder = join(this.#etc, "sudoers.d");
    const names = there(() => [...Deno.readDirSync(folder)]) ?? [];
    const paths = names.filter(({ isFile }) => isFile).map(({ name }) => join("sudoers.d", name));
    return ["sudoers", ...paths].map((path) => there(() => this.#read(path)) ?? "").join("\n");
  }

  #read(name: string): string {
    return Deno.readTextFileSync(join(this.#etc, name));
  }
}

/** What of a change is still to be undone: somebody may have changed the account since. */
function undoing(entry: ShadowEntry, before: z.output<typeof BEFORE>): string[] {
  const isLocked = entry.password.startsWith("!");
  const isOurs = entry.expireDays === EXPIRED.days;
  return [
    ...(before.locks && isLocked ? ["--unlock"] : []),
    ...(isOurs ? ["--expiredate", dateOf(before.expire_days)] : []),
  ];
}

function beforeOf({ before }: ActionRun, { expireDays }: ShadowEntry): z.output<typeof BEFORE> {
  if (before !== null) return BEFORE.parse(JSON.parse(before));
  // By an order for what is not written down: nobody is let in who was locked out by another.
  return { locks: expireDays === EXPIRED.days, expire_days: null };
}

/** As usermod wants it; empty for never. */
function dateOf(days: number | null): string {
  return days === null ? "" : new Date(days * DAY_MS).toISOString().slice(0, 10);
}

/** `undefined` for what is not there. */
function there<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
