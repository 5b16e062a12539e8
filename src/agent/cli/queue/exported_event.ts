import type { Stream } from "../../../shared/protocol/wire.ts";

/**
 * An event out of a line of `agent queue export` or `agent dead-letters export`, in the bytes in which it was stored: numbers that are
 * longer than a program reads them stay what they are.
 *
 * @throws {Error} saying what is wrong with the line
 */
export function exportedEvent(line: string): { stream: Stream; lines: string } {
  const { stream, damaged, header, data } = JSON.parse(line);
  if (stream !== "stateless" && stream !== "stateful") {
    throw new Error("its stream is neither stateless nor stateful");
  }
  if (damaged === true) throw new Error("it is marked as damaged");
  if (!isMap(header)) throw new Error("it has no header");
  const texts = textsIn(line);
  if (texts === undefined) throw new Error("header and data have to be its last two members");
  return { stream, lines: `\n${texts.header}${data === null ? "" : `\n${texts.data}`}` };
}

function isMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The last members of a line as they are written. `line` is an object in JSON. */
function textsIn(line: string): { header: string; data: string } | undefined {
  const [header, data, ...others] = [...keysOf(line)]
    .filter(({ name }) => name === "header" || name === "data");
  if (header?.name !== "header" || data?.name !== "data" || others.length > 0) return undefined;
  const texts = {
    header: line.slice(header.end, data.start).replace(/,$/, ""),
    data: line.slice(data.end, line.lastIndexOf("}")),
  };
  return isJson(texts.header) && isJson(texts.data) ? texts : undefined;
}

/** The keys of the outermost object: each from its quote to behind its colon. In one pass, however many there are further in. */
function* keysOf(line: string): Generator<{ name: string; start: number; end: number }> {
  let depth = 0;
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? "";
    if ("{[".includes(character)) depth++;
    else if ("}]".includes(character)) depth--;
    else if (character === '"') {
      const end = endOfText(line, at);
      if (depth === 1 && line[end] === ":") {
        yield { name: line.slice(at + 1, end - 1), start: at, end: end + 1 };
      }
      at = end - 1;
    }
  }
}

/** The place behind the text that begins with the quote at `start`. */
function endOfText(line: string, start: number): number {
  for (let at = start + 1; at < line.length; at++) {
    if (line[at] === "\\") at++;
    else if (line[at] === '"') return at + 1;
  }
  return line.length;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
