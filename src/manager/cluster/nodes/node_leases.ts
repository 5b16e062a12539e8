/**
 * Which managers live, by leases that each refreshes, and who of them has which duty.
 *
 * A lease that nobody refreshes for 15 s goes away. It is measured by each reader's own monotonic clock from when it heard of it, so no
 * clocks are compared. Leases only save work: two that think they have a duty do no harm, since all they write is compared and set.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../../shared/clock.ts";
import { AgentError, messageOf } from "../../../shared/errors.ts";
import {
  DUTIES,
  type Duty,
  type Member,
  type MemberLoad,
  type Membership,
  type MemberState,
} from "../../stores/membership.ts";
import { COMPARED, type Compared, differences } from "../../same_everywhere.ts";
import type { Bucket } from "../link/bucket.ts";
import type { StreamFollower } from "../link/stream_follower.ts";

const log = getLogger(["manager", "cluster"]);

/** Life of a lease. */
export const LEASE_MS = 15_000;
const REFRESH_MS = 5_000;
/** Until then a duty counts as held after its last refresh: shorter than the lease that others go by. */
const SURE_MS = 10_000;
const DUTY_PREFIX = "lead.";

/** A lease as it lies on the cluster. */
export interface Lease {
  node: string;
  /** Tells a manager that was started again from another one of its name. */
  instance: string;
  version: string;
  started_at: number;
  /** What it had to do when it refreshed the lease last; missing in those of duties. */
  open_polls?: number;
  publish_p99_ms?: number | null;
  /** Digests of what has to be the same at all managers. @default not told: an older manager */
  settings?: Partial<Record<Compared, string>>;
}

/** What {@linkcode NodeLeases} works with. */
interface NodeLeasesParts {
  bucket: Bucket<Lease>;
  self: Member;
  /** Lasts as long as the data folder. */
  instance: string;
  clock: Clock;
  /** What this manager has to do now. */
  load(): MemberLoad;
  /** What this manager can do for all. @default everything */
  duties?: readonly Duty[];
  /** See {@linkcode Lease.settings}. @default none */
  settings?: Record<Compared, string>;
}

interface Seen {
  member: Member;
  load: MemberLoad | null;
  heardAtMs: number;
}

/** The managers of a cluster. */
export class NodeLeases implements Membership {
  readonly node: string;
  readonly #parts: NodeLeasesParts;
  readonly #lease: Lease;
  readonly #follower: StreamFollower;
  readonly #seen = new Map<string, Seen>();
  readonly #heldAtMs = new Map<Duty, number>();
  /** Who was heard of last to have it. */
  readonly #holders = new Map<Duty, string>();
  readonly #toldOf = new Set<string>();
  readonly #stopping = new AbortController();
  #refreshedAtMs = -Infinity;
  #nap = new AbortController();
  #running: Promise<void> | undefined;
  #leaving: Promise<void> | undefined;

  constructor(parts: NodeLeasesParts) {
    const { self, bucket, instance } = parts;
    this.node = self.node;
    this.#parts = parts;
    this.#lease = {
      node: self.node,
      instance,
      version: self.version,
      started_at: self.startedAtMs,
      ...(parts.settings && { settings: parts.settings }),
    };
    this.#follower = bucket.follow(">", ({ key, value }) => this.#hear(key, value));
  }

  /**
   * Takes the lease of this manager's name.
   *
   * @throws AgentError when another manager of that name lives
   */
  async start(): Promise<void> {
    await this.#follower.start();
    await this.#takeName();
    await this.#refresh();
    this.#running = this.#run();
  }

  live(): Member[] {
    const sinceMs = this.#parts.clock.monotonic() - LEASE_MS;
    const others = [...this.#seen.values()]
      .filter(({ member, heardAtMs }) => heardAtMs >= sinceMs && member.node !== this.node);
    return [this.#parts.self, ...others.map(({ member }) => member)];
  }

  states(): MemberState[] {
    const nowMs = this.#parts.clock.monotonic();
    const own = {
      ...this.#parts.self,
      duties: DUTIES.filter((duty) => this.holds(duty)),
      leaseAgeMs: nowMs - this.#refreshedAtMs,
      load: this.#parts.load(),
    };
    const others = this.live().slice(1).map((member) => {
      const { load, heardAtMs } = this.#seen.get(member.node) ?? { load: null, heardAtMs: nowMs };
      const duties = DUTIES.filter((duty) => this.#holders.get(duty) === member.node);
      return { ...member, duties, leaseAgeMs: nowMs - heardAtMs, load };
    });
    return [own, ...others];
  }

  holds(duty: Duty): boolean {
    const heldAtMs = this.#heldAtMs.get(duty) ?? -Infinity;
    return this.#parts.clock.monotonic() - heldAtMs < SURE_MS;
  }

  /** Whether this manager's own lease is fresh: else it may have been cut off, or have stood still, and knows nothing of the others. */
  isFresh(): boolean {
    return this.#parts.clock.monotonic() - this.#refreshedAtMs < SURE_MS;
  }

  /** Gives the leases back, so that the others need not wait for their end. From then on this manager has no duty and judges nobody. */
  leave(): Promise<void> {
    return this.#leaving ??= this.#leave();
  }

  /** Leaves, and hears no more of the others. */
  async stop(): Promise<void> {
    await this.leave();
    await this.#follower.stop();
  }

  async #leave(): Promise<void> {
    this.#stopping.abort();
    this.#nap.abort();
    await this.#running;
    this.#heldAtMs.clear();
    this.#refreshedAtMs = -Infinity;
    const { bucket } = this.#parts;
    const keys = [this.node, ...DUTIES.map((duty) => `${DUTY_PREFIX}${duty}`)];
    const ours = (lease: Lease | undefined) => this.#isOurs(lease) ? null : undefined;
    await Promise.all(keys.map((key) => bucket.change(key, ours).catch(() => {})));
  }

  async #takeName(): Promise<void> {
    const { clock, bucket } = this.#parts;
    const take = (lease: Lease | undefined) =>
      lease === undefined || this.#isOurs(lease) ? this.#lease : undefined;
    const untilMs = clock.monotonic() + LEASE_MS + REFRESH_MS;
    // One that was killed leaves its lease behind; one that lives refreshes it.
    while (!(await bucket.change(this.node, take)).changed) {
      if (clock.monotonic() > untilMs) {
        throw new AgentError("failed", `Another manager of the cluster is called "${this.node}"`, {
          hint: "give each manager a name of its own (--node)",
        });
      }
      await clock.sleep(1_000);
    }
  }

  async #run(): Promise<void> {
    const { clock } = this.#parts;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#nap = new AbortController();
      await clock.sleep(REFRESH_MS, this.#nap.signal).catch(() => {});
      if (signal.aborted) return;
      await this.#refresh().catch((error) => {
        log.warn("Cannot refresh the leases of this manager: {reason}", {
          reason: messageOf(error),
        });
      });
    }
  }

  async #refresh(): Promise<void> {
    const { bucket, clock } = this.#parts;
    const atMs = clock.monotonic();
    const { openPolls, publishP99Ms } = this.#parts.load();
    const load = { open_polls: openPolls, publish_p99_ms: publishP99Ms };
    await bucket.put(this.node, { ...this.#lease, ...load });
    this.#refreshedAtMs = atMs;
    for (const duty of this.#parts.duties ?? DUTIES) {
      const { value } = await bucket.change(
        `${DUTY_PREFIX}${duty}`,
        (lease) => lease === undefined || this.#isOurs(lease) ? this.#lease : undefined,
      );
      if (this.#isOurs(value)) this.#heldAtMs.set(duty, atMs);
      else this.#heldAtMs.delete(duty);
    }
  }

  #isOurs(lease: Lease | undefined): boolean {
    return lease?.instance === this.#lease.instance;
  }

  #hear(key: string, value: Lease | undefined): void {
    if (key.startsWith(DUTY_PREFIX)) {
      return this.#hearOfDuty(key.slice(DUTY_PREFIX.length) as Duty, value);
    }
    if (value === undefined) return void this.#seen.delete(key);
    const { node, version, started_at, open_polls, publish_p99_ms = null } = value;
    const load = open_polls === undefined
      ? null
      : { openPolls: open_polls, publishP99Ms: publish_p99_ms };
    const member = { node, version, startedAtMs: started_at };
    this.#seen.set(key, { member, load, heardAtMs: this.#parts.clock.monotonic() });
    this.#compare(value);
  }

  /** Says once what another manager has set otherwise. */
  #compare(other: Lease): void {
    for (const { what } of differences([this.#lease, other])) {
      const told = `${other.node} ${what} ${other.settings?.[what]}`;
      if (this.#toldOf.has(told)) continue;
      this.#toldOf.add(told);
      log.warn("Manager {node} has other {what} than this one: make {options} the same at all", {
        node: other.node,
        what,
        options: COMPARED[what],
      });
    }
  }

  /** A duty that somebody left is taken at once; one whose holder died, when its lease is over. */
  #hearOfDuty(duty: Duty, holder: Lease | undefined): void {
    if (holder !== undefined) this.#holders.set(duty, holder.node);
    else this.#holders.delete(duty);
    if (holder === undefined && this.#running !== undefined) this.#nap.abort();
  }
}
