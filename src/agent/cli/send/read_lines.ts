/**
 * Lines of standard input, as they come: what is there is sent at once, so that the output of a program that goes on for ever can be
 * piped in.
 *
 * @module
 */

import { FrameSplitter } from "../../modules/syslog/stream/frame_splitter.ts";

/** One line. */
export interface InputLine {
  /** From 1; empty lines count, and are not sent. */
  number: number;
  text: string;
  /** It was longer than the bound, and this is its beginning. */
  truncated: boolean;
}

/** So many go to the agent together. */
const MOST_LINES = 1_000;
const MOST_BYTES = 1_000_000;

const NEWLINE = 0x0a;
const decoder = new TextDecoder();

/** Groups of lines; the last line needs no end. */
export async function* lineGroups(
  chunks: AsyncIterable<Uint8Array>,
  maxLineBytes: number,
): AsyncGenerator<InputLine[]> {
  const splitter = new FrameSplitter({ framing: "newline", maxBytes: maxLineBytes });
  const group = new LineGroup();
  for await (const chunk of chunks) {
    for (const piece of pieces(chunk)) {
      for (const { bytes, truncated } of splitter.push(piece)) group.add(bytes, truncated);
      if (piece.at(-1) === NEWLINE) group.lineEnded();
      if (group.isFull) yield group.take();
    }
    if (!group.isEmpty) yield group.take();
  }
  const { frame } = splitter.end();
  if (frame !== undefined) group.add(frame.bytes, frame.truncated);
  if (!group.isEmpty) yield group.take();
}

/** Each ends with a newline, but for the last one: so the lines can be counted, those that are empty, too. */
function* pieces(chunk: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < chunk.length;) {
    const found = chunk.indexOf(NEWLINE, start);
    const end = found === -1 ? chunk.length : found + 1;
    yield chunk.subarray(start, end);
    start = end;
  }
}

class LineGroup {
  #lines: InputLine[] = [];
  #bytes = 0;
  #number = 1;

  get isEmpty(): boolean {
    return this.#lines.length === 0;
  }

  get isFull(): boolean {
    return this.#lines.length >= MOST_LINES || this.#bytes >= MOST_BYTES;
  }

  add(bytes: Uint8Array, truncated: boolean): void {
    this.#lines.push({ number: this.#number, text: decoder.decode(bytes), truncated });
    this.#bytes += bytes.length;
  }

  lineEnded(): void {
    this.#number++;
  }

  take(): InputLine[] {
    const lines = this.#lines;
    this.#lines = [];
    this.#bytes = 0;
    return lines;
  }
}
