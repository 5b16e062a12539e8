/**
 * Measures how the agent does with slow servers: throughput by latency, and batches in flight while a server has a bad time.
 *
 * @module
 */

import { TempFolder } from "../../tests/support/queues.ts";
import { megabytes } from "../report/megabytes.ts";
import { writeResultFile, writeResults } from "../report/results.ts";
import { writeLines } from "../support/log_file.ts";
import { courseChart, throughputChart } from "./charts.ts";
import { type CourseResult, play, REFUSALS, SLOWNESS } from "./course.ts";
import { type LatencyOptions, parseLatencyOptions } from "./options.ts";
import { type LatencyRow, measureThroughput } from "./throughput.ts";

const options = parseLatencyOptions(Deno.args);
const rows = await measureSettings(options);
const courses = options.courses ? await playCourses() : [];
if (options.results) await write();

async function measureSettings(
  { latencies, limits, lines, seconds }: LatencyOptions,
): Promise<LatencyRow[]> {
  using folder = new TempFolder();
  const log = folder.file("app.log");
  writeLines(log, lines);
  const rows: LatencyRow[] = [];
  console.log("latency  max_in_flight   events/s  in flight: peak  mean  peak memory");
  for (const latency of latencies) {
    for (const max_in_flight of limits) {
      const row = await measureThroughput({ latency, max_in_flight }, { log, seconds });
      console.log(rowText(row));
      rows.push(row);
    }
  }
  return rows;
}

function rowText(row: LatencyRow): string {
  return [
    row.latency.padEnd(7),
    String(row.max_in_flight).padStart(14),
    row.events_per_s.toLocaleString("en").padStart(10),
    String(row.in_flight_peak).padStart(16),
    row.in_flight_mean.toFixed(1).padStart(5),
    megabytes(row.peak_resident_bytes).padStart(12),
  ].join(" ");
}

async function playCourses(): Promise<CourseResult[]> {
  const results: CourseResult[] = [];
  for (const course of [REFUSALS, SLOWNESS]) {
    const result = await play(course);
    console.log(courseText(result));
    results.push(result);
  }
  return results;
}

function courseText({ title, in_flight, lowered, recovered }: CourseResult): string {
  const { before, during, after } = in_flight;
  return `\n${title}\n  before ${before}, during ${during}, after ${after}: ` +
    `lowered ${lowered ? "met" : "MISSED"}, recovered ${recovered ? "met" : "MISSED"}`;
}

async function write(): Promise<void> {
  const written = [
    await writeResults(
      { throughput: rows, courses: courses.map(({ looks: _, ...course }) => course) },
      { name: "latency", now: new Date() },
    ),
    await writeResultFile("latency.svg", throughputChart(rows)),
  ];
  for (const course of courses) {
    written.push(await writeResultFile(`in-flight-${course.name}.svg`, courseChart(course)));
  }
  console.log(`Written:\n${written.join("\n")}`);
}
