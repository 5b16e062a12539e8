/**
 * Reads what `log stream` and `log show` write with `--style ndjson`, piece by piece: a line of JSON for each message. Other lines, such
 * as the one that says what is filtered, are passed over.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { hash } from "node:crypto";

/** One message. */
export interface LogMessage {
  /** As it is written, such as `2025-01-17 20:40:55.123456+0000`. */
  timestamp: string;
  /** Microseconds since 1970. */
  atUs: number;
  message: string;
  /** Tells messages of the same moment apart. */
  key: string;
}

const NEWLINE = 10;
/** A longer line is thrown away: nothing that a program says is as long. */
const MAX_LINE_BYTES = 4 * 1_048_576;

/** Turns pieces of output into messages. */
export class LogLines {
  #rest: Uint8Array[] = [];
  #restBytes = 0;
  #tooLong = 0;

  /** Lines that were thrown away since they were too long. */
  get tooLong(): number {
    return this.#tooLong;
  }

  /** The messages that end in this piece. */
  *push(piece: Uint8Array): Generator<LogMessage> {
    let start = 0;
    for (;;) {
      const newline = piece.indexOf(NEWLINE, start);
      this.#keep(piece.subarray(start, newline === -1 ? piece.length : newline));
      if (newline === -1) return;
      const message = messageOf(this.#take());
      if (message !== undefined) yield message;
      start = newline + 1;
    }
  }

  #keep(part: Uint8Array): void {
    this.#restBytes += part.length;
    if (this.#restBytes > MAX_LINE_BYTES) this.#rest = [];
    else this.#rest.push(part);
  }

  #take(): string {
    const isTooLong = this.#restBytes > MAX_LINE_BYTES;
    if (isTooLong) this.#tooLong++;
    const line = isTooLong ? "" : Buffer.concat(this.#rest).toString("utf8");
    this.#rest = [];
    this.#restBytes = 0;
    return line;
  }
}

const TIMESTAMP = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)\.(\d{6})([+-]\d\d)(\d\d)$/;

function messageOf(line: string): LogMessage | undefined {
  if (!line.startsWith("{")) return undefined;
  const { timestamp, eventMessage, traceID, threadID } = parsed(line);
  if (typeof timestamp !== "string" || typeof eventMessage !== "string") return undefined;
  const atUs = microseconds(timestamp);
  if (atUs === undefined) return undefined;
  const text = `${timestamp}|${traceID}|${threadID}|${eventMessage}`;
  return { timestamp, atUs, message: eventMessage, key: hash("sha1", text).slice(0, 16) };
}

/** Nothing when it is no JSON: the line of a program that was ended. */
function parsed(line: string): Record<string, unknown> {
  try {
    // Numbers of traces do not fit into JavaScript's, and are only compared.
    return JSON.parse(line.replace(/("traceID"\s*:\s*)(\d+)/, '$1"$2"'));
  } catch {
    return {};
  }
}

function microseconds(timestamp: string): number | undefined {
  const [, day, time, fraction, hours, minutes] = TIMESTAMP.exec(timestamp) ?? [];
  if (day === undefined) return undefined;
  const seconds = Date.parse(`${day}T${time}${hours}:${minutes}`) / 1_000;
  return Number.isNaN(seconds) ? undefined : seconds * 1_000_000 + Number(fraction);
}
