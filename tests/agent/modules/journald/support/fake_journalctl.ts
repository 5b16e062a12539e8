/**
 * A program in place of journalctl that plays what a test wrote, and then does what the test says.
 *
 * @module
 */

import { TempFolder } from "../../../../support/queues.ts";
import { cursorOf, exportOf, placed } from "./export_text.ts";

/**
 * Answers as journalctl does: `--lines=1` gives the newest entry, or with `--cursor=` that entry or the next; `--follow` gives all from the
 * cursor on, then runs `then`.
 */
const SCRIPT = `#!/bin/sh
cd "$(dirname "$0")" || exit 1
echo "$*" >> calls
for word; do case $word in
  --cursor=*) cursor=\${word#--cursor=} ;;
  --follow) follow=yes ;;
  [A-Z_]*=*) matching=yes ;;
esac; done
number=\${cursor#*;i=}; number=\${number%%;*}
if [ -e refuse ] && { [ -n "$cursor" ] || [ ! -e refuse_cursors_only ]; }; then cat refuse >&2; exit 1; fi
if [ -n "$follow" ]; then
  if [ -n "$cursor" ]; then cat "from-$number"; else cat all; fi
  [ ! -e then ] || . ./then
  exec sleep 1000
fi
if [ -n "$cursor" ]; then cat "at-$number"; elif [ -n "$matching" ]; then cat matching; else cat newest; fi
`;

/** Entries that are numbered from 1 on. */
export class FakeJournalctl implements Disposable {
  readonly #folder = new TempFolder();

  constructor() {
    Deno.writeTextFileSync(this.program, SCRIPT, { mode: 0o755 });
    this.#write("calls", new Uint8Array());
  }

  get program(): string {
    return this.#folder.file("journalctl");
  }

  /** The words that it was called with, oldest first. */
  get calls(): string[] {
    return Deno.readTextFileSync(this.#folder.file("calls")).trimEnd().split("\n");
  }

  /**
   * The journal has these entries of those with numbers up to `asked`.
   *
   * @param sequence of the cursors
   */
  has(
    numbers: readonly number[],
    { asked = Math.max(0, ...numbers) + 5, sequence = "5".repeat(32) } = {},
  ): void {
    const bytesOf = (some: readonly number[]) =>
      exportOf(
        some.map((number) =>
          placed(number, { __CURSOR: cursorOf(number, sequence), MESSAGE: `message ${number}` })
        ),
      );
    this.#write("all", bytesOf(numbers));
    this.#write("newest", bytesOf(numbers.slice(-1)));
    this.#write("matching", bytesOf(numbers.slice(-1)));
    for (let number = 1; number <= asked; number++) {
      const rest = numbers.filter((other) => other >= number);
      this.#write(`from-${number.toString(16)}`, bytesOf(rest));
      this.#write(`at-${number.toString(16)}`, bytesOf(rest.slice(0, 1)));
    }
  }

  /** Only the newest entry changes, which no filter takes. */
  hasNewest(number: number): void {
    this.#write("newest", exportOf([placed(number, { MESSAGE: "unseen" })]));
  }

  /** What it does, as lines of shell, when it has told all that is there. @default it waits */
  then(lines: string): void {
    Deno.writeTextFileSync(this.#folder.file("then"), lines);
  }

  /** From now on it complains, every time or only when it is given a cursor. */
  refuse(words: string, { cursorsOnly = false } = {}): void {
    Deno.writeTextFileSync(this.#folder.file("refuse"), words);
    if (cursorsOnly) this.#write("refuse_cursors_only", new Uint8Array());
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }

  #write(name: string, bytes: Uint8Array): void {
    Deno.writeFileSync(this.#folder.file(name), bytes);
  }
}
