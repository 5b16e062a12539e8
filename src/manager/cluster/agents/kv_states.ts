/**
 * How the agents stand, on the cluster. `<agent>` holds its state, and who watches it: the manager that it polls.
 *
 * Only who watches an agent may say that it is lost, and says it by compare-and-set: when the agent has moved meanwhile, its new
 * watcher's word stands. Signs of life that come to another manager are told to the watcher once a second, and cost no write. The
 * agents of a manager that lives no longer are taken over by who has the duty, and their silence counts from then on. While this
 * manager cannot refresh its own lease it judges nobody.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../../shared/clock.ts";
import { messageOf } from "../../../shared/errors.ts";
import type { SavedState } from "../../keep_alive/agent_states.ts";
import type { CloneSignal } from "../../keep_alive/clone_signals.ts";
import type {
  AgentState,
  Announcer,
  Finding,
  StatusChange,
} from "../../keep_alive/announcement.ts";
import type { HeldBack } from "../../keep_alive/types.ts";
import type { Store } from "../../store.ts";
import type { ClaimSign, Holding, StateChanges, States } from "../../stores/states.ts";
import { transaction } from "../../../shared/sqlite/transaction.ts";
import type { Bucket, Entry } from "../link/bucket.ts";
import { type CloneListener, CloneNews } from "./clone_news.ts";
import type { ClusterLink } from "../link/cluster_link.ts";
import type { NodeLeases } from "../nodes/node_leases.ts";
import { SerialQueues } from "../link/serial_queues.ts";
import type { StreamFollower } from "../link/stream_follower.ts";
import type { TurnTransaction } from "../link/turn_transaction.ts";

const log = getLogger(["manager", "cluster"]);

const TELL_EVERY_MS = 1_000;
const TAKE_OVER_EVERY_MS = 5_000;
/** Ids in one message: 200 kB. */
const PORTION = 5_000;
const AT_ONCE = 64;

/** The state of an agent. */
export interface StateDocument {
  state: AgentState;
  /** Milliseconds since 1970. */
  since: number;
  heard_at: number | null;
  address: string;
  held: HeldBack | null;
  /** The manager that watches it. */
  holder: string;
  /** What is to be announced of this change, see `state_announcer.ts`. @default nothing */
  findings?: readonly StatusChange[];
  /** Set while the newest change is that it has begun to poll there. */
  polls?: boolean;
}

/** Who is told what other managers know. */
export interface StateListener extends CloneListener {
  /** How an agent stands has changed at another manager, or this one watches it from now on. */
  adopt(agentId: string, isOurs: boolean): void;
  /** An agent has begun to poll at another manager. */
  polledElsewhere(agentId: string): void;
  /** Another manager has heard of an agent that is watched here. */
  heardElsewhere(agentId: string): void;
}

/** What {@linkcode KvStates} works with. */
interface KvStatesParts {
  bucket: Bucket<StateDocument>;
  link: ClusterLink;
  members: NodeLeases;
  /** What this node knows. */
  store: Store;
  together: TurnTransaction;
  announcer: Announcer | undefined;
  clock: Clock;
}

/** The states of a cluster. */
export class KvStates implements States, Holding {
  readonly #parts: KvStatesParts;
  readonly #queues = new SerialQueues();
  readonly #known = new Map<string, Entry<StateDocument>>();
  readonly #heard = new Set<string>();
  readonly #clones: CloneNews;
  readonly #follower: StreamFollower;
  readonly #stopping = new AbortController();
  #listener: StateListener | undefined;
  #running: Promise<unknown> = Promise.resolve();

  constructor(parts: KvStatesParts) {
    this.#parts = parts;
    this.#clones = new CloneNews(parts.link, parts.members.node);
    this.#follower = parts.bucket.follow("*", (entry) => this.#take(entry), parts.together);
  }

  /** Reads the states, and begins to tell and to be told. */
  async start(): Promise<void> {
    await this.#follower.start();
    this.#running = Promise.all([
      this.#hearOthers(),
      this.#clones.follow(() => this.#listener, this.#stopping.signal),
      this.#every(TELL_EVERY_MS, () => this.#tellOthers()),
      this.#every(TAKE_OVER_EVERY_MS, () => this.#takeOver()),
    ]);
  }

  /** Has `listener` told from now on. */
  listen(listener: StateListener): void {
    this.#listener = listener;
  }

  /** Ends. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([this.#follower.stop(), this.#running]);
  }

  isHeld(agentId: string): boolean {
    const holder = this.#known.get(agentId)?.value?.holder;
    return holder === undefined || holder === this.#node;
  }

  /** The other manager that watches an agent; `undefined` when there is none. */
  holderOf(agentId: string): string | undefined {
    const holder = this.#known.get(agentId)?.value?.holder;
    return holder === this.#node || holder === "" ? undefined : holder;
  }

  canJudge(): boolean {
    return this.#parts.members.isFresh();
  }

  tell(agentId: string): void {
    this.#heard.add(agentId);
  }

  tellReplaced(agentId: string): void {
    this.#clones.tellReplaced(agentId, this.#known.get(agentId)?.value?.holder ?? "");
  }

  tellCloned(agentId: string, signals: readonly CloneSignal[]): void {
    this.#clones.tellCloned(agentId, signals);
  }

  async claim(
    agentId: string,
    { address, polls }: ClaimSign = { address: undefined, polls: false },
  ): Promise<boolean> {
    return await this.#queues.run(agentId, async () => {
      let before: string | undefined;
      const entry = await this.#parts.bucket.change(agentId, (there) => {
        before = there?.address;
        return there && { ...claimed(there, this.#node), polls, ...(address && { address }) };
      });
      if (entry.value === undefined) return false;
      // Whoever heard it compares with where it asked from before, and writes that down.
      this.#apply({ ...entry, value: { ...entry.value, address: before ?? "" } });
      this.#listener?.adopt(agentId, true);
      return true;
    });
  }

  async save({ states, findings = [] }: StateChanges): Promise<void> {
    const lost = new Set<string>();
    const saved = new Set(states.map(({ agentId }) => agentId));
    const isOfState = (finding: Finding) =>
      finding.kind === "status_changed" && saved.has(finding.agentId);
    const told = Map.groupBy(findings.filter(isOfState), ({ agentId }) => agentId);
    const waiting = states.values();
    const worker = async () => {
      for (const state of waiting) {
        const changes = told.get(state.agentId) as StatusChange[] | undefined;
        if (!await this.#saveOne(state, changes)) lost.add(state.agentId);
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, states.length) }, worker));
    this.#announce(findings.filter((one) => !isOfState(one) && !lost.has(one.agentId)));
  }

  /** Nothing is kept of an agent that was removed. */
  async forget(agentId: string): Promise<void> {
    await this.#queues.run(agentId, async () => {
      const gone = (there: StateDocument | undefined) => there === undefined ? undefined : null;
      this.#apply(await this.#parts.bucket.change(agentId, gone));
    });
  }

  /** An agent whose state was known before it has its row now. */
  agentAdded(agentId: string): void {
    const entry = this.#known.get(agentId);
    if (entry !== undefined) this.#write(entry);
  }

  /** Returns false when another manager watches the agent by now. */
  #saveOne(state: SavedState, findings: readonly StatusChange[] = []): Promise<boolean> {
    const { agentId } = state;
    return this.#queues.run(agentId, async () => {
      const told = findings.length > 0 ? { findings } : {};
      const document = { ...documentOf(state, this.#node), ...told };
      const isOthers = (there: StateDocument | undefined) =>
        there !== undefined && there.holder !== this.#node;
      const entry = await this.#parts.bucket.change(
        agentId,
        (there) => isOthers(there) ? undefined : document,
        this.#known.get(agentId),
      );
      this.#apply(entry);
      if (entry.changed) return true;
      this.#listener?.adopt(agentId, false);
      return false;
    });
  }

  #announce(findings: readonly Finding[]): void {
    if (findings.length === 0) return;
    const { store, announcer } = this.#parts;
    transaction(store.database, () => announcer?.announce(findings))?.();
  }

  /** What others did. */
  #take(entry: Entry<StateDocument>): void {
    if (!this.#apply(entry) || entry.value === undefined) return;
    if (entry.value.holder === this.#node) return;
    this.#listener?.adopt(entry.key, false);
    if (entry.value.polls === true) this.#listener?.polledElsewhere(entry.key);
  }

  /** Returns false for what is known already. */
  #apply(entry: Entry<StateDocument>): boolean {
    if (entry.revision <= (this.#known.get(entry.key)?.revision ?? 0)) return false;
    this.#known.set(entry.key, entry);
    this.#write(entry);
    return true;
  }

  #write({ key, value }: Entry<StateDocument>): void {
    if (value === undefined) return;
    const { state, since, heard_at, address, held } = value;
    this.#parts.store.agentStates.save([{
      agentId: key,
      state,
      sinceMs: since,
      heardAtMs: heard_at ?? undefined,
      address,
      held: held ?? undefined,
    }]);
  }

  async #takeOver(): Promise<void> {
    const { members } = this.#parts;
    if (!members.isFresh() || !members.holds("takeover")) return;
    const live = new Set(members.live().map(({ node }) => node));
    const orphans = [...this.#known].filter(([, { value }]) =>
      value !== undefined && !live.has(value.holder)
    );
    if (orphans.length > 0) {
      log.warn("{agents} agents of managers that are gone are watched here", {
        agents: orphans.length,
      });
    }
    for (const [agentId] of orphans) await this.claim(agentId);
  }

  async #tellOthers(): Promise<void> {
    const agents = [...this.#heard];
    this.#heard.clear();
    const { connection, options } = this.#parts.link;
    for (let index = 0; index < agents.length; index += PORTION) {
      const part = agents.slice(index, index + PORTION);
      await Promise.resolve(connection.publish(`${options.name}.heard`, JSON.stringify(part)));
    }
  }

  async #hearOthers(): Promise<void> {
    const { connection, options } = this.#parts.link;
    const subscription = connection.subscribe(`${options.name}.heard`);
    this.#stopping.signal.addEventListener("abort", () => subscription.unsubscribe());
    for await (const message of subscription) {
      for (const agentId of message.json<string[]>()) {
        const isOurs = this.#known.get(agentId)?.value?.holder === this.#node;
        if (isOurs) this.#listener?.heardElsewhere(agentId);
      }
    }
  }

  async #every(periodMs: number, act: () => Promise<void>): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#parts.clock.sleep(periodMs, signal).catch(() => {});
      if (signal.aborted) return;
      await act().catch((error) => {
        log.debug("Cannot look after the agents of others: {reason}", { reason: messageOf(error) });
      });
    }
  }

  get #node(): string {
    return this.#parts.members.node;
  }
}

/** What was to be announced is in the revision before. */
function claimed({ findings: _told, ...there }: StateDocument, holder: string): StateDocument {
  return { ...there, holder };
}

function documentOf(
  { state, sinceMs, heardAtMs, address, held }: SavedState,
  holder: string,
): StateDocument {
  return {
    state,
    since: sinceMs,
    heard_at: heardAtMs ?? null,
    address,
    held: held ?? null,
    holder,
  };
}
