import assert from "node:assert/strict";
import { moduleStatus } from "../../../../src/agent/app/modules/module_status.ts";
import { defineModule, type Module } from "../../../../src/agent/modules/module.ts";
import { LibcLibrary } from "../../../../src/agent/platform/libc/library.ts";
import * as field from "../../../../src/shared/config/fields.ts";
import { MODULE } from "../../../support/status_documents.ts";

const STARTED = "2026-01-01T00:00:00.000Z";

/** A module that needs the C library for something. */
const needy = defineModule({
  name: "needy",
  about: "Needs it.",
  options: { enabled: field.toggle({ default: true, about: "Whether." }) },
  lostWithoutLibc: "names that are not UTF-8",
  create: () => ({ run: () => Promise.resolve(), report: () => ({ details: {} }) }),
}) as unknown as Module;

function problems(library: LibcLibrary, { enabled = true } = {}) {
  const status = {
    name: "needy",
    enabled,
    state: "running",
    since: STARTED,
    reason: null,
    try: null,
    events: 0,
    groups: 0,
    last_event_at: null,
    last_error: null,
    scans: false,
    next_scan_at: null,
    details: {},
    problems: [],
    statistics: MODULE.statistics,
  } as const;
  const parts = {
    places: new Map(),
    modules: [needy],
    statesOf: () => undefined,
    library,
    isMinded: () => true,
    startedAt: STARTED,
  };
  const [told] = moduleStatus({ status: () => [{ ...status, problems: [] }] }, parts);
  return told?.problems.map(({ code, message }) => `${code}: ${message}`);
}

Deno.test("the status of an enabled module says what it lacks without the C library, and why", () => {
  const none = new LibcLibrary(["/no/such/libc.so.6"]);
  assert.deepEqual(problems(none), [
    "no_c_library: without it this is missing: names that are not UTF-8 " +
    "(no glibc at the known paths (another C library, such as musl?))",
  ]);
  assert.deepEqual(problems(none, { enabled: false }), []);
  assert.deepEqual(problems(new LibcLibrary()), []);
});
