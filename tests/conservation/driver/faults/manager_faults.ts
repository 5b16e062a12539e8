/**
 * What happens to the manager: it is killed, stands still, and answers nonsense.
 *
 * @module
 */

import { between, type Fault, pause, type Strike } from "./fault.ts";

/** One manager misbehaves in one of these ways, as `mock_server/fault_spec.ts` understands them. */
const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  answers_4xx: ["events:400:0.2", "events:413:0.05", "login:401:0.1"],
  answers_5xx: ["events:503:0.3:retry-after=1", "events:500:0.1", "commands:502:0.3"],
  answers_429: ["events:429:0.3", "login:429:0.3"],
  answers_html: ["events:html:0.3", "commands:html:0.2", "login:html:0.1"],
  answers_lost: ["events:drop-after-store:0.3", "commands:drop-after-send:0.3"],
  answers_late: ["events:latency:300ms", "events:slow-body:500ms:0.3"],
  answers_never: ["events:hang:0.05", "events:reset:0.1"],
};

/** The faults of the manager. */
export const MANAGER_FAULTS: readonly Fault[] = [
  { name: "kill_manager", weight: 4, strike: kill },
  { name: "freeze_manager", weight: 2, strike: freeze },
  ...Object.entries(ANSWERS).map(([name, faults]) => ({
    name,
    weight: 2,
    strike: (strike: Strike) => misbehave(strike, faults),
  })),
];

async function kill({ manager }: Strike): Promise<void> {
  await manager.replace([]);
}

async function freeze({ manager, random, signal }: Strike): Promise<void> {
  Deno.kill(manager.pid, "SIGSTOP");
  await pause(between(random, 200, 3_000), signal);
  Deno.kill(manager.pid, "SIGCONT");
}

async function misbehave(
  { manager, random, signal }: Strike,
  faults: readonly string[],
): Promise<void> {
  await manager.replace(faults, Math.floor(between(random, 1, 1_000)));
  await pause(between(random, 3_000, 10_000), signal);
  await manager.replace([]);
}
