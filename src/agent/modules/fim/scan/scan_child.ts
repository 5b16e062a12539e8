/**
 * A scan as a process of its own: its job is a line of JSON on standard input, what it finds goes to standard output in frames. It ends
 * when its input does.
 *
 * @module
 */

import type { Clock } from "../../../../shared/clock.ts";
import { messageOf } from "../../../../shared/errors.ts";
import { LibcLibrary } from "../../../platform/libc/library.ts";
import { SystemFiles } from "../../../platform/system_files.ts";
import { openTree } from "../tree/open_tree.ts";
import { Mounts } from "../tree/mounts.ts";
import { encodeFailure, encodeMessage } from "./frames.ts";
import { runScan } from "./run_scan.ts";
import type { ScanJob } from "./scan_job.ts";
import type { ReadPage } from "./stored_rows.ts";

/** A job with where the states are. */
export interface ChildJob extends ScanJob {
  /** Path of the database. */
  database: string;
}

/** States of files in a database. */
interface StoredFiles extends Disposable {
  range: ReadPage;
  count(): number;
}

/** What a child works with. */
interface ChildIo {
  input: ReadableStream<Uint8Array>;
  write(bytes: Uint8Array): void;
  clock: Clock;
  openStates(database: string): StoredFiles;
}

/** Scans. Resolves when everything is written, or nobody wants it any more. */
export async function runScanChild({ input, write, clock, openStates }: ChildIo): Promise<void> {
  const closed = new AbortController();
  try {
    const job = await readJob(input, () => closed.abort());
    using states = openStates(job.database);
    const library = new LibcLibrary();
    const files = new SystemFiles(library);
    const messages = runScan(job, {
      tree: openTree(library),
      mounts: new Mounts(files.readText("/proc/self/mountinfo") ?? ""),
      readPage: (range, limit) => states.range(range, limit),
      stored: states.count(),
      clock,
      signal: closed.signal,
      ...collector(),
      peakBytes: () => peakBytes(files),
    });
    for await (const message of messages) write(encodeMessage(message));
  } catch (error) {
    if (!closed.signal.aborted) write(encodeFailure(messageOf(error)));
  }
}

/** Reads the first line; the rest is read for its end only. */
async function readJob(
  input: ReadableStream<Uint8Array>,
  onEnd: () => void,
): Promise<ChildJob> {
  const reader = input.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value } = await reader.read();
    if (value === undefined) throw new Error("The scan got no job");
    text += value;
    const end = text.indexOf("\n");
    if (end === -1) continue;
    readToEnd(reader).then(onEnd, onEnd);
    return JSON.parse(text.slice(0, end));
  }
}

async function readToEnd(reader: ReadableStreamDefaultReader<string>): Promise<void> {
  while (!(await reader.read()).done);
}

/** Where the engine's collector can be called. */
function collector(): { collect?: () => void } {
  const { gc } = globalThis as { gc?: (options: { type: "minor" | "major" }) => void };
  return gc === undefined ? {} : { collect: () => gc({ type: "major" }) };
}

/** The kernel knows the most memory that a process held. */
function peakBytes(files: SystemFiles): number | undefined {
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(files.readText("/proc/self/status") ?? "") ?? [];
  return kib === undefined ? undefined : Number(kib) * 1_024;
}
