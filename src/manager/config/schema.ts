/**
 * Every option of the manager: name, default, unit, range and reason. From
 * this one schema come the type, the flags, the JSON Schema and the checks of a configuration.
 *
 * Durations are milliseconds and sizes bytes once loaded.
 *
 * @module
 */

import * as z from "zod";
import * as field from "../../shared/config/fields.ts";
import { apiSchema, logSchema } from "./api_schema.ts";
import { clusterSchema } from "../cluster/options_schema.ts";
import { bulkOutputSchema } from "../bulk_output/options_schema.ts";
import { auditLogSchema, natsSchema } from "../nats/options_schema.ts";

const MANAGER_KEEPALIVE = field.section("The monitor that tells which agents live.", {
  enabled: field.toggle({
    default: true,
    about: "Whether keep-alives are sent and silent agents are called lost. Without it only what " +
      "agents do of themselves is noted: log-ins, requests, stops.",
  }),
  interval: field.duration({
    default: "60s",
    min: "10ms",
    max: "24h",
    about: "An agent that has been silent for this long is sent a keep-alive, and another one " +
      "each time this passes again. Every request of an agent is a sign of life.",
  }),
  timeout: field.duration({
    default: "180s",
    min: "20ms",
    max: "168h",
    about: "An agent that has been silent for this long is disconnected. Longer than interval.",
  }),
  max_missed: field.count({
    default: 3,
    min: 1,
    max: 10_000,
    about: "An agent is disconnected also when it has missed this many keep-alives in a row.",
  }),
  retry_interval: field.duration({
    default: "30s",
    min: "10ms",
    max: "24h",
    about: "A keep-alive that is not acknowledged within this time is missed; and a state that " +
      "changes back within this time is reported once, as flapping, when it has lasted as long.",
  }),
  nats: natsSchema,
  audit_log: auditLogSchema,
});

/** The schema of the whole file. */
export const MANAGER_CONFIG = z.strictObject({
  manager: apiSchema,
  cluster: clusterSchema,
  log: logSchema,
  manager_keepalive: MANAGER_KEEPALIVE,
  bulk_output: bulkOutputSchema,
}).meta({
  title: "manager.yaml",
  description: "Configuration of the manager. The manager also takes nested keys written dotted.",
});

/** A loaded configuration: durations in milliseconds, sizes in bytes, paths absolute. */
export type ManagerConfig = z.output<typeof MANAGER_CONFIG>;

/** The options of the keep-alive monitor. */
export type KeepAliveConfig = ManagerConfig["manager_keepalive"];
