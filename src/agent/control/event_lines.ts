/**
 * The events in a body of `POST /v1/events/:stream`, each looked at before any is stored.
 *
 * Every line is preceded by a newline. A stateless event is a header line and a data line; so is a stateful one, except that a
 * `delete` is its header alone.
 *
 * @module
 */

import * as z from "zod";
import { AgentError } from "../../shared/errors.ts";
import type { Stream } from "../../shared/protocol/wire.ts";
import { describeIssues } from "../../shared/text.ts";

const NAME = z.string().min(1);

/** Strict: a server refuses the whole batch for a header that it does not know. */
const HEADERS: Record<Stream, z.ZodType<{ module: string; operation?: string | undefined }>> = {
  stateless: z.strictObject({ module: NAME, collector: z.string().optional() }),
  stateful: z.strictObject({
    module: NAME,
    collector: z.string().optional(),
    id: NAME,
    operation: z.enum(["create", "update", "delete"]),
  }),
};

const DATA = z.record(z.string(), z.unknown());

const HINT =
  'send "\\n", a header such as {"module":"NAME"}, "\\n" and {"event":{"original":"TEXT"}} for each event';

/**
 * One text for each event, as it is stored.
 *
 * @throws {AgentError} `usage`, naming the first line that is wrong
 */
export function parseEventLines(stream: Stream, body: Uint8Array): string[] {
  const text = decode(body);
  if (!text.startsWith("\n") || text.length < 2) {
    throw wrong('Body has no events: it must begin with "\\n" and a header');
  }
  const lines = text.slice(1).split("\n");
  const events: string[] = [];
  for (let index = 0; index < lines.length;) {
    const { operation } = parseLine(lines, index, HEADERS[stream]);
    const size = operation === "delete" ? 1 : 2;
    if (size === 2) parseLine(lines, index + 1, DATA);
    events.push(lines.slice(index, index + size).map((line) => `\n${line}`).join(""));
    index += size;
  }
  return events;
}

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw wrong("Body is not UTF-8");
  }
}

function parseLine<T>(lines: readonly string[], index: number, schema: z.ZodType<T>): T {
  const line = lines[index];
  if (line === undefined) throw wrong(`Line ${index + 1} is missing: the data of the last event`);
  const { data, error } = schema.safeParse(parseObject(line, index));
  if (error) throw wrong(`Line ${index + 1} is not as it must be: ${describeIssues(error)}`);
  return data;
}

function parseObject(line: string, index: number): object {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below, as for any line that is not an object.
  }
  throw wrong(`Line ${index + 1} is not a JSON object`);
}

function wrong(message: string): AgentError {
  return new AgentError("usage", message, { hint: HINT });
}
