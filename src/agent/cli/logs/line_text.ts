/**
 * Lines of the log as they are shown: text for people, JSON for programs, whichever of the two was written.
 *
 * @module
 */

import { formatText } from "../../../shared/log/format.ts";
import type { PlainValue } from "../../../shared/log/plain_value.ts";

const LEVELS = ["trace", "debug", "info", "warning", "error", "fatal"] as const;

/** A line for people, with its newline; one that is no JSON of ours stays as it is. */
export function textOfLine(line: string): string {
  const record = recordIn(line);
  const level = LEVELS.find((name) => name === record?.level);
  if (record === undefined || level === undefined) return `${line}\n`;
  const { time, level: _, component, message, ...properties } = record;
  const said = String(message);
  const extra = Object.entries(properties).filter(([, value]) => !said.includes(wordOf(value)));
  return formatText({
    time: Date.parse(String(time)),
    level,
    component: String(component),
    message: said,
    extra: Object.fromEntries(extra),
    properties,
  }, { color: false });
}

/** A line of JSON, with its newline; other text becomes its `message`. */
export function jsonOfLine(line: string): string {
  return `${recordIn(line) === undefined ? JSON.stringify({ message: line }) : line}\n`;
}

function wordOf(value: PlainValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function recordIn(line: string): Record<string, PlainValue> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const record: unknown = JSON.parse(line);
    if (typeof record !== "object" || record === null || !("message" in record)) return undefined;
    if (!("time" in record) || Number.isNaN(Date.parse(String(record.time)))) return undefined;
    return record as Record<string, PlainValue>;
  } catch {
    return undefined;
  }
}
