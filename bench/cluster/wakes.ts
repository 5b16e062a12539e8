/**
 * How soon an order that is given at one manager reaches the agent that polls at another.
 *
 * @module
 */

import type { ManagerProcess } from "../../tests/faults/managers.ts";
import { Agent } from "./agent.ts";

const WARM_UP = 30;
const WAKES = 300;
/** By then a poll hangs. */
const POLL_FIRST_MS = 30;

/** Milliseconds from the request with an order to the answer of the poll, sorted. */
export async function wakes(
  one: ManagerProcess,
  other: ManagerProcess,
  userToken: string,
): Promise<number[]> {
  const agent = await new Agent(other).begin(userToken);
  const found: number[] = [];
  for (let times = 0; times < WARM_UP + WAKES; times++) {
    const poll = agent.poll();
    await new Promise((resolve) => setTimeout(resolve, POLL_FIRST_MS));
    const beganMs = performance.now();
    const given = order(one, agent.id, userToken);
    const orders = await poll;
    if (times >= WARM_UP) found.push(performance.now() - beganMs);
    await given;
    for (const { document_id } of orders) await agent.report(document_id);
  }
  return found.toSorted((first, second) => first - second);
}

async function order({ management }: ManagerProcess, id: string, token: string): Promise<void> {
  const command = {
    source: "Engine",
    user: "bench",
    target: { type: "agent", id },
    action: { name: "status", args: {}, version: "1" },
    timeout: 600,
  };
  const answer = await fetch(`${management}/_plugins/_command_manager/commands`, {
    method: "POST",
    headers: { "Authorization": `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ commands: [command] }),
  });
  await answer.body?.cancel();
}
