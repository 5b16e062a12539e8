/**
 * A scan as a process of its own: its job is a line of JSON on standard input, what it finds goes to standard output, a line each. It ends
 * when its input does.
 *
 * @module
 */

import type { Clock } from "../../../../shared/clock.ts";
import { messageOf } from "../../../../shared/errors.ts";
import { CommandRunner } from "./command_runner.ts";
import { FileAccess } from "./file_access.ts";
import { machineFor } from "./policy_machine.ts";
import { RealMachine } from "./real_machine.ts";
import { runScan } from "./run_scan.ts";
import type { ScanJob, ScanMessage } from "./scan_job.ts";

/** What a child works with. */
interface ChildIo {
  input: ReadableStream<Uint8Array>;
  /** Writes at once: what comes next may never end. */
  write(bytes: Uint8Array): void;
  clock: Clock;
}

/** A sign of life comes so often, as long as no pattern keeps the process busy. */
const ALIVE_MS = 1_000;
const encoder = new TextEncoder();

/** Scans. Resolves when everything is written, or nobody wants it any more. */
export async function runScanChild({ input, write, clock }: ChildIo): Promise<void> {
  const over = new AbortController();
  const say = (message: ScanMessage) => write(encoder.encode(`${JSON.stringify(message)}\n`));
  const alive = setInterval(() => say({ kind: "alive" }), ALIVE_MS);
  try {
    const job = await readJob(input, () => over.abort("nobody listens any more"));
    await work(job, { say, clock, signal: over.signal });
    say({ kind: "end" });
  } catch (error) {
    if (!over.signal.aborted) say({ kind: "failed", reason: messageOf(error) });
  } finally {
    clearInterval(alive);
    // Commands that are still running end with the scan.
    over.abort("over");
  }
}

async function work(
  job: ScanJob,
  { say, clock, signal }: {
    say: (message: ScanMessage) => void;
    clock: Clock;
    signal: AbortSignal;
  },
): Promise<void> {
  const runner = new CommandRunner({
    clock,
    timeoutMs: job.commandTimeoutMs,
    maxOutputBytes: job.maxOutputBytes,
    mark: job.mark,
    onGroup: (event, group) => say({ kind: "group", event, group }),
    signal,
  });
  const machine = new RealMachine(new FileAccess(), (command) => runner.run(command));
  await runScan(job, {
    machineFor: (policy) => machineFor(policy, { ...job, machine }),
    say,
    signal,
  });
}

/** Reads the first line; the rest is read for its end only. */
async function readJob(input: ReadableStream<Uint8Array>, onEnd: () => void): Promise<ScanJob> {
  const reader = input.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value } = await reader.read();
    if (value === undefined) throw new Error("the scan got no job");
    const end = value.indexOf("\n");
    text += end === -1 ? value : value.slice(0, end);
    if (end === -1) continue;
    readToEnd(reader).then(onEnd, onEnd);
    return JSON.parse(text);
  }
}

async function readToEnd(reader: ReadableStreamDefaultReader<string>): Promise<void> {
  while (!(await reader.read()).done);
}
