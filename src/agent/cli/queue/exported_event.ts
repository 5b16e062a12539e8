import type { Stream } from "../../../shared/protocol/wire.ts";

const HEADER = ',"header":';
const DATA = ',"data":';

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

/** The last members of a line as they are written. The name of the second may also stand within the first. */
function textsIn(line: string): { header: string; data: string } | undefined {
  const start = line.indexOf(HEADER);
  const end = line.lastIndexOf("}");
  if (start < 0) return undefined;
  for (let at = line.indexOf(DATA, start); at >= 0; at = line.indexOf(DATA, at + 1)) {
    const header = line.slice(start + HEADER.length, at);
    const data = line.slice(at + DATA.length, end);
    if (isJson(header) && isJson(data)) return { header, data };
  }
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
