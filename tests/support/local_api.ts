/**
 * The local API over a queue, without the rest of an agent.
 *
 * @module
 */

import { purgeQueue } from "../../src/agent/app/queue/purge.ts";
import { appendLocalEvents } from "../../src/agent/app/queue/local_events.ts";
import { recordSettlements } from "../../src/agent/app/queue/record_settlements.ts";
import { configSchema } from "../../src/agent/config/schema.ts";
import { createControlApi } from "../../src/agent/control/control_api.ts";
import { orderLetters } from "../../src/agent/queue/letter_orders.ts";
import type { Queue } from "../../src/agent/queue/queue.ts";
import { metricsText } from "../../src/agent/status/metrics.ts";
import { stoppedStatus } from "../../src/agent/status/stopped_status.ts";
import { FakeClock } from "./fake_clock.ts";

/** Builds it. */
export function apiOver(queue: Queue): ReturnType<typeof createControlApi> {
  const config = configSchema().parse({});
  const settlements = recordSettlements(queue, new FakeClock());
  return createControlApi({
    hide: (text) => text,
    status: () => stoppedStatus(config, { identity: undefined, queue }, 0),
    metrics: metricsText,
    append: (request) => appendLocalEvents(queue, request),
    reload: () =>
      Promise.resolve({ applied: ["log.level"], needs_restart: [], failed: [], looked_at: [] }),
    modules: {
      files: () => [],
      check: (name, id) => Promise.resolve({ options: "", status: "ok", message: `${name}.${id}` }),
      scan: (name, _signal, { collector = null }) =>
        Promise.resolve({ name, collector, took_ms: 7 }),
      switchFor: (name, { enabled, forMs }) =>
        Promise.resolve({ name, enabled, until: new Date(forMs).toISOString(), reload: null }),
      pause: (name) => Promise.resolve({ name, paused: true }),
      resume: (name) => Promise.resolve({ name, paused: false }),
      resync: (name) => ({ name, collectors: [] }),
      keep: (name) => Promise.resolve({ name, collectors: [] }),
      reset: (name) => Promise.resolve({ name, removed: null, set_aside_as: null, reload: null }),
    },
    letters: (order, selection) => orderLetters(queue, { order, selection, nowMs: 0 }),
    purge: (order) => purgeQueue(queue, order),
    upgrades: {
      order: ({ version = "1.4.0" }) => Promise.resolve({ outcome: null, on_trial: version }),
      goBack: (version = "1.3.2") => Promise.resolve({ outcome: null, on_trial: version }),
    },
    responses: {
      revert: (selection) =>
        Promise.resolve(
          ("all" in selection ? ["all"] : selection.keys)
            .map((key) => ({ key, reverted: true, message: "reverted" })),
        ),
    },
    settlements,
  });
}
