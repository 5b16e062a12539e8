/**
 * What the running agent may answer: who asks believes no more of it than that. An agent of another version knows more members, and
 * perhaps fewer.
 *
 * @module
 */

import * as z from "zod";
import type {
  ModuleCheckReport,
  ModuleDocuments,
  ModuleReset,
  ModuleRest,
  ModuleScan,
  ModuleTerm,
  ReloadReport,
  SpanReport,
  UpgradeReply,
} from "../../shared/protocol/local_api.ts";
import type { UpgradeResult } from "../../shared/protocol/status_document.ts";
import type { ModuleFile } from "../../shared/protocol/part_status.ts";
import type { LetterChange, PurgeReport } from "../../shared/protocol/queue_inspection.ts";
import type { ReversalReport } from "../../shared/protocol/responses.ts";
import type { EventSpan } from "../../shared/protocol/stored_events.ts";

const text = z.string();
const number = z.int().nonnegative();

/** A moment, ISO 8601; of any year, since servers name some of them. */
export const time: z.ZodType<string> = z.string()
  .refine((moment) => !Number.isNaN(Date.parse(moment)), "expected a time");

const stream = z.enum(["stateless", "stateful"]);
const range = { first_event: number, last_event: number };

/** Of `POST /v1/events/…`. */
export const EVENT_SPAN: z.ZodType<EventSpan> = z.looseObject({ stream, ...range });

/** Of `GET /v1/events/…`. */
export const SPAN_REPORT: z.ZodType<SpanReport> = z.looseObject({
  acknowledged_events: number,
  dead_lettered_events: number,
  open_events: number,
  batches: z.array(z.looseObject({
    stream,
    ...range,
    id: text,
    outcome: z.enum(["acknowledged", "dead_lettered"]),
    status: z.int(),
    reason: text.nullable(),
    refused_events: number,
    at_ms: z.number(),
  })),
});

/** How an upgrade ended. */
export const UPGRADE_RESULT: z.ZodType<UpgradeResult> = z.looseObject({
  code: z.int(),
  reason: text.nullable(),
  message: text,
  from: text,
  to: text.nullable(),
  release: z.number().nullable(),
  at: time,
});

/** Of `POST /v1/upgrade` and `POST /v1/upgrade/rollback`. */
export const UPGRADE_REPLY: z.ZodType<UpgradeReply> = z.union([
  z.looseObject({ outcome: UPGRADE_RESULT, on_trial: z.null() }),
  z.looseObject({ outcome: z.null(), on_trial: text }),
]);

/** Of `POST /v1/reload`. */
export const RELOAD_REPORT: z.ZodType<ReloadReport> = z.looseObject({
  applied: z.array(text),
  needs_restart: z.array(text),
  failed: z.array(z.looseObject({ option: text, reason: text })),
  looked_at: z.array(text),
});

/** Of `POST /v1/modules/:name/scan`. */
export const MODULE_SCAN: z.ZodType<ModuleScan> = z.looseObject({
  name: text,
  collector: text.nullable(),
  took_ms: z.number().nullable(),
});

/** Of `POST /v1/modules/:name/switch`. */
export const MODULE_TERM: z.ZodType<ModuleTerm> = z.looseObject({
  name: text,
  enabled: z.boolean(),
  until: z.union([time, z.literal("")]),
  reload: RELOAD_REPORT.nullable(),
});

/** Of `POST /v1/modules/:name/pause` and `resume`. */
export const MODULE_REST: z.ZodType<ModuleRest> = z.looseObject({
  name: text,
  paused: z.boolean(),
});

/** Of `POST /v1/modules/:name/reset`. */
export const MODULE_RESET: z.ZodType<ModuleReset> = z.looseObject({
  name: text,
  removed: z.looseObject({ enabled: z.boolean(), by: z.enum(["server", "person"]), at: time })
    .nullable(),
  set_aside_as: text.nullable(),
  reload: RELOAD_REPORT.nullable(),
});

/** Of `POST /v1/modules/:name/resync` and `keep`. */
export const MODULE_DOCUMENTS: z.ZodType<ModuleDocuments> = z.looseObject({
  name: text,
  collectors: z.array(text),
});

/** Of `GET /v1/modules/:name/checks/:id`. */
export const MODULE_CHECK: z.ZodType<ModuleCheckReport> = z.looseObject({
  options: text,
  status: z.enum(["ok", "warn", "fail", "skip"]),
  message: text,
  try: z.string().exactOptional(),
});

/** Of `POST /v1/dead-letters/…`. */
export const LETTER_CHANGE: z.ZodType<LetterChange> = z.looseObject({
  letters: number,
  events: number,
  bytes: number,
  outdated_events: number,
  skipped: z.array(z.looseObject({ id: number, problem: text })),
});

/** Of `POST /v1/queue/purge`. */
export const PURGE_REPORT: z.ZodType<PurgeReport> = z.looseObject({ events: number });

/** Of `GET /v1/files`. */
export const FILES: z.ZodType<{ schema: 1; files: ModuleFile[] }> = z.looseObject({
  schema: z.literal(1),
  files: z.array(z.looseObject({
    module: text,
    path: text,
    state: z.enum(["followed", "renamed", "not_followed"]),
    position_bytes: z.number().nullable(),
    size_bytes: z.number().nullable(),
    lag_bytes: z.number().nullable(),
    lag_s: z.number().nullable(),
    events_per_s: z.number().nullable(),
    last_error: z.looseObject({ message: text, at: time }).nullable(),
    reason: text.nullable(),
  })),
});

/** Of `POST /v1/responses/revert`. */
export const REVERSALS: z.ZodType<{ responses: ReversalReport[] }> = z.looseObject({
  responses: z.array(z.looseObject({ key: text, reverted: z.boolean(), message: text })),
});
