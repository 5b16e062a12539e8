/**
 * What Docker's driver `json-file` writes, one object a line:
 *
 *     {"log":"the text\n","stream":"stdout","time":"2026-11-26T00:57:01.123456789Z"}
 *
 * A text that does not end with a newline goes on in the next object of its stream (Docker cuts at
 * 16 KiB). `attrs` holds the labels that the driver was told to add.
 *
 * @module
 */

import { isObject, parseObject } from "./json_object.ts";
import { isShallow } from "./members.ts";
import type { Members, Unwrapped } from "./stages.ts";

/** Takes the object away that is around a text. */
export function unwrapDocker(line: string): Unwrapped | undefined {
  const object = parseObject(line);
  if (typeof object?.log !== "string") return undefined;
  const { log: text, stream, time, attrs } = object;
  const members: Members = {};
  if (typeof time === "string") members["@timestamp"] = time;
  if (typeof stream === "string") members.log = { iostream: stream };
  if (isObject(attrs) && isShallow(attrs)) members.container = { labels: attrs };
  const unwrapped = { text: text.replace(/\r?\n$/, ""), partial: !text.endsWith("\n"), members };
  return typeof stream === "string" ? { ...unwrapped, stream } : unwrapped;
}
