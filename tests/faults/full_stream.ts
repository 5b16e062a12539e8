/**
 * The stream of events is full for a while: it takes nothing, agents are told to come later and keep what they have, and all goes on
 * once there is room again, by a larger limit or because the old was removed.
 *
 * @module
 */

import type { NatsCluster } from "../support/nats_cluster.ts";
import type { Strike, Struck } from "./faults.ts";
import { STREAM } from "./scene.ts";
import { pause, until } from "./time_limits.ts";

/** So much more is taken after the limit was set. */
const ROOM_BYTES = 100_000;
/** A batch that does not fit any more has about so many. */
const BATCH_BYTES = 5_000;
const REFUSALS = 20;
const HAPPENS_WITHIN_MS = 60_000;

/** @throws Error when agents are not refused, or it does not go on */
export async function fillStream(struck: Struck, chance: Strike): Promise<void> {
  const { scene: { servers }, fleet } = struck;
  const { bytes, limit } = await sizeOf(servers);
  const refused = fleet.refused;
  await setLimit(servers, bytes + ROOM_BYTES);
  try {
    await until("A full stream refuses batches", HAPPENS_WITHIN_MS, async () => {
      const isFull = (await sizeOf(servers)).bytes > bytes + ROOM_BYTES - BATCH_BYTES;
      return isFull && fleet.refused >= refused + REFUSALS;
    });
    await pause(chance.length * 2_000);
    if (chance.whom < 0.5 && await hasMuchThatIsOld(servers)) {
      await removeOld(struck);
      await goesOn(struck);
    }
  } finally {
    await setLimit(servers, limit);
  }
  await goesOn(struck);
}

/** Whether there is room to be had by removing all but the newest batch of each lane. */
async function hasMuchThatIsOld(servers: NatsCluster): Promise<boolean> {
  const { state } = await servers.ask((manager) => manager.streams.info(STREAM));
  return state.messages > 3 * (state.num_subjects ?? 0);
}

async function goesOn({ fleet }: Struck): Promise<void> {
  const before = fleet.acknowledged.size;
  await until(
    "Batches are taken once there is room",
    HAPPENS_WITHIN_MS,
    () => fleet.acknowledged.size > before + 10,
  );
}

/**
 * Removes all but the newest batch of each lane, having read them. A batch is known for as long as the newest one of its agent's lane
 * lists it: what agents repeat from before then may not be on its way.
 */
async function removeOld({ scene: { servers }, fleet, stored }: Struck): Promise<void> {
  await fleet.withoutRepeats();
  await stored.read(servers);
  for (const [subject, seq] of stored.newest) {
    if (!subject.includes(".stateless.")) continue;
    await servers.ask((manager) => manager.streams.purge(STREAM, { filter: subject, seq }));
  }
  fleet.repeatAgain();
}

async function sizeOf(servers: NatsCluster): Promise<{ bytes: number; limit: number }> {
  const { state, config } = await servers.ask((manager) => manager.streams.info(STREAM));
  return { bytes: state.bytes, limit: config.max_bytes };
}

async function setLimit(servers: NatsCluster, max_bytes: number): Promise<void> {
  await servers.ask((manager) => manager.streams.update(STREAM, { max_bytes }));
}
