/**
 * Files that a person names on a command line.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { type Clock, systemClock } from "../clock.ts";

/** For so long a pipe may have no writer, in milliseconds; then it counts as empty. */
const NO_WRITER_MS = 10_000;
const LOOK_AGAIN_MS = 20;

/**
 * The text of a file or of a pipe, such as a shell's `<(…)`. A pipe may have no writer for ever, so it is opened and read without
 * waiting, and waiting for more ends with the signal; a device, which may have no end, is refused.
 *
 * @throws what the file system says, an error that says what stands there instead, or the signal's reason
 */
export async function readNamedFile(
  path: string,
  signal: AbortSignal,
  clock: Clock = systemClock,
): Promise<string> {
  // Says more of what is not there than `node:fs` does.
  Deno.statSync(path);
  // Windows has no such pipes.
  const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const info = fstatSync(descriptor);
    if (info.isFile()) return readFileSync(descriptor, "utf8");
    if (info.isFIFO()) return await readPipe(descriptor, signal, clock);
    throw new Error(
      info.isDirectory() ? "is a directory" : "it is neither a regular file nor a pipe",
    );
  } finally {
    closeSync(descriptor);
  }
}

async function readPipe(descriptor: number, signal: AbortSignal, clock: Clock): Promise<string> {
  const parts: Buffer[] = [];
  const untilMs = clock.monotonic() + NO_WRITER_MS;
  let hadWriter = false;
  for (;;) {
    const part = readWhatIsThere(descriptor);
    // Nothing is read both before somebody opens the other end and after all have closed it.
    const isOver = part?.length === 0 && (hadWriter || clock.monotonic() >= untilMs);
    if (isOver) return Buffer.concat(parts).toString("utf8");
    hadWriter ||= part?.length !== 0;
    if (part !== undefined && part.length > 0) parts.push(part);
    else await clock.sleep(LOOK_AGAIN_MS, signal);
  }
}

/** `undefined` while there is a writer that has written nothing more. */
function readWhatIsThere(descriptor: number): Buffer | undefined {
  const buffer = Buffer.alloc(65_536);
  try {
    return buffer.subarray(0, readSync(descriptor, buffer));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EAGAIN" || error instanceof Deno.errors.WouldBlock) return undefined;
    throw error;
  }
}
