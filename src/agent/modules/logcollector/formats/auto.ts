/**
 * Finds out the format of each line by itself. Nothing is remembered, so that it does not matter
 * where in a file reading begins.
 *
 * @module
 */

import { unwrapCri } from "./cri.ts";
import { unwrapDocker } from "./docker.ts";
import type { Unwrapped } from "./stages.ts";

/** What a line says without what a container runtime put around it. */
export function unwrapAny(line: string): Unwrapped {
  return unwrapCri(line) ?? dockerOnly(line) ?? { text: line };
}

/** Programs log objects with a member `log` too; Docker's have a stream and a time. */
function dockerOnly(line: string): Unwrapped | undefined {
  if (!line.startsWith('{"log":"')) return undefined;
  const unwrapped = unwrapDocker(line);
  const isDockers = unwrapped?.stream !== undefined && unwrapped.members?.["@timestamp"];
  return isDockers ? unwrapped : undefined;
}
