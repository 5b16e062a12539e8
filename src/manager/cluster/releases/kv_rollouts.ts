/**
 * Rollouts on the cluster.
 *
 *     rollout.<id>           the rollout and its waves
 *     agents.<lists>.<n>     5,000 agents of a wave, while it has not ended
 *
 * Ids follow each other without a gap, and a rollout is made under the next one by compare-and-set: whoever was planning by less than all
 * that there are plans again. So no agent is in two rollouts. Every step is a compare-and-set too; the duty only saves work.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { v7 } from "uuid";
import { RolloutModel } from "../../rollouts/rollout_model.ts";
import { RolloutViews } from "../../rollouts/rollout_views.ts";
import type { Membership } from "../../stores/membership.ts";
import type { RolloutPlan, RolloutStore, Settlement, StateChange } from "../../stores/rollouts.ts";
import { StoreUnavailable } from "../../stores/unavailable.ts";
import type { Bucket, Entry } from "../link/bucket.ts";
import {
  newDocument,
  type PlannedWave,
  requestGiven,
  type RolloutDocument,
  stateChanged,
  waveBegun,
  waveSettled,
} from "./rollout_documents.ts";
import type { StreamFollower } from "../link/stream_follower.ts";

const CHUNK = 5_000;
const MAX_TRIES = 10;
const FOLLOW_WITHIN_MS = 2_000;

/** What is in the bucket: told apart by their keys. */
type Value = RolloutDocument | readonly string[];

/** What {@linkcode KvRollouts} works with. */
interface KvRolloutsParts {
  bucket: Bucket<Value>;
  database: DatabaseSync;
  members: Pick<Membership, "holds">;
}

/** The rollouts of a cluster. */
export class KvRollouts extends RolloutViews implements RolloutStore {
  readonly #bucket: Bucket<Value>;
  readonly #model: RolloutModel;
  readonly #members: Pick<Membership, "holds">;
  readonly #follower: StreamFollower;
  readonly #known = new Map<string, Entry<Value>>();
  /** Which lists of a rollout's waves are in the table. */
  readonly #listed = new Set<string>();
  #listener: (() => void) | undefined;

  constructor({ bucket, database, members }: KvRolloutsParts) {
    super(database);
    this.#model = new RolloutModel(database);
    this.#bucket = bucket;
    this.#members = members;
    this.#follower = bucket.follow(">", (entry) => {
      if (this.#apply(entry)) this.#listener?.();
    });
  }

  /** Reads what there is, and follows. */
  start(): Promise<void> {
    return this.#follower.start();
  }

  /** Ends. */
  stop(): Promise<void> {
    return this.#follower.stop();
  }

  moves(): boolean {
    return this.#members.holds("rollouts");
  }

  whenChanged(listener: () => void): void {
    this.#listener = listener;
  }

  async add(plan: () => RolloutPlan): Promise<number> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const { rollout, turns } = plan();
      const id = this.#model.lastId() + 1;
      const lists = v7();
      const waves = await this.#writeTurns(lists, turns);
      const document = newDocument(id, rollout, { lists, waves });
      const entry = await this.#bucket.change(
        `rollout.${id}`,
        (there) => there === undefined ? document : undefined,
      );
      if (entry.changed) {
        this.#apply(entry);
        await this.#forgetOld();
        return id;
      }
      await this.#forgetLists(waves.flatMap((wave) => wave.lists));
      await this.#follower.reached(entry.revision, FOLLOW_WITHIN_MS);
    }
    throw new StoreUnavailable("Too many rollouts are begun at once");
  }

  async setState(id: number, change: StateChange): Promise<boolean> {
    const changed = await this.#step(id, stateChanged(change));
    if (changed && change.finished === true) await this.#forgetListsOf(id);
    return changed;
  }

  beginWave(id: number, wave: number, nowMs: number): Promise<boolean> {
    return this.#step(id, waveBegun(wave, nowMs));
  }

  async setRequest(id: number, wave: number, requestId: number): Promise<void> {
    await this.#step(id, requestGiven(wave, requestId));
  }

  async settleWave(id: number, wave: number, settlement: Settlement): Promise<boolean> {
    const { withdrawn } = settlement;
    const document = this.#document(id);
    const [more] = document === undefined || withdrawn.length === 0
      ? []
      : await this.#writeTurns(`${document.lists}.${v7()}`, [withdrawn]);
    const settled = await this.#step(id, waveSettled(wave, settlement, more?.lists ?? []));
    if (!settled && more !== undefined) await this.#forgetLists(more.lists);
    return settled;
  }

  /** Returns whether this call was it. */
  async #step(
    id: number,
    step: (there: RolloutDocument | undefined) => RolloutDocument | undefined,
  ): Promise<boolean> {
    const key = `rollout.${id}`;
    const entry = await this.#bucket.change(
      key,
      (there) => step(there as RolloutDocument | undefined),
      this.#known.get(key),
    );
    this.#apply(entry);
    return entry.changed;
  }

  async #writeTurns(
    lists: string,
    turns: readonly (readonly string[])[],
  ): Promise<PlannedWave[]> {
    let number = 0;
    const waves: PlannedWave[] = [];
    for (const agents of turns) {
      const keys: string[] = [];
      for (let at = 0; at < agents.length; at += CHUNK) {
        const key = `agents.${lists}.${number++}`;
        const value = agents.slice(at, at + CHUNK);
        const revision = await this.#bucket.put(key, value);
        this.#apply({ key, value, revision });
        keys.push(key);
      }
      waves.push({ agents: agents.length, lists: keys });
    }
    return waves;
  }

  /** Returns false for what is known already. */
  #apply(entry: Entry<Value>): boolean {
    const { key, value, revision } = entry;
    if (revision <= (this.#known.get(key)?.revision ?? 0)) return false;
    if (!key.startsWith("rollout.")) return this.#keepList(entry);
    this.#known.set(key, entry);
    const id = Number(key.slice("rollout.".length));
    if (value === undefined) this.#model.forget(id);
    else this.#show(id, value as RolloutDocument);
    return true;
  }

  #keepList({ key, ...entry }: Entry<Value>): boolean {
    if (entry.value === undefined) {
      this.#known.delete(key);
      this.#listed.delete(key);
    } else this.#known.set(key, { key, ...entry });
    return false;
  }

  #show(id: number, { rollout, waves }: RolloutDocument): void {
    this.#model.put(rollout, waves);
    if (rollout.finishedMs !== null) return;
    for (const { number, lists } of waves) {
      for (const list of lists) {
        const agents = this.#known.get(list)?.value;
        if (agents === undefined || this.#listed.has(list)) continue;
        this.#listed.add(list);
        this.#model.putAgents(id, number, agents as readonly string[]);
      }
    }
  }

  #document(id: number): RolloutDocument | undefined {
    return this.#known.get(`rollout.${id}`)?.value as RolloutDocument | undefined;
  }

  async #forgetOld(): Promise<void> {
    for (const id of this.#model.oldIds()) {
      await this.#forgetListsOf(id);
      this.#apply(await this.#bucket.change(`rollout.${id}`, gone));
    }
  }

  async #forgetListsOf(id: number): Promise<void> {
    await this.#forgetLists(this.#document(id)?.waves.flatMap(({ lists }) => lists) ?? []);
  }

  /** What cannot be removed now goes with its rollout. */
  async #forgetLists(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const entry = await this.#bucket.change(key, gone).catch(() => undefined);
      if (entry !== undefined) this.#apply(entry);
    }
  }
}

function gone(there: Value | undefined): null | undefined {
  return there === undefined ? undefined : null;
}
