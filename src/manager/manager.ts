/**
 * The manager without its ports: all parts put together, to be called in-process or to be served.
 *
 * @module
 */

import { join } from "node:path";
import { VERSION } from "../shared/version.ts";
import { type Apps, createApp } from "./apps.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import { openAcceptClient } from "./management_api/accept_client.ts";
import type { Cluster, ClusterParts } from "./cluster/cluster.ts";
import { noCluster } from "./cluster/link/no_cluster.ts";
import { CommandManager } from "./commands/command_manager.ts";
import { orderPrefix } from "./commands/order_stream.ts";
import { OrderViews } from "./commands/order_views.ts";
import { BodyReader } from "./http/body.ts";
import type { SecurityAudit } from "./http/security_audit.ts";
import { Access, type ManagementUser } from "./management_api/access.ts";
import { LoginGuard } from "./http/login_guard.ts";
import { LoginLimit } from "./comms_api/login_limit.ts";
import { openEventReader, openOutput } from "./event_readers.ts";
import type { ManagerExtension } from "./extension.ts";
import type { Announcer } from "./keep_alive/announcement.ts";
import { FlowMeter } from "./events/flow_meter.ts";
import { KeepAlive } from "./keep_alive/keep_alive.ts";
import { DEFAULTS, type ManagerOptions } from "./config/manager_options.ts";
import { PollRegistry } from "./commands/poll_registry.ts";
import { Readiness } from "./readiness.ts";
import { RequestCounter } from "./http/request_counter.ts";
import { hashSecret } from "./secrets.ts";
import type { Publisher } from "./nats/publisher.ts";
import { openReleases, type Releases } from "./releases/releases.ts";
import { RequestOutcomes } from "./commands/request_outcomes.ts";
import { Rollouts } from "./rollouts/rollouts.ts";
import { comparedTexts } from "./same_everywhere.ts";
import { readSigner } from "./signing.ts";
import { makeFolders, openStore } from "./data_folder.ts";
import type { Store } from "./store.ts";
import { sqliteStores } from "./stores/single/sqlite_stores.ts";
import type { Holding, States } from "./stores/states.ts";
import type { Stores } from "./stores/stores.ts";
import type { KeyStore } from "./stores/token_keys.ts";
import { Tokens } from "./http/tokens.ts";

/** Options of a manager in-process: those of the program, and a clock. */
export interface OpenOptions extends Partial<ManagerOptions> {
  /** @default the clock of the machine */
  clock?: Clock;
  /** Told what the keep-alive monitor finds. @default NATS and the audit log, when they are on */
  announcer?: Announcer;
  /** @default nothing is added to the manager */
  extension?: ManagerExtension;
}

/** A manager that runs in this process. */
export interface Manager extends AsyncDisposable {
  apps: Apps;
  /** What can be looked at without waiting. */
  store: Store;
  stores: Stores;
  polls: PollRegistry;
  commands: CommandManager;
  keepAlive: KeepAlive;
  /** Missing without a data folder. */
  releases?: Releases;
  /**
   * Ends what waits, at once: open polls, and what an extension holds back. What comes later does
   * not wait either.
   */
  endWaits(): void;
  /**
   * The manager is about to stop: it is not ready any more, ends what waits, and leaves its duties to other managers. It goes on to
   * answer.
   */
  drain(): Promise<void>;
  /** Ends what waits, the work on orders, and the reader of the events, and closes the store. */
  close(): Promise<void>;
}

/** A manager whose data folder belongs to it, and that knows nothing yet. */
export interface PreparedManager {
  readiness: Readiness;
  /** Reads what there is to know. To be called once; when it rejects, nothing is left open. */
  open(): Promise<Manager>;
  /** Closes what is open. */
  close(): Promise<void>;
}

/**
 * Puts a manager together. Ports, host and TLS of the options mean nothing here.
 *
 * @throws Error when a file cannot be opened or belongs to another manager
 */
export async function openManager(options: OpenOptions = {}): Promise<Manager> {
  return await (await prepareManager(options)).open();
}

/**
 * Takes possession of the data folder, so that ports can be opened while the manager reads what there is to know.
 *
 * @throws Error as {@linkcode openManager}
 */
export async function prepareManager(options: OpenOptions = {}): Promise<PreparedManager> {
  const settings: Settings = { ...DEFAULTS, clock: systemClock, ...options };
  await makeFolders(settings.dataFolder);
  const store = openStore(settings);
  const readiness = new Readiness(settings.clock);
  let close: () => void | Promise<void> = () => store.close();
  return {
    readiness,
    async open() {
      try {
        const manager = await assemble(settings, { store, readiness });
        close = manager.close;
        return manager;
      } catch (error) {
        store.close();
        close = () => {};
        throw error;
      }
    },
    close: async () => await close(),
  };
}

type Settings = ManagerOptions & OpenOptions & { clock: Clock };

async function assemble(
  settings: Settings,
  { store, readiness }: { store: Store; readiness: Readiness },
): Promise<Manager> {
  const { clock, extension } = settings;
  const polls = new PollRegistry({ clock, timeoutMs: settings.pollTimeoutMs });
  const { signingKeyFile } = settings;
  const signer = signingKeyFile === undefined ? undefined : readSigner(signingKeyFile);
  const publisher = await openPublisher(settings, store);
  const announcer = settings.announcer ?? publisher?.announcer;
  const self = { node: settings.cluster.node, version: VERSION, startedAtMs: clock.now() };
  const orders = { ...settings, ...(signer && { signer }) };
  const own = sqliteStores(store, { ...orders, announcer, self });
  const cluster = await openCluster(settings, {
    ...{ store, own, self, orders, announcer },
    openPolls: () => polls.size,
    compared: comparedTexts(settings, signer?.keyId),
  });
  const { stores } = cluster;
  const output = await openOutput(settings, { store, openSource: cluster.openSource });
  const eventReader = await openEventReader(settings, store, output);
  const tokens = await openTokens(settings, cluster.keys);
  const views = new OrderViews(store.database, orderPrefix(store.database));
  const commands = new CommandManager({ orders: stores.orders, views, clock, polls });
  const audit: SecurityAudit = publisher?.audit ?? { write: () => {} };
  const keepAlive = openKeepAlive(settings, {
    store,
    states: stores.states,
    holding: stores.holding,
    polls,
    announcer,
    audit,
  });
  const loginGuard = new LoginGuard({
    ...settings,
    managers: () => stores.members.live().length,
  });
  const access = new Access({ tokens, users: usersOf(settings), loginGuard, audit });
  const releases = await releasesIn(settings, cluster);
  const rollouts = new Rollouts({
    table: stores.rollouts,
    outcomes: new RequestOutcomes(store.database),
    commands,
    ...(releases && { releases }),
    refreshStates: () => void keepAlive.views.counts(),
    clock,
  });
  const flow = new FlowMeter(clock);
  const apps = createApp({
    clock,
    readiness,
    store,
    stores,
    tokens,
    logins: new LoginLimit(settings),
    polls,
    commands,
    keepAlive,
    ...(publisher && { publisher }),
    ...(extension?.middleware && { middleware: extension.middleware }),
    requests: new RequestCounter(),
    flow,
    cluster,
    access,
    audit,
    bodies: new BodyReader({
      ...settings,
      maxBodyBytes: Math.min(settings.maxBodyBytes, cluster.maxBatchBytes),
    }),
    clientCertName: settings.clientCertName,
    holdsClonedOrders: settings.clonedOrders === "refuse",
    loginGuard,
    startedAtMs: clock.now(),
    ...(eventReader && { eventReader }),
    ...(output && { output }),
    ...(signer && { signer }),
    ...(releases && { releases }),
    rollouts,
  });
  const acceptClient = openAcceptClient({
    ...settings,
    inProcess: (request) => Promise.resolve(apps.management.fetch(request)),
    token: () => tokens.issue("management", settings.user),
  });
  // A second poll of one agent is how a cloned machine shows.
  cluster.whenRemoved((agentId) => {
    polls.remove(agentId);
    keepAlive.forget(agentId);
  });
  cluster.whenOfferable((agentId) => void polls.wake(agentId));
  cluster.whenStates(keepAlive);
  cluster.whenLost((agentId, losses) => flow.lost(agentId, losses));
  polls.whenReplaced((agentId, by) => keepAlive.clones.replaced(agentId, by));
  keepAlive.start();
  rollouts.start();
  output?.start();
  commands.start((orders, signal) => acceptClient.post(orders, signal));
  const endWaits = () => {
    polls.stop();
    apps.page.endStreams();
    extension?.endWaits?.();
  };
  const drain = async () => {
    readiness.drain();
    endWaits();
    await cluster.leave();
  };
  const close = async () => {
    endWaits();
    await rollouts.stop();
    await Promise.all([commands.stop(), keepAlive.stop()]);
    // After the loops that give it work, and before the database that its outbox is in.
    await publisher?.close();
    acceptClient.close();
    // Last but the store: it writes down what is still in there.
    await eventReader?.close();
    await cluster.close();
    store.close();
  };
  readiness.started(() => cluster.trouble());
  return {
    apps,
    store,
    stores,
    polls,
    commands,
    keepAlive,
    ...(releases && { releases }),
    endWaits,
    drain,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function usersOf({ user, password, users = [] }: Settings): ManagementUser[] {
  return [{ name: user, role: "admin" as const, password }, ...users]
    .map((one) => ({ ...one, password: hashSecret(one.password) }));
}

/** What a manager of a cluster has in its folder are copies; the releases of one alone are left as they are. */
async function releasesIn(
  { dataFolder, ...options }: Settings,
  { keepReleases }: Cluster,
): Promise<Releases | undefined> {
  if (dataFolder === undefined) return undefined;
  const name = options.cluster.servers.length === 0 ? "releases" : "cluster_releases";
  return await openReleases(join(dataFolder, name), { ...options, keep: keepReleases });
}

/** Loads the NATS client only where it is used. */
async function openPublisher(
  { clock, keepAlive }: Settings,
  { database }: Store,
): Promise<Publisher | undefined> {
  if (!keepAlive.nats.enabled && keepAlive.audit_log.path === undefined) return undefined;
  const publisher = await import("./nats/publisher.ts");
  return await publisher.openPublisher(keepAlive, { database, clock, version: VERSION });
}

/** Loads the client of the cluster only where there is one. */
async function openCluster(
  { cluster: options, clock, dataFolder, bulkOutput }: Settings,
  parts: Omit<ClusterParts, "options" | "clock" | "dataFolder" | "feedsIndex">,
): Promise<Cluster> {
  if (options.servers.length === 0) return noCluster(parts.own, { dataFolder, clock });
  const { openCluster } = await import("./cluster/cluster.ts");
  const feedsIndex = bulkOutput.url !== undefined;
  return await openCluster({ ...parts, options, clock, dataFolder, feedsIndex });
}

function openKeepAlive(
  { clock, keepAlive, clonesByAddress }: Settings,
  { audit, ...parts }: {
    store: Store;
    states: States;
    holding: Holding;
    polls: PollRegistry;
    announcer: Announcer | undefined;
    audit: SecurityAudit;
  },
): KeepAlive {
  const { enabled, interval, timeout, max_missed, retry_interval } = keepAlive;
  const limits = {
    intervalMs: interval,
    timeoutMs: timeout,
    maxMissed: max_missed,
    retryIntervalMs: retry_interval,
  };
  const maxWaiting = keepAlive.nats.outbox_max;
  const onClone = audit.write.bind(audit);
  return new KeepAlive({ ...parts, clock, enabled, limits, maxWaiting, clonesByAddress, onClone });
}

function openTokens(
  { clock, tokenTtlMs, tokenKeyLifeMs }: Settings,
  store: KeyStore,
): Promise<Tokens> {
  return Tokens.open({ clock, ttlMs: tokenTtlMs, keyLifeMs: tokenKeyLifeMs, store });
}
