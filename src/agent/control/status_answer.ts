/**
 * The status document as the running agent may answer it.
 *
 * What an agent of this version says is wanted whole. One of another version may leave members out, which others fill in: of those
 * only that they are of the right kind. A number that is none (`NaN`) is `null` in JSON, and no reason to show nothing.
 *
 * @module
 */

import * as z from "zod";
import type { StatusDocument } from "../../shared/protocol/status_document.ts";
import { VERSION } from "../../shared/version.ts";
import { time, UPGRADE_RESULT } from "./answers.ts";

const text = z.string();
const flag = z.boolean();
const number = z.number().nullable();
const figures = z.record(text, number);
const perhaps = { text: text.nullable(), time: time.nullable() };

/** The document in an answer. @throws {z.ZodError} naming the member that is wrong */
export function statusIn(body: unknown): StatusDocument {
  const { agent } = z.looseObject({ agent: z.looseObject({ version: text }).nullable() })
    .parse(body);
  const isWhole = agent === null || agent.version === VERSION;
  return statusSchema(isWhole ? wholeMap : partialMap).parse(body) as StatusDocument;
}

type Shape = Record<string, z.ZodType>;
type MapOf = (shape: Shape) => z.ZodType;

function wholeMap(shape: Shape): z.ZodType {
  return z.looseObject(shape);
}

function partialMap(shape: Shape): z.ZodType {
  const members = Object.entries(shape).map(([key, member]) => [key, member.optional()]);
  return z.looseObject(Object.fromEntries(members));
}

function statusSchema(map: MapOf): z.ZodType {
  return map({
    schema: z.literal(1),
    running: flag,
    data_folder: text,
    agent: map({
      id: text,
      name: text,
      version: text,
      groups: z.array(text),
      machine_changed: flag,
    })
      .nullable(),
    pid: number,
    uptime_s: number,
    health: map({
      name: z.enum(["healthy", "degraded", "failing"]),
      since: perhaps.time,
      reasons: z.array(map({
        code: text,
        level: z.enum(["note", "degraded", "failing"]),
        subject: perhaps.text,
        message: text,
        since: perhaps.time,
        hint: text,
      })),
    }),
    state: map({
      name: text,
      since: perhaps.time,
      reason: perhaps.text,
      cause: perhaps.text,
      next_try_at: perhaps.time,
    }),
    ...serverParts(map),
    ...ownParts(map),
    streams: map({ stateless: streamSchema(map), stateful: streamSchema(map) }),
    modules: z.array(moduleSchema(map)),
    collectors: z.array(map({ name: text, state: text, since: time, details: figures })),
  });
}

function serverParts(map: MapOf): Shape {
  const acknowledged = { id: text, stream: text, events: number, status: number, at: time };
  return {
    server: map({
      url: text,
      in_use: perhaps.text,
      proxy: perhaps.text,
      token: map({ state: text, expires_at: perhaps.time }),
      clock_offset_s: number,
      clock_off_since: perhaps.time,
      last_acknowledged_batch: map(acknowledged).nullable(),
    }),
    shared_config: map({
      state: text,
      reason: perhaps.text,
      next_try_at: perhaps.time,
      files: z.array(map({ group: text, bytes: number, stored_at: time })),
      confirmed_at: perhaps.time,
      failing_since: perhaps.time,
    }),
    commands: map({
      state: text,
      since: perhaps.time,
      reason: perhaps.text,
      last_answer_at: perhaps.time,
      ...numbers("cut_polls", "received", "waiting", "running", "succeeded", "failed"),
    }),
  };
}

function ownParts(map: MapOf): Shape {
  return {
    configuration: map({ warnings: z.array(text) }),
    queue: map({
      full: flag,
      full_since: perhaps.time,
      disk_low: flag,
      disk_low_since: perhaps.time,
      ...numbers("disk_free_bytes", "disk_min_free_bytes", "disk_total_bytes"),
      ...numbers("max_events", "max_bytes", "kept_dead_letters"),
      unreadable: map({ reason: text, hint: perhaps.text }).nullable(),
    }),
    log: map({
      file: perhaps.text,
      reason: perhaps.text,
      since: perhaps.time,
      ...numbers("dropped_lines"),
    }),
    metrics: map({ listen: perhaps.text, reason: perhaps.text, since: perhaps.time }),
    responses: map({
      ...numbers("active", "reverting"),
      failing: z.array(map({
        ...{ key: text, name: text, failure: perhaps.text, next_try_at: perhaps.time },
        ...numbers("attempts"),
      })),
    }),
    service: map({ reason: perhaps.text, since: perhaps.time }),
    upgrade: map({
      state: text,
      version: text,
      current: perhaps.text,
      versions: z.array(text),
      to: perhaps.text,
      percent: number,
      available: perhaps.text,
      last_result: UPGRADE_RESULT.nullable(),
    }),
    watchdog: z.array(map({
      part: text,
      waits_for: text,
      stalled_since: perhaps.time,
      ...numbers("rebuilds"),
      rebuilt_at: perhaps.time,
      rebuilt_for: perhaps.text,
    })),
  };
}

function streamSchema(map: MapOf): z.ZodType {
  return map({
    ...numbers("queued_events", "queued_bytes", "pending_events", "batched_events"),
    ...numbers("batches_in_flight", "in_flight_limit", "oldest_age_s"),
    ...numbers("sent_events", "sent_batches", "retried_batches", "taken_events"),
    ...numbers("acknowledged_events", "dead_lettered_events", "dropped_events", "dropped_bytes"),
    ...numbers("dead_lettered_in_row"),
    refused_since: perhaps.time,
    last_acknowledged_at: perhaps.time,
    last_dead_lettered_at: perhaps.time,
    last_dropped_at: perhaps.time,
    dead_lettered_in_row_since: perhaps.time,
  });
}

function moduleSchema(map: MapOf): z.ZodType {
  const problem = { code: text, subject: text, message: text, since: time, hint: text };
  return map({
    name: text,
    enabled: flag,
    enabled_by: map({ source: text, at: perhaps.text, until: time.optional() }),
    state: text,
    since: perhaps.time,
    reason: perhaps.text,
    try: perhaps.text,
    ...numbers("events", "groups"),
    last_event_at: perhaps.time,
    last_error: perhaps.text,
    scans: flag,
    next_scan_at: perhaps.time,
    details: figures,
    problems: z.array(map(problem)),
    ever: ever(map),
    statistics: map({
      ...numbers("runs", "bytes", "cpu_ms"),
      asked_scans: durations(map),
      errors: figures,
    }),
    states: z.array(stateSchema(map)).optional(),
  });
}

function stateSchema(map: MapOf): z.ZodType {
  return map({
    collector: text,
    ...numbers("items", "creates", "updates", "deletes", "told", "pending", "refused"),
    ...numbers("refusals", "window_waits", "over_limit", "last_scan_ms"),
    ever: ever(map),
    last_refusal: perhaps.text,
    scanning: flag,
    scans: durations(map),
    last_scan_at: perhaps.time,
    next_scan_at: perhaps.time,
    in_sync: text,
    in_sync_since: perhaps.time,
    paused_until: perhaps.time,
    pause_reason: perhaps.text,
  });
}

function ever(map: MapOf): z.ZodType {
  return map({ since: time, figures }).optional();
}

function durations(map: MapOf): z.ZodType {
  return map(numbers("count", "last_ms", "mean_ms", "max_ms"));
}

function numbers(...names: string[]): Shape {
  return Object.fromEntries(names.map((name) => [name, number]));
}
