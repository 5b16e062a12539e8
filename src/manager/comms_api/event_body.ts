/**
 * The body of an events request: lines of JSON.
 *
 *     {"agent":{…}}                                   line 1: who sends
 *     {"module":…,"collector":…}                      header, then
 *     {"event":…}                                     data, and so on in pairs
 *     {"module":…,"id":…,"operation":"delete"}        stateful only: a delete has NO data line
 *
 * Every line is parsed once, to know that it is a JSON object of the right shape, and nothing is
 * made of it: what is kept is the text. In the kept text a missing data line is an EMPTY line, so
 * that headers and data always alternate.
 *
 * @module
 */

import type { LossNotice } from "../events/flow_meter.ts";
import type { CommandReport } from "../commands/command_report.ts";
import type { Stream } from "../../shared/protocol/wire.ts";
import type { DocumentChange } from "../documents/document_table.ts";
import { ApiError } from "../http/api_error.ts";
import { isTooDeep, MAX_LEVELS } from "./json_depth.ts";

/** A body that is as it should be. */
export interface EventBatch {
  /** Number of events. */
  events: number;
  /** Header and data lines by turns, without the agent line; the data line of a delete is empty. */
  lines: string;
  /** One for each stateful event, in order; empty for the stateless stream. */
  entries: DocumentChange[];
  /** The events of module `command`, in order; empty for the stateless stream. */
  reports: CommandReport[];
  /** What the agent says was lost. */
  losses: LossNotice[];
  /** True when the agent says in it that it is shutting down. */
  shutdown: boolean;
  /** Host that the agent line names; `undefined` when it names none. */
  hostName: string | undefined;
}

/** What the lines of a stream say. */
type StreamLines = Omit<EventBatch, "hostName">;

/** What is remembered of a host's name, in UTF-16 units. */
const MAX_HOST_NAME = 255;

/** What a stateless event is, to the manager. */
type StatelessKind = "event" | "shutdown" | "loss";

/** The collector of module `agent` whose events tell of losses. */
const LOSSES = "loss_ledger";
const MAX_LOSS_TEXT = 500;

type JsonObject = Record<string, unknown>;

const OPERATIONS: readonly unknown[] = ["create", "update", "delete"];

/**
 * Checks a body of `stream`, sent by `agentId`.
 *
 * @throws ApiError 400 whose message names the line that is wrong
 */
export function parseEventBody(
  text: string,
  { stream, agentId }: { stream: Stream; agentId: string },
): EventBatch {
  const trimmed = text.endsWith("\n") ? text.slice(0, -1) : text;
  const lines = trimmed.split("\n");
  const hostName = readAgentLine(lines, agentId);
  if (lines.length < 2) throw lineError(2, "no event follows the agent line");
  if (stream === "stateful") return { ...parseStateful(lines, agentId), hostName };
  const kept = trimmed.slice(trimmed.indexOf("\n") + 1);
  return { ...parseStateless(lines), lines: kept, hostName };
}

/** Returns the name of the host. */
function readAgentLine(lines: string[], agentId: string): string | undefined {
  const { agent } = parseLine(lines, 0);
  if (!isObject(agent)) throw lineError(1, '"agent" is not an object');
  if (typeof agent.id !== "string" || agent.id.toLowerCase() !== agentId) {
    throw lineError(1, '"agent.id" is not the agent of the token');
  }
  const hostName = isObject(agent.host) ? agent.host.hostname : undefined;
  return typeof hostName === "string" ? hostName.slice(0, MAX_HOST_NAME) : undefined;
}

function parseStateless(lines: string[]): Omit<StreamLines, "lines"> {
  let checked: string | undefined;
  let kind: StatelessKind = "event";
  let shutdown = false;
  const losses: LossNotice[] = [];
  for (let index = 1; index < lines.length; index += 2) {
    // Headers repeat: an event's header is mostly the one before it.
    if (lines[index] !== checked) kind = kindOfStateless(lines, index);
    checked = lines[index];
    const data = parseDataLine(lines, index + 1);
    shutdown ||= kind === "shutdown";
    if (kind === "loss") losses.push(lossIn(data));
  }
  return { events: (lines.length - 1) / 2, entries: [], reports: [], shutdown, losses };
}

function kindOfStateless(lines: string[], index: number): StatelessKind {
  const { module, collector, ...header } = parseHeader(lines, index);
  if ("id" in header) throw lineError(index + 1, 'a stateless header has no "id"');
  const isLoss = module === "agent" && collector === LOSSES;
  if (!("operation" in header)) return isLoss ? "loss" : "event";
  if (module === "agent" && header.operation === "shutdown") return "shutdown";
  throw lineError(index + 1, 'a stateless header has no "operation"');
}

/** What a notice says; nothing in it is more than a word of the agent's. */
function lossIn({ loss }: JsonObject): LossNotice {
  const told = isObject(loss) ? loss : {};
  const text = (name: string) => String(told[name] ?? "").slice(0, MAX_LOSS_TEXT);
  const amount = (name: string) => {
    const value = told[name];
    return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;
  };
  return {
    stream: text("stream"),
    events: amount("events"),
    bytes: amount("bytes"),
    reason: text("reason"),
    detail: text("detail"),
  };
}

function parseStateful(lines: string[], agentId: string): StreamLines {
  const kept: string[] = [];
  const entries: DocumentChange[] = [];
  const reports: CommandReport[] = [];
  let shutdown = false;
  for (let index = 1; index < lines.length; index++) {
    const header = parseHeader(lines, index);
    const entry = entryOf(header, index);
    entries.push(entry);
    kept.push(lines[index] ?? "");
    if (entry.operation === "delete") {
      kept.push("");
      continue;
    }
    const data = parseDataLine(lines, ++index);
    const text = lines[index] ?? "";
    kept.push(text);
    Object.assign(entry, { data, text });
    if (header.module === "command" && entry.operation === "update") {
      reports.push({ documentId: entry.id, data });
    }
    shutdown ||= header.module === "agent" && entry.id.toLowerCase() === agentId &&
      saysShutdown(data);
  }
  const losses: LossNotice[] = [];
  return { events: entries.length, lines: kept.join("\n"), entries, reports, losses, shutdown };
}

function entryOf(header: JsonObject, index: number): DocumentChange {
  const { module, collector = "", id, operation } = header;
  if (typeof id !== "string" || id === "") {
    throw lineError(index + 1, 'a stateful header needs an "id"');
  }
  if (!OPERATIONS.includes(operation)) {
    throw lineError(index + 1, '"operation" is not create, update or delete');
  }
  return {
    module: String(module),
    collector: String(collector),
    id,
    operation: operation as DocumentChange["operation"],
  };
}

function saysShutdown(data: JsonObject): boolean {
  return isObject(data.agent) && data.agent.status === "shutdown";
}

function parseHeader(lines: string[], index: number): JsonObject {
  const header = parseLine(lines, index);
  if (typeof header.module !== "string" || header.module === "") {
    throw lineError(index + 1, 'a header needs a "module"');
  }
  if ("collector" in header && typeof header.collector !== "string") {
    throw lineError(index + 1, '"collector" is not a string');
  }
  return header;
}

function parseDataLine(lines: string[], index: number): JsonObject {
  if (index >= lines.length) {
    throw lineError(index + 1, "the data line of the last event is missing");
  }
  return parseLine(lines, index);
}

function parseLine(lines: string[], index: number): JsonObject {
  const line = lines[index] ?? "";
  if (isTooDeep(line)) throw lineError(index + 1, `nested deeper than ${MAX_LEVELS} levels`);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw lineError(index + 1, "not valid JSON");
  }
  if (!isObject(value)) throw lineError(index + 1, "not a JSON object");
  return value;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function lineError(line: number, problem: string): ApiError {
  return new ApiError(400, `Line ${line}: ${problem}`);
}
