/**
 * What happens on the way between an agent and the manager.
 *
 * @module
 */

import type { Treatment } from "../fault_relay.ts";
import { between, type Fault, pause, type Strike } from "./fault.ts";

const KINDS: readonly Treatment["kind"][] = [
  "refuse",
  "stall",
  "trickle",
  "corrupt",
  "truncate",
  "half_close",
];

/** The faults of one agent's network. */
export const NETWORK_FAULTS: readonly Fault[] = [
  { name: "network_cut", weight: 3, strike: cut },
  ...KINDS.map((kind) => ({
    name: `network_${kind}`,
    weight: 1,
    strike: (strike: Strike) => treat(strike, { kind }),
  })),
];

async function cut({ agent, random, signal }: Strike): Promise<void> {
  agent.relay.cut();
  await pause(between(random, 0, 500), signal);
}

async function treat({ agent, random, signal }: Strike, treatment: Treatment): Promise<void> {
  agent.relay.treat(treatment);
  await pause(between(random, 200, 3_000), signal);
  agent.relay.treat({ kind: "pass" });
}
