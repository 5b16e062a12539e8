/**
 * The status document in the Prometheus text format. Loaded when somebody asks for it.
 *
 * @module
 */

import { Counter, Gauge, Registry } from "prom-client";
import type { StatusDocument } from "../../shared/protocol/status_document.ts";
import {
  agentFamilies,
  commandFamilies,
  groupFamilies,
  serverFamilies,
} from "./metrics/agent_families.ts";
import type { Family } from "./metrics/family.ts";
import { moduleCountFamilies } from "./metrics/module_count_families.ts";
import { moduleFamilies, watchFamilies } from "./metrics/module_families.ts";
import { queueFamilies, streamFamilies } from "./metrics/stream_families.ts";
import { upgradeFamilies } from "./metrics/upgrade_families.ts";

/** Every metric of a status document: each of its numbers, truths and states, and moments that are compared. */
function metricFamilies(document: StatusDocument): Family[] {
  return [
    ...agentFamilies(document),
    ...serverFamilies(document),
    ...streamFamilies(document),
    ...queueFamilies(document),
    ...commandFamilies(document),
    ...groupFamilies(document),
    ...moduleFamilies(document),
    ...moduleCountFamilies(document),
    ...watchFamilies(document),
    ...upgradeFamilies(document),
  ];
}

/** Exposition text for a status document. */
export async function metricsText(document: StatusDocument) {
  const registry = new Registry();
  // Of a family without samples prom-client would tell a 0.
  const families = metricFamilies(document).filter(({ samples }) => samples.length > 0);
  for (const family of families) register(family, registry);
  return { contentType: registry.contentType, text: await registry.metrics() };
}

function register({ name, help, kind, samples }: Family, registry: Registry): void {
  const labelNames = [...new Set(samples.flatMap(({ labels }) => Object.keys(labels)))];
  const options = { name, help, labelNames, registers: [registry] };
  if (kind === "counter") {
    const metric = new Counter(options);
    for (const { labels, value } of samples) metric.inc(labels, value);
  } else {
    const metric = new Gauge(options);
    for (const { labels, value } of samples) metric.set(labels, value);
  }
}
