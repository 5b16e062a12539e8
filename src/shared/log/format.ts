/**
 * One log record as a line of text or of JSON.
 *
 * Text: `2026-02-19T20:25:46.807Z INFO  queue  message key=value`. JSON: `time`, `level`,
 * `component` and `message`, then the properties.
 *
 * @module
 */

import type { LogLevel, LogRecord } from "@logtape/logtape";
import { type PlainValue, plainValue } from "./plain_value.ts";
import { visible, visibleJson } from "../text.ts";
import { redact } from "./redact.ts";

const PROGRAMS: readonly string[] = ["agent", "manager"];

/** What is written of a record. */
export interface LogLine {
  /** Milliseconds since 1970-01-01 UTC. */
  time: number;
  level: LogLevel;
  component: string;
  message: string;
  /** Properties that the message does not show already. */
  extra: Record<string, PlainValue>;
  /** All properties. */
  properties: Record<string, PlainValue>;
}

/** Takes from `record` what is written of it. Never throws. */
export function logLine(record: LogRecord, time: number): LogLine {
  const { category, level } = record;
  const properties = plainProperties(record);
  const shown = shownInMessage(record);
  return {
    time,
    level,
    component: componentOf(category),
    message: record.message.map((part, index) =>
      index % 2 === 0 ? String(part) : inline(plainValue(part))
    )
      .join(""),
    properties,
    extra: Object.fromEntries(Object.entries(properties).filter(([key]) => !shown.has(key))),
  };
}

/** Every record of a program begins with the program's name, which says nothing in its own log. */
function componentOf(category: readonly string[]): string {
  const named = PROGRAMS.includes(category[0] ?? "") && category.length > 1;
  return (named ? category.slice(1) : category).join(".");
}

/** A line of text, on one line whatever the message holds. */
export function formatText(line: LogLine, { color }: { color: boolean }): string {
  const level = (line.level === "warning" ? "WARN" : line.level.toUpperCase()).padEnd(5);
  const pairs = Object.entries(line.extra).map(([key, value]) => ` ${key}=${textValue(value)}`);
  const said = visible(redact(`${line.component}  ${line.message}${pairs.join("")}`));
  const painted = color ? `${COLORS[line.level]}${level}\x1b[0m` : level;
  return `${new Date(line.time).toISOString()} ${painted} ${said}\n`;
}

/** A line of JSON. A property can't take the place of `time`, `level`, `component` or `message`. */
export function formatJson({ time, level, component, message, properties }: LogLine): string {
  // Given twice below: the first puts them in front, the second makes them win.
  const fixed = { time: new Date(time).toISOString(), level, component, message };
  return `${visibleJson(redact(JSON.stringify({ ...fixed, ...properties, ...fixed })))}\n`;
}

const COLORS: Readonly<Record<LogLevel, string>> = {
  trace: "\x1b[2m",
  debug: "\x1b[2m",
  info: "\x1b[32m",
  warning: "\x1b[33m",
  error: "\x1b[31m",
  fatal: "\x1b[31m",
};

function plainProperties({ properties }: LogRecord): Record<string, PlainValue> {
  const plain = plainValue(properties);
  return typeof plain === "object" && plain !== null && !Array.isArray(plain) ? plain : {};
}

/** Names of the properties that the message's template shows. */
function shownInMessage({ rawMessage }: LogRecord): Set<string> {
  const template = typeof rawMessage === "string" ? rawMessage : "";
  return new Set([...template.matchAll(/\{\s*([^{}]+?)\s*\}/g)].map((match) => match[1] ?? ""));
}

function inline(value: PlainValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function textValue(value: PlainValue): string {
  const bare = typeof value === "string" && /^[^\s"=]+$/.test(value);
  return bare ? value : JSON.stringify(value);
}
