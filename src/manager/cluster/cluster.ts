/**
 * The stores of several managers: what they keep together, on JetStream.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import type { OpenSource } from "../bulk_output/open_output.ts";
import { DocumentCursors } from "../documents/document_cursors.ts";
import type { OrderKeeping } from "../commands/order_deadlines.ts";
import { orderPrefix, type OrderStreamOptions } from "../commands/order_stream.ts";
import type { Announcer } from "../keep_alive/announcement.ts";
import { Loop } from "../loop.ts";
import type { Trouble } from "../readiness.ts";
import type { Compared } from "../same_everywhere.ts";
import type { Store } from "../store.ts";
import type { Submission } from "../stores/event_log.ts";
import { DUTIES, type Member } from "../stores/membership.ts";
import type { ReleaseCopies } from "../releases/releases.ts";
import type { ReleaseFiles } from "../stores/release_files.ts";
import type { Stores } from "../stores/stores.ts";
import type { KeyStore } from "../stores/token_keys.ts";
import { whenReady } from "./link/assets.ts";
import { BrokerWatch } from "./link/broker_watch.ts";
import { Bucket } from "./link/bucket.ts";
import { ClusterLink } from "./link/cluster_link.ts";
import { documentFollowers } from "./link/document_followers.ts";
import { JetStreamEventLog } from "./events/jetstream_event_log.ts";
import { KvAgents } from "./agents/kv_agents.ts";
import { KvEndedSessions } from "./access/kv_ended_sessions.ts";
import { KvEnrollments } from "./agents/kv_enrollments.ts";
import { KvTokenKeys } from "./access/kv_token_keys.ts";
import { refuseDuringMove } from "./moves/moves.ts";
import { MessageReader } from "./events/message_reader.ts";
import { type OutputDocument, StreamOutput } from "./events/stream_output.ts";
import { NodeLeases } from "./nodes/node_leases.ts";
import { nodeInstance } from "./nodes/node_instance.ts";
import type { ClusterOptions } from "./options_schema.ts";
import { type ClusterOverview, Overviews } from "./overview.ts";
import { ObjectFiles } from "./releases/object_files.ts";
import { ObjectReleases } from "./releases/object_releases.ts";
import { KvRollouts } from "./releases/kv_rollouts.ts";
import { ReleaseBucket } from "./releases/release_bucket.ts";
import { openOrders } from "./orders/open_orders.ts";
import { KvStates, type StateListener } from "./agents/kv_states.ts";
import { StreamBatches } from "./events/stream_batches.ts";
import { StreamFeed } from "./events/stream_feed.ts";
import { SecretBox } from "./link/secret_box.ts";
import { type LossListener, Trimmer } from "./events/trim.ts";
import { StateAnnouncer } from "./agents/state_announcer.ts";
import { TurnTransaction } from "./link/turn_transaction.ts";
import { prepare } from "./prepare.ts";

const COUNTS_EVERY_MS = 1_000;

/** What {@linkcode openCluster} works with. */
export interface ClusterParts {
  options: ClusterOptions;
  clock: Clock;
  /** What this node knows. What is kept together is cleared, and read from the cluster. */
  store: Store;
  /** What this node keeps for itself. */
  own: Stores;
  self: Member;
  dataFolder?: string | undefined;
  orders: OrderOptions;
  /** Told what is found of the agents. */
  announcer: Announcer | undefined;
  /** How many polls this manager holds. @default none */
  openPolls?: () => number;
  /** What has to be the same at all managers. @default it is not compared */
  compared?: Record<Compared, string>;
  /** Whether events are to go into an index. @default false */
  feedsIndex?: boolean;
}

/** How orders are handed out and kept. */
interface OrderOptions extends OrderStreamOptions, OrderKeeping {}

/** An open cluster. */
export interface Cluster {
  stores: Stores;
  keys: KeyStore;
  /** Has the files of a folder be those that are kept for agents to download. */
  keepReleases(copies: ReleaseCopies): Promise<ReleaseFiles>;
  /** Gives the events for an index. Missing when they are in this manager's own database. */
  openSource?: OpenSource;
  /** Largest body of events, in bytes. */
  maxBatchBytes: number;
  /** Has `listener` told of each agent that is no more, at whichever node it was removed. */
  whenRemoved(listener: (agentId: string) => void): void;
  /** Has `listener` told of each agent that there is an order for, whichever node it was given to. */
  whenOfferable(listener: (agentId: string) => void): void;
  /** Has the monitor of the agents told what other nodes know of them. */
  whenStates(monitor: StateListener): void;
  /** Has `listener` told of events that are dropped unread, by the node that drops them. */
  whenLost(listener: LossListener): void;
  /** Why events cannot be taken now; `undefined` when they can. */
  trouble(): Trouble | undefined;
  /** How its streams stand, as far as that is known. Never rejects, and takes a moment at most. */
  overview(): Promise<ClusterOverview | undefined>;
  /** Leaves duties and agents to other managers, at once. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Connects, makes what is missing, and reads what there is.
 *
 * @throws AgentError when no server can be reached, is fit, or gets ready; or another manager has this one's name
 */
export async function openCluster(parts: ClusterParts): Promise<Cluster> {
  const box = SecretBox.fromFile(parts.options.secret_file);
  const link = await ClusterLink.open(parts.options);
  const opened = new AsyncDisposableStack();
  opened.defer(() => link.close());
  try {
    return await assemble(link, parts, { box, opened });
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

async function assemble(
  link: ClusterLink,
  { store, own, clock, self, dataFolder, ...options }: ClusterParts,
  { box, opened }: { box: SecretBox; opened: AsyncDisposableStack },
): Promise<Cluster> {
  const { names, buckets } = await whenReady("get ready", () => prepare(link, options.orders));
  store.clearShared();
  const removed = new Listeners();
  const offerable = new Listeners();
  let onLost: LossListener | undefined;
  let source: StreamOutput | undefined;
  const together = new TurnTransaction(store.database);
  const instance = await nodeInstance(dataFolder);
  const settings = options.compared && digestsOf(options.compared, box);
  const members = new NodeLeases({
    bucket: buckets.nodes,
    self,
    instance,
    clock,
    load: () => ({
      openPolls: options.openPolls?.() ?? 0,
      publishP99Ms: link.publisher.times.p99Ms(),
    }),
    duties: dutiesOf(options),
    ...(settings && { settings }),
  });
  const states = new KvStates({
    bucket: buckets.states,
    link,
    members,
    store,
    together,
    announcer: options.announcer,
    clock,
  });
  const enrollments = new KvEnrollments(buckets.tokens, store);
  const agents = new KvAgents({
    bucket: buckets.agents,
    names: buckets.names,
    enrollments,
    store,
    together,
    clock,
    forget: (id) => states.forget(id),
    onAdded: (id) => states.agentAdded(id),
    onRemoved: (id) => removed.tell(id),
  });
  const keys = new KvTokenKeys(buckets.keys, box);
  const documents = await whenReady(
    "get ready",
    () => documentFollowers({ link, names, store, together }),
  );
  const { orders, parts: orderParts } = await openOrders(link, {
    ...options.orders,
    names,
    buckets,
    database: store.database,
    together,
    agents,
    members,
    onOfferable: (id) => offerable.tell(id),
    now: () => clock.now(),
  });
  const files = await whenReady("get ready", () => ObjectFiles.open(link, names.of("FILES")));
  const { database } = store;
  const reader = new MessageReader(link);
  const rollouts = new KvRollouts({ bucket: buckets.rollouts, database, members });
  const endedSessions = new KvEndedSessions(buckets.endedSessions, clock);
  const watch = new BrokerWatch({
    clock,
    streams: names.eventStreams,
    isConnected: () => link.isConnected,
    info: (stream) => link.manager.streams.info(stream),
  });
  const isAway = () => watch.trouble() !== undefined;
  const overviews = new Overviews({ link, names, clock, isAway });
  const announcers = options.announcer === undefined ? [] : [
    new StateAnnouncer({
      link,
      stream: `KV_${names.of("STATES")}`,
      members,
      store,
      announcer: options.announcer,
      clock,
    }),
  ];
  const parts = [
    watch,
    keys,
    members,
    rollouts,
    endedSessions,
    agents.follow(),
    enrollments.follow(),
    states,
    ...orderParts,
    ...documents,
    countKeeper(store, clock),
    ...announcers,
    new Trimmer({
      link,
      names,
      members,
      clock,
      onLost: (...loss) => onLost?.(...loss),
      // Until it is open nothing is known to be there.
      indexed: (stream) => options.feedsIndex ? source?.hasUpTo(stream) ?? 0 : undefined,
    }),
  ];
  for (const part of parts) opened.defer(() => part.stop());
  await Promise.all(parts.map((part) => whenReady("get ready", () => part.start())));
  await whenReady("get ready", () => refuseDuringMove(link));
  new DocumentCursors(database).forgetUnknownAgents();
  const report = (agentId: string, { reports, group }: Submission) =>
    reports.length > 0 ? orders.report(agentId, reports, group.receivedAtMs) : Promise.resolve();
  const events = new JetStreamEventLog({
    link,
    names,
    agents,
    counts: store.events,
    report,
    followers: documents,
    holderOf: (id) => states.holderOf(id),
    clock,
  });
  opened.defer(() => events.stop());
  events.start();
  return {
    stores: {
      ...own,
      agents,
      enrollments,
      events,
      batches: new StreamBatches(link, names),
      feed: new StreamFeed(reader, names),
      orders,
      states,
      holding: states,
      files,
      members,
      rollouts,
      endedSessions,
    },
    keys,
    keepReleases: async (copies) => {
      const bucket = await whenReady(
        "get ready",
        () => ReleaseBucket.open(link, names.of("RELEASES")),
      );
      const releases = new ObjectReleases({ ...copies, bucket });
      opened.defer(() => releases.stop());
      await releases.start();
      return releases;
    },
    openSource: async (target, destination) => {
      const name = names.of("OUTPUT");
      const bucket = await whenReady("get ready", () => Bucket.open<OutputDocument>(link, name));
      const origin = orderPrefix(database);
      const where = { target, destination, origin };
      const opening = new StreamOutput({ ...where, reader, names, bucket, members, clock });
      opened.defer(() => opening.stop());
      await whenReady("get ready", () => opening.start());
      source = opening;
      return opening;
    },
    maxBatchBytes: link.maxBatchBytes,
    whenRemoved: (listener) => removed.add(listener),
    whenOfferable: (listener) => offerable.add(listener),
    whenStates: (monitor) => states.listen(monitor),
    whenLost: (listener) => void (onLost = listener),
    trouble: () => watch.trouble(),
    overview: () => overviews.look(),
    leave: () => members.leave(),
    close: () => opened.disposeAsync(),
  };
}

/** Who has nothing to announce by, or no index, leaves that to others. */
function dutiesOf({ announcer, feedsIndex }: Pick<ClusterParts, "announcer" | "feedsIndex">) {
  return DUTIES.filter((duty) =>
    (duty !== "announce" || announcer !== undefined) && (duty !== "output" || feedsIndex === true)
  );
}

/** Has what is counted of events written down once a second, and at the end. */
function countKeeper({ events }: Store, clock: Clock) {
  const loop = new Loop({
    clock,
    name: "write down the counts of events",
    step: () => {
      events.writeCounts();
      return Promise.resolve(COUNTS_EVERY_MS);
    },
  });
  return {
    start: () => Promise.resolve(loop.start()),
    stop: async () => {
      await loop.stop();
      events.writeCounts();
    },
  };
}

function digestsOf(texts: Record<Compared, string>, box: SecretBox): Record<Compared, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([what, text]) => [what, box.digest(`${what} ${text}`)]),
  ) as Record<Compared, string>;
}

/** Whoever wants to be told. */
class Listeners {
  readonly #all: ((id: string) => void)[] = [];

  add(listener: (id: string) => void): void {
    this.#all.push(listener);
  }

  tell(id: string): void {
    for (const listener of this.#all) listener(id);
  }
}
