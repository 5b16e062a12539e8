/**
 * The agent's configuration as the benchmarks use it: the defaults, but for what a table varies.
 *
 * @module
 */

import { type AgentConfig, configSchema } from "../../src/agent/config/schema.ts";

/** Options as they stand in `agent.yaml`. */
export interface GivenOptions {
  agent?: Partial<{ server_url: string; ca_cert: string }>;
  queue?: Partial<{ durability: "full" | "normal"; max_bytes: string }>;
  events?: Partial<{ batch_events: number; batch_size: string; batch_interval: string }>;
}

/** The configuration in which only these options are given. */
export function configOf({ agent = {}, queue = {}, events = {} }: GivenOptions): AgentConfig {
  return configSchema().parse({ agent, queue, events });
}
