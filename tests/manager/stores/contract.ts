/**
 * What every implementation of the stores has to do: each test of the contract is run on each of them.
 *
 * @module
 */

import { join } from "node:path";
import { openCluster } from "../../../src/manager/cluster/cluster.ts";
import { clusterSchema } from "../../../src/manager/cluster/options_schema.ts";
import { Store } from "../../../src/manager/store.ts";
import { KeyFile } from "../../../src/manager/stores/single/key_file.ts";
import { sqliteStores } from "../../../src/manager/stores/single/sqlite_stores.ts";
import type { Member } from "../../../src/manager/stores/membership.ts";
import { openReleases, type Releases } from "../../../src/manager/releases/releases.ts";
import { FolderReleases } from "../../../src/manager/stores/single/folder_releases.ts";
import type { Stores } from "../../../src/manager/stores/stores.ts";
import type { KeyStore } from "../../../src/manager/stores/token_keys.ts";
import { systemClock } from "../../../src/shared/clock.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { clusterTest, startOne } from "../../support/nats_cluster.ts";
import { TempFolder } from "../../support/queues.ts";
import { HOST, KEY } from "../harness.ts";

/** Stores that are open, and what they are looked at by. */
export interface Scene extends AsyncDisposable {
  stores: Required<Stores>;
  /** What one looks at without waiting. */
  store: Store;
  keys: KeyStore;
  clock: FakeClock;
  /** What agents may download, in a folder of its own. */
  releases: Releases;
  folder: string;
}

interface Implementation {
  name: string;
  open(): Promise<Scene>;
  /** Registers a test. */
  test(name: string, run: () => Promise<void>): void;
}

const SINGLE: Implementation = {
  name: "single",
  open: openSingle,
  test: (name, run) => Deno.test(name, run),
};

const CLUSTER: Implementation = {
  name: "cluster",
  open: openOnCluster,
  test: clusterTest,
};

const IMPLEMENTATIONS: readonly Implementation[] = [SINGLE, CLUSTER];

/** How orders are kept. */
export const ORDERS = { offerGraceMs: 5_000, archiveAfterMs: 60_000, removeAfterMs: 60_000 };

/** Registers a test for each implementation. */
export function contract(name: string, run: (scene: Scene) => Promise<void>): void {
  for (const { test, open, ...implementation } of IMPLEMENTATIONS) {
    test(`${name} (${implementation.name})`, async () => {
      await using scene = await open();
      await run(scene);
    });
  }
}

async function openSingle(): Promise<Scene> {
  const folder = new TempFolder();
  await Deno.mkdir(folder.file("files"));
  const clock = new FakeClock();
  const store = new Store({ path: ":memory:", keepEvents: 1_000, idempotencyKeys: 1_000 });
  const stores = sqliteStores(store, {
    announcer: undefined,
    dataFolder: folder.path,
    self: { node: "n1", version: "1", startedAtMs: clock.now() },
    clock,
    ...ORDERS,
  }) as Required<Stores>;
  return {
    stores,
    store,
    clock,
    keys: new KeyFile(join(folder.path, "token_key.json"), clock),
    folder: folder.path,
    releases: await releasesIn(
      folder.file("releases"),
      (copies) => Promise.resolve(new FolderReleases(copies.folder)),
    ),
    [Symbol.asyncDispose]: () => {
      store.close();
      folder[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}

/** Releases in a folder, whose largest file has 1 MiB. */
export function releasesIn(
  path: string,
  keep: Parameters<typeof openReleases>[1]["keep"],
): Promise<Releases> {
  const limits = { maxReleaseBytes: 1_048_576, maxDownloads: 10 };
  return openReleases(path, { clock: systemClock, ...limits, keep });
}

/** One server for all tests of a file: each has streams and buckets of its own. */
let server: ReturnType<typeof startOne> | undefined;

function serverOfFile(): ReturnType<typeof startOne> {
  server ??= startOne().then((started) => {
    globalThis.addEventListener("unload", () => started.pid && Deno.kill(started.pid, "SIGKILL"));
    return started;
  });
  return server;
}

let secretFile: string | undefined;

function writeSecret(): string {
  const path = Deno.makeTempFileSync();
  Deno.chmodSync(path, 0o600);
  Deno.writeTextFileSync(path, "a secret of thirty-two characters");
  globalThis.addEventListener("unload", () => Deno.removeSync(path));
  return path;
}

/** How one test uses a server for itself. */
export function clusterOptions(servers: readonly string[], changes: Record<string, unknown> = {}) {
  secretFile ??= writeSecret();
  return clusterSchema.parse({
    servers,
    secret_file: secretFile,
    name: `t${crypto.randomUUID().slice(0, 8)}`,
    replicas: servers.length === 3 ? 3 : 1,
    max_bytes: "64MiB",
    max_release_bytes: "64MiB",
    ...changes,
  });
}

async function openOnCluster(): Promise<Scene> {
  const single = await openSingle();
  const { url } = await serverOfFile();
  const cluster = await openCluster({
    options: clusterOptions([url]),
    store: single.store,
    own: single.stores,
    clock: systemClock,
    orders: ORDERS,
    announcer: undefined,
    self: single.stores.members.live()[0] as Member,
  });
  return {
    ...single,
    stores: cluster.stores as Required<Stores>,
    keys: cluster.keys,
    releases: await releasesIn(`${single.folder}/copies`, cluster.keepReleases),
    [Symbol.asyncDispose]: async () => {
      await cluster.close();
      await single[Symbol.asyncDispose]();
    },
  };
}

/** An agent as it is registered. */
export function agent(id: string, changes: { name?: string; groups?: string[] } = {}) {
  return {
    id,
    name: id,
    key: KEY,
    version: "1",
    host: HOST,
    groups: [],
    registeredAtMs: 0,
    ...changes,
  };
}
