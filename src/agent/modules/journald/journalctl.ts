/**
 * Questions to the journal, asked with journalctl.
 *
 * @module
 */

import { commandOutput, CommandStream } from "../../process/command_stream.ts";
import { ModuleUnavailable } from "../unavailable.ts";
import { ExportParser } from "./export_parser.ts";
import type { JournalEntry } from "./journal_entry.ts";

/** One entry asked for is read whole, but not beyond this. */
const MAX_ANSWER_BYTES = 256 * 1_048_576;
/** Only where the entry is counts. */
const TINY = { maxValueBytes: 1_024, maxEntryBytes: 65_536 };

/** Which journal. */
interface JournalSource {
  /** Path of journalctl; `undefined` when there is none. */
  program: string | undefined;
  /** Of a service with a journal of its own. @default the machine's */
  namespace?: string | undefined;
  /** Folder of journal files. @default the machine's */
  directory?: string | undefined;
  /** Arguments that leave out entries: see `matches.ts`. */
  matches: readonly string[];
  /** Fields that are read. @default all */
  fields?: readonly string[];
}

/** An entry, as far as its place is concerned. */
export interface EntryPlace {
  cursor: string;
  /** Microseconds since 1970. */
  realtimeUs: number;
}

/** Where reading begins: arguments of journalctl. */
export type Beginning = readonly string[];

/** Places where systems have it; the search path of whoever started the agent does not count. */
const PROGRAMS = [
  "/usr/bin/journalctl",
  "/bin/journalctl",
  "/usr/local/bin/journalctl",
  "/run/current-system/sw/bin/journalctl",
];

/** The path of journalctl on this machine. */
export function findJournalctl(): string | undefined {
  return PROGRAMS.find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/** Asks and follows one journal. */
export class Journalctl {
  readonly #source: JournalSource;

  constructor(source: JournalSource) {
    this.#source = source;
  }

  /** Whether some entries are left out by journalctl. */
  get isFiltered(): boolean {
    return this.#source.matches.length > 0;
  }

  /**
   * The newest entry, of those that match or of all; `undefined` when there is none.
   *
   * @throws {ModuleUnavailable} when the journal cannot be read
   */
  async newest(which: "matching" | "any", signal: AbortSignal): Promise<EntryPlace | undefined> {
    const matches = which === "matching" ? this.#source.matches : [];
    return (await this.#ask(["--lines=1", ...matches], signal)).entry;
  }

  /**
   * The entry that a cursor leads to, which is another one when the cursor's is gone; `none` when there is nothing from there on.
   *
   * @throws {ModuleUnavailable} when the journal cannot be read
   */
  async at(cursor: string, signal: AbortSignal): Promise<EntryPlace | "none" | "refused"> {
    const { entry, words } = await this.#ask([`--cursor=${cursor}`, "--lines=1"], signal);
    if (entry !== undefined) return entry;
    return /seek to cursor/i.test(words) ? "refused" : "none";
  }

  /** Begins to read, and goes on with what comes. */
  async follow(beginning: Beginning): Promise<CommandStream> {
    const { fields, matches } = this.#source;
    const only = fields ? [`--output-fields=${fields.join(",")}`] : [];
    // Without --no-tail, --follow begins ten entries from the end, also where a cursor is given.
    const args = ["--follow", "--no-tail", ...only, ...beginning, ...matches];
    return await start(() => new CommandStream(this.#command(["--quiet", ...args])));
  }

  async #ask(
    args: readonly string[],
    signal: AbortSignal,
  ): Promise<{ entry: EntryPlace | undefined; words: string }> {
    const command = this.#command(["--output-fields=_BOOT_ID", ...args]);
    const { code, words, reason, output } = await start(() =>
      commandOutput(command, { maxBytes: MAX_ANSWER_BYTES, signal })
    );
    if (/insufficient permissions|permission denied/i.test(words)) throw mayNotRead(reason);
    const [entry] = new ExportParser(TINY).push(output);
    const place = entry && placeOf(entry);
    if (code !== 0 && place === undefined && !/seek to cursor/i.test(words)) {
      throw new Error(reason);
    }
    return { entry: place, words };
  }

  #command(args: readonly string[]) {
    const { program, namespace, directory } = this.#source;
    if (program === undefined) throw noJournalctl();
    const where = [
      ...(namespace === undefined ? [] : [`--namespace=${namespace}`]),
      ...(directory === undefined ? [] : [`--directory=${directory}`]),
    ];
    return { program, args: ["--output=export", "--no-pager", "--all", ...where, ...args] };
  }
}

/** Where an entry is; `undefined` for one without a place, which no journal writes. */
export function placeOf(entry: JournalEntry): EntryPlace | undefined {
  const cursor = entry.first("__CURSOR");
  const realtimeUs = Number(entry.first("__REALTIME_TIMESTAMP"));
  return cursor === undefined || !Number.isSafeInteger(realtimeUs)
    ? undefined
    : { cursor, realtimeUs };
}

async function start<T>(begin: () => T | Promise<T>): Promise<T> {
  try {
    return await begin();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw noJournalctl();
    if (error instanceof Deno.errors.NotCapable) throw mayNotStart();
    throw error;
  }
}

function noJournalctl(): ModuleUnavailable {
  return new ModuleUnavailable("there is no journalctl on this machine", {
    hint: "disable it, or install systemd's journal: agent modules disable journald",
  });
}

function mayNotStart(): ModuleUnavailable {
  return new ModuleUnavailable(
    "the agent gave back the right to start programs, since nothing needed it when it started",
    { hint: "restart the agent" },
  );
}

function mayNotRead(reason: string): ModuleUnavailable {
  return new ModuleUnavailable(`the agent's user may not read the journal (${reason})`, {
    hint: "put that user into the group systemd-journal, and restart the agent",
  });
}
