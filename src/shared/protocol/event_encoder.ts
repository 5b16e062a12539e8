/**
 * How one event becomes text.
 *
 * An encoded event is its lines, each PRECEDED by a newline: `"\n" + header + "\n" + data`. So a request body is the agent line
 * with encoded events put behind it, byte by byte, with no separator to add and none to cut: an event is serialised
 * once, when it is collected, and never touched again.
 *
 * @module
 */

import type { StatefulHeader, StatelessHeader } from "./wire.ts";

/** Encodes an event of the stateless stream. */
export function encodeStateless(header: StatelessHeader, data: object): string {
  return `\n${JSON.stringify(header)}\n${JSON.stringify(data)}`;
}

/** Encodes an event of the stateful stream; `data` is left out for a `delete`, and only then. */
export function encodeStateful(header: StatefulHeader, data?: object): string {
  if (header.operation === "delete") return `\n${JSON.stringify(header)}`;
  return `\n${JSON.stringify(header)}\n${JSON.stringify(data ?? {})}`;
}
