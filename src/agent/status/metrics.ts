/**
 * The status document in the Prometheus text format. Loaded when somebody asks for it.
 *
 * @module
 */

import { Counter, Gauge, Registry } from "prom-client";
import type { StatusDocument, StreamReport } from "../../shared/protocol/status_document.ts";

const COUNTERS = [
  ["taken_events", "Events taken in, ever"],
  ["acknowledged_events", "Events the server acknowledged, ever"],
  ["dead_lettered_events", "Events set aside because the server refused them, ever"],
  ["dropped_events", "Events dropped and recorded in the loss ledger, ever"],
  ["sent_events", "Events sent since the start, without repetitions"],
  ["sent_batches", "Batches sent since the start, without repetitions"],
  ["retried_batches", "Repeated tries since the start"],
] as const satisfies readonly (readonly [keyof StreamReport, string])[];

const GAUGES = [
  ["queued_events", "Events on disk"],
  ["queued_bytes", "Bytes on disk"],
  ["pending_events", "Events that no batch holds yet"],
  ["batches_in_flight", "Batches under way"],
  ["in_flight_limit", "Requests that may be under way at once now"],
  ["oldest_age_s", "Age of the oldest queued event in seconds"],
] as const satisfies readonly (readonly [keyof StreamReport, string])[];

/** Exposition text for a status document; names read `agent_<name>_total` for what only rises. */
export async function metricsText(document: StatusDocument) {
  const registry = new Registry();
  const registers = [registry];
  const streams = Object.entries(document.streams);
  for (const [key, help] of COUNTERS) {
    const counter = new Counter({
      name: `agent_${key}_total`,
      help,
      labelNames: ["stream"],
      registers,
    });
    for (const [stream, report] of streams) counter.inc({ stream }, report[key]);
  }
  for (const [key, help] of GAUGES) {
    const gauge = new Gauge({ name: `agent_${key}`, help, labelNames: ["stream"], registers });
    for (const [stream, report] of streams) gauge.set({ stream }, report[key] ?? 0);
  }
  const collected = new Counter({
    name: "agent_collected_events_total",
    help: "Events of a collector since the start",
    labelNames: ["collector"],
    registers,
  });
  for (const { name, events } of document.collectors) collected.inc({ collector: name }, events);
  moduleMetrics(document, registers);
  watchMetrics(document, registers);
  const connected = new Gauge({
    name: "agent_connected",
    help: "1 while the server answers",
    registers,
  });
  connected.set(document.state.name === "connected" ? 1 : 0);
  const uptime = new Gauge({
    name: "agent_uptime_seconds",
    help: "Seconds since the start",
    registers,
  });
  uptime.set(document.uptime_s ?? 0);
  return { contentType: registry.contentType, text: await registry.metrics() };
}

function moduleMetrics({ modules }: StatusDocument, registers: Registry[]): void {
  const labels = { labelNames: ["module"], registers } as const;
  const events = new Counter({
    name: "agent_module_events_total",
    help: "Events of a module since the start",
    ...labels,
  });
  const enabled = new Gauge({
    name: "agent_module_enabled",
    help: "1 while the module is enabled",
    ...labels,
  });
  const state = new Gauge({
    name: "agent_module_state",
    help: "1 for the state that the module is in",
    labelNames: ["module", "state"],
    registers,
  });
  const detail = new Gauge({
    name: "agent_module_detail",
    help: "Numbers of a module's own, as in the status document",
    labelNames: ["module", "detail"],
    registers,
  });
  for (const { name: module, ...status } of modules) {
    events.inc({ module }, status.events);
    enabled.set({ module }, status.enabled ? 1 : 0);
    state.set({ module, state: status.state }, 1);
    for (const [name, value] of Object.entries(status.details)) {
      detail.set({ module, detail: name }, value);
    }
  }
}

function watchMetrics({ watchdog }: StatusDocument, registers: Registry[]): void {
  const labels = { labelNames: ["part"], registers } as const;
  const stalled = new Gauge({
    name: "agent_part_stalled",
    help: "1 while a part makes no progress although it could",
    ...labels,
  });
  const rebuilds = new Counter({
    name: "agent_part_rebuilds_total",
    help: "How often a part was rebuilt because it made no progress, since the start",
    ...labels,
  });
  for (const { part, stalled_since, ...report } of watchdog) {
    stalled.set({ part }, stalled_since === null ? 0 : 1);
    rebuilds.inc({ part }, report.rebuilds);
  }
}
