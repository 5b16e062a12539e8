/**
 * Puts the members of a JSON log line where the Elastic Common Schema has them.
 *
 * - `level`, `msg`, `time` and the like, as the loggers of most languages name them, go to their
 *   fields.
 * - Members that are fields of the schema already, nested or with dots, stay.
 * - Everything else goes to `json`, as it is.
 *
 * @module
 */

import { isObject, parseObject } from "./json_object.ts";
import { ALIASES, FIELD_SETS, ROOT_FIELDS } from "./ecs_fields.ts";
import { levelName, timeText } from "./ecs_values.ts";
import { isShallow, place } from "./members.ts";
import type { Members } from "./stages.ts";

/** What the agent says of an event; no line may say otherwise. */
const RESERVED = ["event.original", "event.created", "log.file", "log.flags", "agent", "json"];

/** The members of a line; `undefined` when it is no JSON object. */
export function parseJsonLine(text: string): Members | undefined {
  const object = parseObject(text);
  if (!object || !isShallow(object)) return undefined;
  const placed: Members = Object.create(null);
  const left: Members = Object.create(null);
  for (const [name, value] of Object.entries(object)) {
    if (!placeMember(placed, name, value)) left[name] = value;
  }
  return Object.keys(left).length > 0 ? { ...placed, json: left } : placed;
}

function placeMember(placed: Members, name: string, value: unknown): boolean {
  const path = name.split(".");
  if (isAlias(name, value)) return placeAlias(placed, name, value);
  const [set = ""] = path;
  if (path.length === 1 && ROOT_FIELDS.has(name)) {
    return typeof value === "string" && place(placed, path, value);
  }
  const isOfSchema = FIELD_SETS.has(set) && (path.length > 1 || isObject(value));
  if (!isOfSchema || isReserved(path, value)) return false;
  return isObject(value) ? placeAll(placed, path, value) : place(placed, path, value);
}

/** An object under the name of a set of fields is that set. */
function isAlias(name: string, value: unknown): boolean {
  if (name === "@timestamp") return true;
  const field = Object.hasOwn(ALIASES, name.toLowerCase())
    ? ALIASES[name.toLowerCase()]
    : undefined;
  return field !== undefined && (!isObject(value) || field === "error.message");
}

/** All members of an object, or none: half of one would mislead. */
function placeAll(placed: Members, path: readonly string[], value: Members): boolean {
  const leaves = Object.entries(value);
  const blocked = leaves.some(([name]) => isTaken(placed, [...path, ...name.split(".")]));
  if (blocked) return false;
  for (const [name, inner] of leaves) place(placed, [...path, ...name.split(".")], inner);
  return true;
}

function isTaken(members: Members, path: readonly string[]): boolean {
  let at: unknown = members;
  for (const name of path) {
    if (!isObject(at)) return true;
    if (!Object.hasOwn(at, name)) return false;
    at = at[name];
  }
  return true;
}

function placeAlias(placed: Members, name: string, value: unknown): boolean {
  const field = name === "@timestamp" ? name : ALIASES[name.toLowerCase()] ?? name;
  if (field === "error.message" && isObject(value)) return placeError(placed, value);
  const fitting = fits(field, value);
  return fitting !== undefined && place(placed, field.split("."), fitting);
}

/** The value as its field takes it; `undefined` when it cannot. */
function fits(field: string, value: unknown): unknown {
  if (field === "@timestamp") return timeText(value);
  if (field === "log.level") return levelName(value);
  if (field === "process.pid" || field === "http.response.status_code" || field === "source.port") {
    return Number.isSafeInteger(Number(value)) && value !== "" && value !== null
      ? Number(value)
      : undefined;
  }
  if (field === "tags") return Array.isArray(value) ? value : undefined;
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined;
}

function placeError(placed: Members, error: Members): boolean {
  const { message, stack, stack_trace, type, name, code, ...others } = error;
  const entries = Object.entries({
    message,
    stack_trace: stack ?? stack_trace,
    type: type ?? name,
    code: code === undefined ? undefined : String(code),
    ...others,
  }).filter(([, value]) => value !== undefined);
  return placeAll(placed, ["error"], Object.fromEntries(entries));
}

function isReserved(path: readonly string[], value: unknown): boolean {
  const name = path.join(".");
  const isWithin = (reserved: string) => name === reserved || name.startsWith(`${reserved}.`);
  if (RESERVED.some(isWithin)) return true;
  if (!isObject(value)) return false;
  return Object.entries(value).some(([inner, deeper]) =>
    isReserved([...path, ...inner.split(".")], deeper)
  );
}
