/**
 * Batches through HTTP and one manager, beside a raw publish of the same bytes to a stream of the same kind, by turns.
 *
 * @module
 */

import { DiscardPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { Agent } from "./agent.ts";

const ROUND_MS = 2_000;
const ROUNDS = 3;

/** One row of the table. */
export interface Row {
  events: number;
  rawPerS: number;
  managerPerS: number;
}

/** Measures batches of so many events. */
export async function throughput(
  urls: readonly string[],
  agents: readonly Agent[],
  { events, atOnce }: { events: number; atOnce: number },
): Promise<Row> {
  const connection = await connect({ servers: [...urls] });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({
    name: "RAW",
    subjects: ["raw.>"],
    num_replicas: 3,
    discard: DiscardPolicy.New,
    allow_direct: false,
  }).catch(() => {});
  const client = jetstream(connection);
  const lines = new TextEncoder().encode(linesOf(events));
  const senders = await Promise.all(agents.map((agent) => agent.sender(linesOf(events))));
  const sendRaw = (worker: number) => client.publish(`raw.${worker}`, lines);
  const sendThrough = async (worker: number) => {
    const answer = await senders[worker]?.send();
    if (answer?.status !== 204) throw new Error(`Answered ${answer?.status}`);
  };
  const raw: number[] = [];
  const through: number[] = [];
  // Not counted: what runs for the first time runs slowly.
  for (const send of [sendRaw, sendThrough]) await rate(atOnce, send);
  for (let round = 0; round < ROUNDS; round++) {
    raw.push(await rate(atOnce, sendRaw));
    through.push(await rate(atOnce, sendThrough));
  }
  for (const sender of senders) sender.close();
  await manager.streams.delete("RAW");
  await connection.close();
  return { events, rawPerS: median(raw), managerPerS: median(through) };
}

/** Lines of 526 bytes an event. */
export function linesOf(events: number): string {
  const head = '{"module":"logcollector","collector":"file"}';
  const event = JSON.stringify({ event: { original: "x".repeat(526 - head.length - 26) } });
  return Array.from({ length: events }, () => `${head}\n${event}`).join("\n");
}

async function rate(atOnce: number, send: (worker: number) => Promise<unknown>): Promise<number> {
  const beganMs = performance.now();
  let sent = 0;
  await Promise.all(Array.from({ length: atOnce }, async (_, worker) => {
    while (performance.now() - beganMs < ROUND_MS) {
      await send(worker);
      sent++;
    }
  }));
  return sent / (performance.now() - beganMs) * 1_000;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
}
