/**
 * Values of the flags of `agent queue`.
 *
 * @module
 */

import { InvalidArgumentError } from "@commander-js/extra-typings";
import type { Stream } from "../../../shared/protocol/wire.ts";

/** A stream by its name. */
export function streamName(text: string): Stream {
  if (text === "stateless" || text === "stateful") return text;
  throw new InvalidArgumentError("Expected stateless or stateful.");
}

/** A regular expression. */
export function pattern(text: string): RegExp {
  try {
    return new RegExp(text, "gu");
  } catch {
    throw new InvalidArgumentError("Not a regular expression.");
  }
}
