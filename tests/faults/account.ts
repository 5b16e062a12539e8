/**
 * What is to be counted when all is over.
 *
 * @module
 */

import type { NatsCluster } from "../support/nats_cluster.ts";
import type { Fleet } from "./fleet.ts";
import type { Operator } from "./operator.ts";
import type { StoredBatches } from "./stored_batches.ts";

const STATES = "KV_manager_STATES";

/** What an account is made of. */
interface Parties {
  servers: NatsCluster;
  fleet: Fleet;
  operator: Operator;
  stored: StoredBatches;
}

/** Everything that is not as it must be, in words. */
export async function problemsOf({ servers, fleet, operator, stored }: Parties): Promise<string[]> {
  await stored.read(servers);
  const lost = [...fleet.acknowledged].filter((key) => stored.times(key) === 0);
  return [
    ...fleet.wrong,
    ...lost.map((key) => `Lost: ${key}`),
    ...stored.doubled().map((key) => `Stored ${stored.times(key)} times: ${key}`),
    ...operator.problems,
    ...await operator.differences(fleet.carriedOut),
    ...await calledLost(servers),
  ];
}

/** Agents that were called lost at some time, by the history of their states. */
async function calledLost(servers: NatsCluster): Promise<string[]> {
  return await servers.ask(async (manager) => {
    const { state } = await manager.streams.info(STATES);
    const lost = new Set<string>();
    const consumer = await manager.jetstream().consumers.get(STATES, {});
    for (let readTo = 0; readTo < state.last_seq;) {
      const messages = await consumer.fetch({ max_messages: 1_000, expires: 2_000 });
      for await (const { seq, subject, data } of messages) {
        readTo = seq;
        const text = new TextDecoder().decode(data);
        if (/"state":"disconnected"/.test(text)) lost.add(`Called lost: ${subject} ${text}`);
      }
    }
    return [...lost];
  });
}
