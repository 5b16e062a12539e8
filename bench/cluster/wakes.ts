/**
 * How soon an order that is given at one manager reaches the agent that polls at another.
 *
 * @module
 */

import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { ManagerProcess } from "../../tests/faults/managers.ts";
import { Agent } from "./agent.ts";

const WARM_UP = 30;
const WAKES = 300;
/**
 * What an order waits for before its agent has it: the number of the request, the request, that it is whole, the agent's document, and
 * that it was sent.
 */
export const PUBLISHES = 5;
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

/** Milliseconds that so many publishes take one after the other, sorted: below that no order can be. */
export async function chains(urls: readonly string[]): Promise<number[]> {
  const connection = await connect({ servers: [...urls] });
  const { streams } = await jetstreamManager(connection);
  await streams.add({ name: "CHAIN", subjects: ["chain"], num_replicas: 3 });
  const client = jetstream(connection);
  const found: number[] = [];
  for (let times = 0; times < WARM_UP + WAKES; times++) {
    await new Promise((resolve) => setTimeout(resolve, POLL_FIRST_MS));
    const beganMs = performance.now();
    for (let publish = 0; publish < PUBLISHES; publish++) await client.publish("chain", "x");
    if (times >= WARM_UP) found.push(performance.now() - beganMs);
  }
  await streams.delete("CHAIN");
  await connection.close();
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
