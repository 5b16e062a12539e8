/**
 * The tables of the report: what each is called, and what its rows, columns and targets are.
 *
 * @module
 */

/** What a figure must reach: a time at most, or a rate at least. */
export type Target =
  | { series: string; x: number | string; at_most_ms: number }
  | { series: string; x: number | string; at_least_per_s: number };

/** One table. */
export interface Table {
  /** As the suites name it. */
  id: string;
  title: string;
  /** What a row's label means, with its unit. */
  x: string;
  /** Columns in order: as the suites name them, and as they are shown. */
  series: Readonly<Record<string, string>>;
  /** What is shown: the time of an iteration, or what it moves in a second. */
  shows: "ms" | "per_s";
  /** What is moved, for a rate. @default "events" */
  moves?: string;
  targets: readonly Target[];
}

const WIRES = { http: "HTTP", tls: "TLS" };
const DURABILITY = { full: "FULL", normal: "NORMAL" };
const MEMORY = { memory: "agent" };

/** A target for HTTP and for TLS. */
function onBothWires(x: number, at_most_ms: number): Target[] {
  return Object.keys(WIRES).map((series) => ({ series, x, at_most_ms }));
}

/** Every table, in the order of the report. */
export const TABLES: readonly Table[] = [
  {
    id: "batch_size",
    title: "1,000 events from disk to a manager, by batch size",
    x: "batch size (events)",
    series: WIRES,
    shows: "ms",
    targets: [...onBothWires(1, 350), ...onBothWires(100, 12)],
  },
  {
    id: "event_count",
    title: "Batches of 100 from disk to a manager, by number of events",
    x: "number of events",
    series: WIRES,
    shows: "ms",
    targets: onBothWires(1_000, 12),
  },
  {
    id: "payload_size",
    title: "1,000 events in batches of 100 from disk to a manager, by payload",
    x: "payload (bytes)",
    series: WIRES,
    shows: "ms",
    targets: onBothWires(100_000, 700),
  },
  {
    id: "memory_batch_size",
    title: "200,000 events dispatched in memory, by batch size",
    x: "batch size (events)",
    series: MEMORY,
    shows: "ms",
    targets: [],
  },
  {
    id: "memory_event_count",
    title: "Batches of 100 dispatched in memory, by number of events",
    x: "number of events",
    series: MEMORY,
    shows: "ms",
    targets: [{ series: "memory", x: 1_000_000, at_most_ms: 40 }],
  },
  {
    id: "inserts",
    title: "Events stored in one transaction",
    x: "number of events",
    series: { queue: "queue", rows: "a row each" },
    shows: "ms",
    targets: [],
  },
  {
    id: "queue",
    title: "The durable queue by itself",
    x: "what is done",
    series: DURABILITY,
    shows: "per_s",
    targets: [],
  },
  {
    id: "throughput",
    title: "Sustained, from end to end",
    x: "from and to",
    series: DURABILITY,
    shows: "per_s",
    targets: [
      { series: "full", x: "memory to sink, HTTP", at_least_per_s: 200_000 },
      { series: "full", x: "file to manager, TLS", at_least_per_s: 60_000 },
    ],
  },
  {
    id: "manager",
    title: "The manager in one process",
    x: "what is done",
    series: { manager: "manager" },
    shows: "per_s",
    moves: "orders, look-ups, polls or events",
    targets: [
      { series: "manager", x: "orders expanded, 10,000 agents", at_least_per_s: 100_000 / 3 },
      { series: "manager", x: "look-ups without orders", at_least_per_s: 1_000 },
    ],
  },
];
