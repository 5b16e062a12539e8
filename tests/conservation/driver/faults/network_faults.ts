/**
 * What happens on the way between an agent and the manager.
 *
 * @module
 */

import type { Treatment } from "../fault_relay.ts";
import { between, type Fault, oneOf, pause, type Strike } from "./fault.ts";

const KINDS = ["refuse", "stall", "trickle", "corrupt", "truncate", "break_off"] as const;

/** The faults of one agent's network. */
export const NETWORK_FAULTS: readonly Fault[] = [
  { name: "network_cut", weight: 3, strike: cut },
  ...KINDS.map((kind) => ({
    name: `network_${kind}`,
    weight: 1,
    strike: (strike: Strike) => treat(strike, { kind }),
  })),
  { name: "network_half_close", weight: 1, strike: halfClose },
];

async function cut({ agent, random, signal }: Strike): Promise<void> {
  agent.relay.cut();
  await pause(between(random, 0, 500), signal);
}

function halfClose(strike: Strike): Promise<void> {
  const towards = oneOf(strike.random, ["agent", "server"] as const);
  return treat(strike, { kind: "half_close", towards });
}

async function treat({ agent, random, signal }: Strike, treatment: Treatment): Promise<void> {
  agent.relay.treat(treatment);
  await pause(between(random, 200, 3_000), signal);
  agent.relay.treat({ kind: "pass" });
}
