/**
 * A server that has a bad time: what an agent with a full queue keeps in flight before, during and after.
 *
 * @module
 */

import { TempFolder } from "../../tests/support/queues.ts";
import { AgentStage, awaitStatus } from "../support/agent_stage.ts";
import { writeLines } from "../support/log_file.ts";
import type { SinkBehaviour } from "../support/sink/app.ts";
import { SinkProcess } from "../support/sink_process.ts";
import { type Look, lookOf, mean } from "./throughput.ts";

const LOOK_INTERVAL_MS = 100;
/** Small batches: so the file lasts for the whole course. */
const BATCH_EVENTS = 100;
const LINES = 2_000_000;
/** The share of the usual that must be in flight again at the end. */
const RECOVERED_SHARE = 0.9;

/** How the server behaves for a time. */
export interface Phase extends SinkBehaviour {
  name: "before" | "during" | "after";
  seconds: number;
}

/** What is played, under a name. */
export interface Course {
  name: string;
  title: string;
  phases: readonly Phase[];
}

/** A look, the time since the beginning, and how the server behaved then. */
export interface CourseLook extends SinkBehaviour {
  phase: Phase["name"];
  at_s: number;
  batches_in_flight: number;
  acknowledged_events: number;
}

/** What came of a course. */
export interface CourseResult {
  name: string;
  title: string;
  looks: CourseLook[];
  /** Batches in flight on average, in the second half of each phase. */
  in_flight: Record<Phase["name"], number>;
  /** Less was in flight while the server had its bad time. */
  lowered: boolean;
  /** At the end about as much was in flight as in the beginning. */
  recovered: boolean;
}

const USUAL = { latency_ms: 20, refused_share: 0 };

/** Half of the requests are refused for a while. */
export const REFUSALS: Course = {
  name: "429",
  title: "Batches in flight while half of the requests are answered 429",
  phases: [
    { name: "before", seconds: 5, ...USUAL },
    { name: "during", seconds: 8, latency_ms: 20, refused_share: 0.5 },
    { name: "after", seconds: 15, ...USUAL },
  ],
};

/** Answers become slow step by step, and quick again. */
export const SLOWNESS: Course = {
  name: "latency",
  title: "Batches in flight while the server's latency grows to 500 ms and falls again",
  phases: [
    { name: "before", seconds: 5, ...USUAL },
    ...ramp("during", 20, 500),
    { name: "during", seconds: 4, latency_ms: 500, refused_share: 0 },
    ...ramp("after", 500, 20),
    { name: "after", seconds: 10, ...USUAL },
  ],
};

/** Plays a course. */
export async function play({ name, title, phases }: Course): Promise<CourseResult> {
  using folder = new TempFolder();
  await using sink = await SinkProcess.start({ counts: "events" });
  const stage = new AgentStage(folder, sink);
  writeLines(folder.file("app.log"), LINES);
  stage.configure([
    "logcollector.start_at: beginning",
    `logcollector.localfiles: [{ location: ${folder.file("app.log")} }]`,
    `events.batch_events: ${BATCH_EVENTS}`,
    // A pause after a 429 shall not be longer than the phases.
    "agent.retry_interval: 100ms",
    "agent.retry_max_interval: 500ms",
  ]);
  await stage.register();
  await sink.behave(USUAL);
  await using agent = await stage.start();
  const looks: CourseLook[] = [];
  const startedAt = performance.now();
  for (const phase of phases) {
    const { name, seconds, ...behaviour } = phase;
    await sink.behave(behaviour);
    const until = performance.now() + seconds * 1_000;
    await awaitStatus(agent, () => performance.now() >= until, {
      everyMs: LOOK_INTERVAL_MS,
      onStatus: (status) => {
        const look = lookOf(status);
        if (status.streams.stateless.queued_events === 0) throw new Error("The file ran out");
        looks.push({ phase: name, ...behaviour, ...reported(look, startedAt) });
      },
    });
  }
  return { name, title, looks, ...verdictOn(looks) };
}

/** What the looks show. */
export function verdictOn(
  looks: readonly CourseLook[],
): Pick<CourseResult, "in_flight" | "lowered" | "recovered"> {
  const in_flight = {
    before: settledMean(looks, "before"),
    during: settledMean(looks, "during"),
    after: settledMean(looks, "after"),
  };
  return {
    in_flight,
    lowered: in_flight.during < in_flight.before,
    recovered: in_flight.after >= RECOVERED_SHARE * in_flight.before,
  };
}

/** The first half of a phase is for finding out. */
function settledMean(looks: readonly CourseLook[], phase: Phase["name"]): number {
  const within = looks.filter((look) => look.phase === phase);
  const settled = within.slice(Math.floor(within.length / 2));
  return Number(mean(settled.map((look) => look.batches_in_flight)).toFixed(2));
}

function reported({ atMs, inFlight, acknowledged }: Look, startedAt: number) {
  return {
    at_s: Number(((atMs - startedAt) / 1_000).toFixed(2)),
    batches_in_flight: inFlight,
    acknowledged_events: acknowledged,
  };
}

/** Half a second of each latency on the way, both ends included. */
function ramp(name: Phase["name"], from: number, to: number): Phase[] {
  const steps = 8;
  return Array.from({ length: steps + 1 }, (_, step) => ({
    name,
    seconds: 0.5,
    latency_ms: Math.round(from + (to - from) * step / steps),
    refused_share: 0,
  }));
}
