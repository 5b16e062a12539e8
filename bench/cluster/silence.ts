/**
 * How long nothing gets through when the server that leads the stream of events is killed: for agents of a manager, and for publishers
 * that have nothing between themselves and the same stream.
 *
 * @module
 */

import { jetstream } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { v7 } from "uuid";
import type { NatsCluster } from "../../tests/support/nats_cluster.ts";
import type { Agent } from "./agent.ts";
import { linesOf } from "./throughput.ts";

const BEFORE_MS = 3_000;
const AFTER_MS = 25_000;
const PUBLISHERS = 4;
const PUBLISH_TIMEOUT_MS = 1_000;
const PUBLISH_AGAIN_AFTER_MS = 100;

/** Longest times without a batch that was taken, in milliseconds. */
export interface Silences {
  /** Of all publishers together. */
  rawMs: number;
  /** Of all agents together. */
  agentsMs: number;
  /** Of the agent that had the longest. */
  oneAgentMs: number;
}

/** Kills the leader while agents and publishers send, and has it come back. */
export async function silence(
  servers: NatsCluster,
  agents: readonly Agent[],
  { stream, subject }: { stream: string; subject: string },
): Promise<Silences> {
  const untilMs = performance.now() + BEFORE_MS + AFTER_MS;
  const raw = new Gaps();
  const ofAgents = agents.map(() => new Gaps());
  const all = new Gaps();
  const sending = [
    publish(servers.urls, { subject, untilMs, taken: () => raw.mark() }),
    ...agents.map((agent, index) =>
      send(agent, untilMs, () => {
        ofAgents[index]?.mark();
        all.mark();
      })
    ),
  ];
  await pause(BEFORE_MS);
  const leader = await servers.leaderOf(stream);
  await leader.goAway();
  await Promise.all(sending);
  await leader.comeBack();
  return {
    rawMs: raw.longestMs,
    agentsMs: all.longestMs,
    oneAgentMs: Math.max(...ofAgents.map(({ longestMs }) => longestMs)),
  };
}

/** The longest time between two marks. */
class Gaps {
  longestMs = 0;
  #lastMs = performance.now();

  mark(): void {
    const nowMs = performance.now();
    this.longestMs = Math.max(this.longestMs, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
  }
}

async function publish(
  urls: readonly string[],
  { subject, untilMs, taken }: { subject: string; untilMs: number; taken: () => void },
): Promise<void> {
  const connection = await connect({
    servers: [...urls],
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
  });
  const client = jetstream(connection, { timeout: PUBLISH_TIMEOUT_MS });
  await Promise.all(Array.from({ length: PUBLISHERS }, async () => {
    while (performance.now() < untilMs) {
      try {
        await client.publish(subject, linesOf(1));
        taken();
      } catch {
        await pause(PUBLISH_AGAIN_AFTER_MS);
      }
    }
  }));
  await connection.close();
}

/** Sends as an agent does: a batch that is not taken comes again, when it was told to. */
async function send(agent: Agent, untilMs: number, taken: () => void): Promise<void> {
  const sender = await agent.sender(linesOf(1));
  while (performance.now() < untilMs) {
    const id = v7();
    for (;;) {
      const { status, retryAfterS = 1 } = await sender.send(id);
      if (status === 204) break;
      await pause(retryAfterS * 1_000);
    }
    taken();
    await pause(10);
  }
  sender.close();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
