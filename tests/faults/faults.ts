/**
 * What goes wrong, one thing after the other, by a seed.
 *
 * @module
 */

import type { NatsCluster } from "../support/nats_cluster.ts";
import type { NatsServer } from "../support/nats_server.ts";
import type { ManagerProcess } from "./managers.ts";

/** What is there to go wrong. */
export interface Scene {
  servers: NatsCluster;
  managers: readonly ManagerProcess[];
  /** The stream of events. */
  stream: string;
  random(): number;
}

type Fault = (scene: Scene) => Promise<void>;

const STOPPED_MS = 20_000;

/** By the name that it has in the report. */
const FAULTS: Readonly<Record<string, Fault>> = {
  "a manager is killed": async (scene) => {
    const manager = oneOf(scene.managers, scene);
    await manager.end("SIGKILL");
    await pause(1_000 + scene.random() * 3_000);
    await manager.start();
  },
  "a manager is stopped in good order": async (scene) => {
    const manager = oneOf(scene.managers, scene);
    await manager.end("SIGTERM");
    await manager.start();
  },
  "a manager stands still": async (scene) => {
    const manager = oneOf(scene.managers, scene);
    manager.signal("SIGSTOP");
    await pause(STOPPED_MS);
    manager.signal("SIGCONT");
  },
  "the stream's leader is killed": async (scene) => {
    await killed(scene, [await scene.servers.leaderOf(scene.stream)]);
  },
  "the stream's leader stands still": async (scene) => {
    const leader = await scene.servers.leaderOf(scene.stream);
    leader.freeze();
    await pause(STOPPED_MS / 2);
    leader.thaw();
  },
  "two servers are killed": async (scene) => {
    const spared = oneOf(scene.servers.servers, scene);
    await killed(scene, scene.servers.servers.filter((server) => server !== spared));
  },
  "all servers are killed": (scene) => killed(scene, scene.servers.servers),
  "everything is restarted in turn": async ({ servers, managers }) => {
    for (const manager of managers) {
      await manager.end("SIGTERM");
      await manager.start();
    }
    for (const server of servers.servers) {
      await server.goAway("SIGTERM");
      await server.comeBack();
      await servers.whenReady();
      // The next one only when this one has what the others have.
      await pause(3_000);
    }
  },
};

/** Has one thing after the other go wrong until `untilMs` of the monotonic clock, or `only` one kind. Returns how often each did. */
export async function goWrong(
  scene: Scene,
  { untilMs, only }: { untilMs: number; only: string | undefined },
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  let waiting: string[] = [];
  while (performance.now() < untilMs) {
    // All kinds come before any comes again.
    if (waiting.length === 0) {
      waiting = Object.keys(FAULTS).filter((name) =>
        only === undefined || only.split(",").includes(name)
      );
    }
    const [name = ""] = waiting.splice(Math.floor(scene.random() * waiting.length), 1);
    console.log(`${new Date().toISOString()} ${name}`);
    await FAULTS[name]?.(scene);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    await pause(2_000 + scene.random() * 3_000);
  }
  return counts;
}

async function killed({ servers, random }: Scene, which: readonly NatsServer[]): Promise<void> {
  await Promise.all(which.map((server) => server.goAway("SIGKILL")));
  await pause(500 + random() * 4_000);
  await Promise.all(which.map((server) => server.comeBack()));
  await servers.whenReady();
}

function oneOf<Item>(items: readonly Item[], { random }: Scene): Item {
  return items[Math.floor(random() * items.length)] as Item;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
