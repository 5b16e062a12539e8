/**
 * Batches through HTTP and one manager, beside a raw publish of the same bytes to the same stream over the same server, by turns: on the
 * way to a server that does not lead the stream each byte is sent once more.
 *
 * @module
 */

import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { NatsCluster } from "../../tests/support/nats_cluster.ts";
import type { Agent } from "./agent.ts";
import { processorMs } from "./processes.ts";

/** Subjects of the stream of events that no agent has. */
export const RAW_SUBJECT = "manager.ev.0.stateless.raw";
/** Their stream. */
export const STREAM = "manager_EVENTS_0";
const ROUND_MS = 2_000;
const ROUNDS = 5;

/** One way of sending, in one round or the median of all. */
export interface Rate {
  perS: number;
  /** Processor time a batch, in microseconds: of who sends, of the manager, and of all servers. */
  senderUs: number;
  managerUs: number;
  serversUs: number;
}

/** One row of the table. */
export interface Row {
  raw: Rate;
  through: Rate;
  /** Median of the ratios of the rounds. */
  ratio: number;
}

/** What is measured. */
interface Measured {
  servers: NatsCluster;
  /** All at one manager, which uses the first of the servers; as many as batches are under way at once. */
  agents: readonly Agent[];
  /** In a batch. */
  events: number;
}

/** Measures batches of so many events. */
export async function throughput({ servers, agents, events }: Measured): Promise<Row> {
  const connection = await connect({ servers: servers.urls.slice(0, 1) });
  const client = jetstream(connection);
  const lines = new TextEncoder().encode(linesOf(events));
  const senders = await Promise.all(agents.map((agent) => agent.sender(linesOf(events))));
  const sendRaw = (worker: number) => client.publish(`${RAW_SUBJECT}.${worker}`, lines);
  const sendThrough = async (worker: number) => {
    const answer = await senders[worker]?.send();
    if (answer?.status !== 204) throw new Error(`Answered ${answer?.status}`);
  };
  const rateOf = (send: (worker: number) => Promise<unknown>) =>
    rate(send, {
      atOnce: agents.length,
      manager: agents[0]?.manager.pid,
      servers: servers.servers.map(({ pid }) => pid),
    });
  // Not counted: what runs for the first time runs slowly.
  for (const send of [sendRaw, sendThrough]) await rateOf(send);
  const { streams } = await jetstreamManager(connection);
  const rounds: { raw: Rate; through: Rate }[] = [];
  while (rounds.length < ROUNDS) {
    // On a quick machine a few rounds fill the stream, which then refuses.
    await streams.purge(STREAM);
    rounds.push({ raw: await rateOf(sendRaw), through: await rateOf(sendThrough) });
  }
  for (const sender of senders) sender.close();
  await connection.close();
  return {
    raw: medianRate(rounds.map(({ raw }) => raw)),
    through: medianRate(rounds.map(({ through }) => through)),
    ratio: median(rounds.map(({ raw, through }) => through.perS / raw.perS)),
  };
}

/** Lines of 526 bytes an event. */
export function linesOf(events: number): string {
  const head = '{"module":"logcollector","collector":"file"}';
  const event = JSON.stringify({ event: { original: "x".repeat(526 - head.length - 26) } });
  return Array.from({ length: events }, () => `${head}\n${event}`).join("\n");
}

async function rate(
  send: (worker: number) => Promise<unknown>,
  { atOnce, manager, servers }: {
    atOnce: number;
    manager: number | undefined;
    servers: readonly (number | undefined)[];
  },
): Promise<Rate> {
  const used = () =>
    [[Deno.pid], [manager], servers].map((pids) =>
      pids.reduce<number>((sum, pid) => sum + processorMs(pid), 0)
    );
  const before = used();
  const beganMs = performance.now();
  let sent = 0;
  await Promise.all(Array.from({ length: atOnce }, async (_, worker) => {
    while (performance.now() - beganMs < ROUND_MS) {
      await send(worker);
      sent++;
    }
  }));
  const perS = sent / (performance.now() - beganMs) * 1_000;
  const [senderUs = NaN, managerUs = NaN, serversUs = NaN] = used()
    .map((ms, index) => (ms - (before[index] ?? NaN)) * 1_000 / sent);
  return { perS, senderUs, managerUs, serversUs };
}

function medianRate(rates: readonly Rate[]): Rate {
  return {
    perS: median(rates.map(({ perS }) => perS)),
    senderUs: median(rates.map(({ senderUs }) => senderUs)),
    managerUs: median(rates.map(({ managerUs }) => managerUs)),
    serversUs: median(rates.map(({ serversUs }) => serversUs)),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
}
