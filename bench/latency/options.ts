/**
 * The command line of `deno task bench:latency`.
 *
 * @module
 */

import { Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { duration, exitAfterUsage, positiveNumber } from "../../src/shared/cli/flag_values.ts";
import type { InFlightLimit } from "./throughput.ts";

/** What the command line says. */
export interface LatencyOptions {
  /** As the manager's option has them. */
  latencies: readonly string[];
  limits: readonly InFlightLimit[];
  seconds: number;
  lines: number;
  /** False with `--no-courses`. */
  courses: boolean;
  /** False with `--no-results`. */
  results: boolean;
}

const LATENCIES = ["0ms", "5ms", "20ms", "50ms", "200ms", "1s"];
const LIMITS: InFlightLimit[] = ["default", 1, 4, 8, 16];
/** As `config/agent.yaml` has it. */
const MAX_LIMIT = 32;

/** Reads the command line; ends the process with exit status 2 for wrong usage. */
export function parseLatencyOptions(argv: readonly string[]): LatencyOptions {
  return new Command("bench:latency")
    .description("measure the agent with slow servers: throughput by latency, and a bad time")
    .option("--latencies <durations...>", "latencies of the server", latency, LATENCIES)
    .option("--limits <numbers...>", "values of events.max_in_flight, or default", limit, LIMITS)
    .option("--seconds <count>", "how long each setting is measured", positiveNumber, 3)
    .option("--lines <count>", "lines of the followed file", positiveNumber, 1_500_000)
    .option("--no-courses", "leave out the server that has a bad time")
    .option("--no-results", "write no figures and no charts")
    .exitOverride(exitAfterUsage)
    .parse([...argv], { from: "user" })
    .opts();
}

function latency(text: string, earlier: readonly string[]): string[] {
  duration(text);
  return added(text, earlier, LATENCIES);
}

function limit(text: string, earlier: readonly InFlightLimit[]): InFlightLimit[] {
  const value = text === "default" ? text : positiveNumber(text);
  if (value !== "default" && value > MAX_LIMIT) {
    throw new InvalidArgumentError(`At most ${MAX_LIMIT}`);
  }
  return added(value, earlier, LIMITS);
}

/** The first value that is given replaces the default ones. */
function added<T>(value: T, earlier: readonly T[], defaults: readonly T[]): T[] {
  return earlier === defaults ? [value] : [...earlier, value];
}
