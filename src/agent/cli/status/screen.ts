/**
 * A terminal that shows one picture after the other in the same place.
 *
 * The second screen of the terminal is used, so that what stood there before is there again at the end. Each picture is written over
 * the one before, in one write and without clearing first: nothing flickers.
 *
 * @module
 */

import { visibleLines } from "../../../shared/text.ts";
import type { Terminal } from "../cli_io.ts";

const SECOND_SCREEN = "\x1b[?1049h\x1b[?25l";
const FIRST_SCREEN = "\x1b[?25h\x1b[?1049l";
/** Terminals that know it show what comes between the two at once; the others ignore it. */
const BEGIN_PICTURE = "\x1b[?2026h\x1b[H";
const END_PICTURE = "\x1b[J\x1b[?2026l";
const CLEAR_REST_OF_LINE = "\x1b[K";

/** Draws until it is disposed. */
export class Screen implements Disposable {
  readonly #terminal: Terminal;
  readonly #draw: (text: string) => void;
  readonly #stopListening: () => void;
  #picture = "";

  /** `draw` writes to the terminal as it is. */
  constructor(terminal: Terminal, draw: (text: string) => void) {
    this.#terminal = terminal;
    this.#draw = draw;
    draw(SECOND_SCREEN);
    this.#stopListening = terminal.onResize(() => this.#show());
  }

  /** Shows `text` in place of what was shown before; names of files and words of servers in it paint nothing. */
  show(text: string): void {
    this.#picture = visibleLines(text);
    this.#show();
  }

  [Symbol.dispose](): void {
    this.#stopListening();
    this.#draw(FIRST_SCREEN);
  }

  #show(): void {
    const { columns, rows } = this.#terminal.size();
    const lines = this.#picture.trimEnd().split("\n");
    const hidden = lines.length - rows;
    const shown = hidden > 0
      ? [...lines.slice(0, rows - 1), `… ${hidden + 1} more lines in a larger window`]
      : lines;
    const drawn = shown.map((line) => fitted(line, columns));
    this.#draw(BEGIN_PICTURE + drawn.join("\r\n") + END_PICTURE);
  }
}

/** By code points, so that no character is torn. Behind a full line there is nothing to clear but its own last character. */
function fitted(line: string, columns: number): string {
  const characters = [...line];
  if (characters.length < columns) return line + CLEAR_REST_OF_LINE;
  return characters.length === columns ? line : `${characters.slice(0, columns - 1).join("")}…`;
}
