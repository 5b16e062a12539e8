/**
 * The tables of the report: what each is called, and what its rows, columns and targets are.
 *
 * @module
 */

/** One figure of a run. */
export interface FigureKey {
  table: string;
  series: string;
  x: number | string;
}

/**
 * How fast a figure must be beside another one of the same run, which is the limit of what the machine can do without
 * the agent: a time by itself would say more of the machine than of the agent.
 */
export interface Target {
  series: string;
  x: number | string;
  /** Events a second, as a share of the limit's. */
  at_least: number;
  limit: FigureKey;
}

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

const WIRES = { http: "HTTP", tls: "TLS", raw: "limit" };
const DURABILITY = { full: "FULL", normal: "NORMAL" };
const MEMORY = { memory: "agent", raw: "limit" };
/** Durable from memory to the sink, with SQLite and `fetch` alone. */
const RAW_PATH = { table: "throughput", series: "full", x: "the same without the agent" };
/** What SQLite does with a statement a row. */
const RAW_ROWS = { table: "inserts", series: "rows", x: 100_000 };

/** A target for HTTP and for TLS, beside rows that are sent with SQLite and `fetch` alone. */
function onBothWires(table: string, x: number, at_least: number): Target[] {
  const limit = { table, series: "raw", x };
  return ["http", "tls"].map((series) => ({ series, x, at_least, limit }));
}

/** Every table, in the order of the report. */
export const TABLES: readonly Table[] = [
  {
    id: "batch_size",
    title: "1,000 events from disk to a manager, by batch size",
    x: "batch size (events)",
    series: WIRES,
    shows: "ms",
    targets: [...onBothWires("batch_size", 1, 0.1), ...onBothWires("batch_size", 100, 0.1)],
  },
  {
    id: "event_count",
    title: "Batches of 100 from disk to a manager, by number of events",
    x: "number of events",
    series: WIRES,
    shows: "ms",
    targets: onBothWires("event_count", 1_000, 0.1),
  },
  {
    id: "payload_size",
    title: "1,000 events in batches of 100 from disk to a manager, by payload",
    x: "payload (bytes)",
    series: WIRES,
    shows: "ms",
    targets: onBothWires("payload_size", 100_000, 0.1),
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
    targets: [{
      series: "memory",
      x: 1_000_000,
      at_least: 0.2,
      limit: { table: "memory_event_count", series: "raw", x: 1_000_000 },
    }],
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
      { series: "full", x: "memory to sink, HTTP", at_least: 0.4, limit: RAW_PATH },
      { series: "full", x: "file to manager, TLS", at_least: 0.1, limit: RAW_PATH },
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
      { series: "manager", x: "orders expanded, 10,000 agents", at_least: 0.2, limit: RAW_ROWS },
      { series: "manager", x: "look-ups without orders", at_least: 0.1, limit: RAW_ROWS },
    ],
  },
];
