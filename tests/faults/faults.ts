/**
 * What can go wrong.
 *
 * @module
 */

import type { NatsServer } from "../support/nats_server.ts";
import type { Fleet } from "./fleet.ts";
import { fillStream } from "./full_stream.ts";
import type { ManagerProcess } from "./managers.ts";
import { type Scene, STREAM } from "./scene.ts";
import type { StoredBatches } from "./stored_batches.ts";
import { pause } from "./time_limits.ts";

/** Who suffers. */
type Side = "managers" | "servers" | "both";

/** One fault that is to strike. */
export interface Strike {
  name: string;
  /** In [0, 1): whom of several it hits, or how. */
  whom: number;
  /** In [0, 1): how long it lasts, where that is not given. */
  length: number;
  /** What is waited before it, in milliseconds. */
  afterMs: number;
}

/** What a fault strikes at. */
export interface Struck {
  scene: Scene;
  fleet: Fleet;
  stored: StoredBatches;
}

/** A kind of fault. */
interface Fault {
  side: Side;
  /** About how long it takes, in milliseconds. */
  lastsMs: number;
  /** Resolves when what it struck is there again. */
  strike(struck: Struck, chance: Strike): Promise<void>;
}

/** Longer than a lease, so that others take over what the one that stands still thinks it has. */
const STOPPED_MS = 20_000;

/** By their names in reports. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  "a manager is killed": {
    side: "managers",
    lastsMs: 7_000,
    strike: async ({ scene }, chance) => {
      const manager = oneOf(scene.managers, chance);
      await manager.kill();
      await pause(1_000 + chance.length * 3_000);
      await manager.start();
    },
  },
  "a manager is stopped in good order": {
    side: "managers",
    lastsMs: 6_000,
    strike: ({ scene }, chance) => restart(oneOf(scene.managers, chance)),
  },
  "a manager stands still": {
    side: "managers",
    lastsMs: STOPPED_MS,
    strike: async ({ scene }, chance) => {
      const manager = oneOf(scene.managers, chance);
      manager.freeze();
      await pause(STOPPED_MS);
      manager.thaw();
    },
  },
  "the stream's leader is killed": {
    side: "servers",
    lastsMs: 5_000,
    strike: async ({ scene }, chance) =>
      await killed(scene, [await scene.servers.leaderOf(STREAM)], chance),
  },
  "the stream's leader stands still": {
    side: "servers",
    lastsMs: STOPPED_MS + 2_000,
    strike: async ({ scene }) => {
      const leader = await scene.servers.leaderOf(STREAM);
      leader.freeze();
      await pause(STOPPED_MS);
      leader.thaw();
    },
  },
  "two servers are killed": {
    side: "servers",
    lastsMs: 7_000,
    strike: async ({ scene }, chance) => {
      const { servers } = scene.servers;
      const spared = oneOf(servers, chance);
      await killed(scene, servers.filter((server) => server !== spared), chance);
    },
  },
  "all servers are killed": {
    side: "servers",
    lastsMs: 8_000,
    strike: async ({ scene }, chance) => await killed(scene, scene.servers.servers, chance),
  },
  "the stream is full": { side: "servers", lastsMs: 8_000, strike: fillStream },
  "everything is restarted in turn": {
    side: "both",
    lastsMs: 30_000,
    strike: async ({ scene: { managers, servers } }) => {
      for (const manager of managers) await restart(manager);
      for (const server of servers.servers) {
        await server.goAway("SIGTERM");
        await server.comeBack();
        // The next one only when this one has what the others have.
        await servers.whenCurrent();
      }
    },
  },
};

async function restart(manager: ManagerProcess): Promise<void> {
  await manager.stop();
  await manager.start();
}

async function killed(
  { servers }: Scene,
  which: readonly NatsServer[],
  { length }: Strike,
): Promise<void> {
  await Promise.all(which.map((server) => server.goAway("SIGKILL")));
  await pause(500 + length * 4_000);
  await Promise.all(which.map((server) => server.comeBack()));
  // They may be behind yet when the next fault strikes.
  await servers.whenReady();
}

function oneOf<Item>(items: readonly Item[], { whom }: Strike): Item {
  return items[Math.floor(whom * items.length)] as Item;
}
