/**
 * One contender doing the work once.
 *
 * The contender follows an empty file. A thousand lines written to it show that it does; nothing of
 * this is measured. Then all lines are appended in one go. The time runs from the first block that
 * the sink has taken in, so that it does not matter how seldom a contender looks at a quiet file,
 * until the sink has counted all but the last 2,000: the last batch is not full and waits a while
 * for others, which is delay and not work. The processor time is that from the moment before the
 * lines are appended to the same end: starting is not in it, looking at the file is. Afterwards the
 * sink waits for the rest, and the contender is stopped: every line must have come exactly once.
 *
 * Each contender is one process; what it has used is that of all its threads.
 *
 * @module
 */

import { TempFolder } from "../../tests/support/queues.ts";
import { bytesBehindNumber, numberedLines } from "../support/numbered_lines.ts";
import { readUsage, type Usage } from "../support/process_usage.ts";
import type { Report } from "../support/sink/progress.ts";
import { SinkProcess } from "../support/sink_process.ts";
import type { Contender } from "./contender.ts";
import { MeasuredProcess } from "./measured_process.ts";

/** Lines that show that a contender follows its file. */
const WARM_UP_LINES = 1_000;
/** Two batches: what may be waiting for others at the end. */
const TAIL_LINES = 2_000;
const ARRIVES_WITHIN_MS = 120_000;

/** Whether sender and sink may run anywhere, or have a processor each. */
export type Placement = "free" | "pinned";

/** The work. */
export interface Work {
  lines: number;
  /** With the newline. */
  lineBytes: number;
  placement: Placement;
}

/** What came of it. */
export interface Measurement {
  /** Name of the contender. */
  contender: string;
  placement: Placement;
  /** Lines that were timed. */
  lines: number;
  lines_per_second: number;
  cpu_us_per_line: number;
  peak_resident_bytes: number;
  /** Bytes written to disk for each byte of the input. */
  written_per_input_byte: number;
  /** Bytes that the sink received for each line. */
  sent_bytes_per_line: number;
}

/** Figures at one moment: at the sink, and of the sender. */
interface Moment {
  sink: Report;
  sender: Usage;
}

/**
 * Has `contender` do the work, and checks that every line came exactly once.
 *
 * @throws Error with the contender's output when it stops or is too slow; when it loses or repeats
 * a line
 */
export async function measure(contender: Contender, work: Work): Promise<Measurement> {
  const { lines, lineBytes, placement } = work;
  const [senderCore, sinkCore] = placement === "pinned" ? [0, 1] : [];
  const all = WARM_UP_LINES + lines;
  using folder = new TempFolder();
  const input = folder.file("app.log");
  await Deno.writeFile(input, new Uint8Array());
  await using sink = await SinkProcess.start({
    counts: { lines: all, skipBytes: bytesBehindNumber(lineBytes) },
    core: sinkCore,
  });
  const program = await contender.prepare({ folder: folder.path, input, sink });
  await using sender = new MeasuredProcess(program, folder.file("output.log"), senderCore);
  const moment = async (count: number) => ({
    sink: await sender.unlessItEnds(ARRIVES_WITHIN_MS, (signal) => sink.until(count, signal)),
    sender: readUsage(sender.pid),
  });

  const warmUp = numberedLines(0, WARM_UP_LINES, lineBytes);
  const text = numberedLines(WARM_UP_LINES, lines, lineBytes);
  await Deno.writeFile(input, warmUp, { append: true });
  const before = await moment(WARM_UP_LINES);
  await Deno.writeFile(input, text, { append: true });
  const after = await moment(all - TAIL_LINES);
  await moment(all);
  await sender.stop();
  checkOnce(contender, await sink.until(all));
  return { contender: contender.name, placement, ...figures(lineBytes, before, after) };
}

function figures(
  lineBytes: number,
  before: Moment,
  after: Moment,
): Omit<Measurement, "contender" | "placement"> {
  const lines = after.sink.lines - before.sink.lines;
  const { first_ms, last_ms } = after.sink;
  const seconds = (Number(last_ms) - Number(first_ms)) / 1_000;
  const cpuSeconds = after.sender.cpu_s - before.sender.cpu_s;
  const written = after.sender.disk_written_bytes - before.sender.disk_written_bytes;
  return {
    lines,
    lines_per_second: lines / seconds,
    cpu_us_per_line: cpuSeconds / lines * 1e6,
    peak_resident_bytes: after.sender.peak_resident_bytes,
    written_per_input_byte: written / (lines * lineBytes),
    sent_bytes_per_line: (after.sink.bytes - before.sink.bytes) / lines,
  };
}

function checkOnce({ label }: Contender, { duplicates, foreign }: Report): void {
  if (duplicates + foreign === 0) return;
  throw new Error(`${label} sent ${duplicates} lines twice, and ${foreign} that are not its own`);
}
