/**
 * A program in place of wevtutil that knows one channel, System, and answers from files.
 *
 * @module
 */

import { TempFolder } from "../../../../support/queues.ts";

const SCRIPT = `#!/bin/sh
cd "$(dirname "$0")" || exit 1
echo "$*" >> calls
case $2 in
  System) ;;
  Security) echo 'Failed to read events. Access is denied.' >&2; exit 5 ;;
  *) echo 'Failed to read events. The specified channel could not be found.' >&2; exit 15007 ;;
esac
if [ $1 = gli ]; then cat info; exit; fi
after=\${3#*EventRecordID>}; after=\${after%%]*}
[ ! -e "after-$after" ] || cat "after-$after"
`;

/** The status of a process has 8 bits here, and 32 on Windows. */
const STATUS_15007 = 15007 & 0xff;

/** Plays wevtutil. */
export class FakeWevtutil implements Disposable {
  readonly #folder = new TempFolder();

  constructor() {
    Deno.writeTextFileSync(this.program, SCRIPT.replace("15007", String(STATUS_15007)), {
      mode: 0o755,
    });
    this.contains({ oldest: 1, count: 0 });
  }

  get program(): string {
    return this.#folder.file("wevtutil.exe");
  }

  /** The words that it was called with. */
  get calls(): string[] {
    return Deno.readTextFileSync(this.#folder.file("calls")).trimEnd().split("\n");
  }

  /** What it says that the channel holds. */
  contains({ oldest, count }: { oldest: number; count: number }): void {
    const text = `creationTime: 2026-01-01T00:00:00.000Z\r\nfileSize: 69632\r\n` +
      `numberOfLogRecords: ${count}\r\noldestRecordNumber: ${oldest}\r\n`;
    Deno.writeTextFileSync(this.#folder.file("info"), text);
  }

  /** What it answers to a question for events behind a number. */
  answers(after: number, bytes: Uint8Array): void {
    Deno.writeFileSync(this.#folder.file(`after-${after}`), bytes);
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}
