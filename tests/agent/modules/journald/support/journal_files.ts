/**
 * Real journal files, made by systemd-journal-remote.
 *
 * @module
 */

import { TempFolder } from "../../../../support/queues.ts";
import { exportOf, type Field } from "./export_text.ts";

const PROGRAM = "/lib/systemd/systemd-journal-remote";
/** systemd-journal-remote is installed where others do not look for programs. */
export const HAS_JOURNAL_REMOTE = exists(PROGRAM) && exists("/usr/bin/journalctl");

/** A test with journal files; where nothing makes them the test's name says that it showed nothing. */
export function testWithJournal(name: string, run: () => Promise<void>): void {
  if (HAS_JOURNAL_REMOTE) Deno.test(name, run);
  else Deno.test(`${name} (not tried here: there is no systemd-journal-remote)`, () => {});
}

/** A folder of journal files. */
export class JournalFiles implements Disposable {
  readonly #folder = new TempFolder();

  get path(): string {
    return this.#folder.path;
  }

  /** Puts entries behind those of the file. */
  async write(entries: readonly (readonly Field[])[], file = "system.journal"): Promise<void> {
    const child = new Deno.Command(PROGRAM, {
      args: ["--output", `${this.path}/${file}`, "-"],
      stdin: "piped",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(exportOf(entries));
    await writer.close();
    const { code, stderr } = await child.output();
    if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  }

  /** Takes a file away, as a vacuum does. */
  remove(file = "system.journal"): void {
    Deno.removeSync(`${this.path}/${file}`);
  }

  /** Gives a file another name, as a rotation does. */
  rename(file: string, to: string): void {
    Deno.renameSync(`${this.path}/${file}`, `${this.path}/${to}`);
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

/** `count` entries, numbered from `from` on. */
export function numbered(count: number, from = 1, more: Record<string, string> = {}): Field[][] {
  const encoder = new TextEncoder();
  return Array.from({ length: count }, (_, index) => {
    const number = from + index;
    const fields = {
      __REALTIME_TIMESTAMP: String(1_764_000_000_000_000 + number * 1_000),
      __MONOTONIC_TIMESTAMP: String(number * 1_000),
      _BOOT_ID: "a".repeat(32),
      MESSAGE: `message ${number}`,
      PRIORITY: String(number % 8),
      SYSLOG_IDENTIFIER: `app${number % 3}`,
      _SYSTEMD_UNIT: `unit${number % 4}.service`,
      ...more,
    };
    return Object.entries(fields).map(([name, value]): Field => [name, encoder.encode(value)]);
  });
}

/** The messages of such entries. */
export function messages(count: number, from = 1): string[] {
  return Array.from({ length: count }, (_, index) => `message ${from + index}`);
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
