/**
 * Sessions at the page that were ended, on the cluster: `ended.<id>` among the keys. Every manager follows them.
 *
 * While the servers are away a session ends here only; it is told again and again until it is written, or over.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../../shared/clock.ts";
import { messageOf } from "../../../shared/errors.ts";
import { Loop } from "../../loop.ts";
import type { EndedSessions } from "../../stores/ended_sessions.ts";
import type { Bucket } from "../link/bucket.ts";
import type { StreamFollower } from "../link/stream_follower.ts";

const log = getLogger(["manager", "cluster"]);

const PREFIX = "ended.";
const TELL_AGAIN_MS = 2_000;

/** An ended session as it lies on the cluster. */
export interface EndedSession {
  /** Milliseconds since 1970. */
  until: number;
}

/** The ended sessions of a cluster. */
export class KvEndedSessions implements EndedSessions {
  readonly #bucket: Bucket<EndedSession>;
  readonly #clock: Clock;
  readonly #untilMs = new Map<string, number>();
  /** Those that the cluster does not know yet. */
  readonly #untold = new Set<string>();
  readonly #follower: StreamFollower;
  readonly #loop: Loop;

  constructor(bucket: Bucket<EndedSession>, clock: Clock) {
    this.#bucket = bucket;
    this.#clock = clock;
    this.#follower = bucket.follow(`${PREFIX}*`, ({ key, value }) => {
      if (value !== undefined) this.#remember(key.slice(PREFIX.length), value.until);
    });
    this.#loop = new Loop({
      clock,
      name: "tell of ended sessions",
      step: async () => {
        for (const id of [...this.#untold]) await this.#tell(id);
        await this.#tidy();
        return this.#untold.size > 0 ? TELL_AGAIN_MS : undefined;
      },
    });
  }

  /** Reads those that there are. */
  async start(): Promise<void> {
    await this.#follower.start();
    this.#loop.start();
  }

  /** Ends. */
  async stop(): Promise<void> {
    await Promise.all([this.#loop.stop(), this.#follower.stop()]);
  }

  has(id: string): boolean {
    return this.#untilMs.has(id);
  }

  async end(id: string, untilMs: number): Promise<void> {
    this.#remember(id, untilMs);
    this.#untold.add(id);
    try {
      await this.#tell(id);
    } catch (error) {
      log.warn("A session ended here only, until the cluster can be told: {reason}", {
        reason: messageOf(error),
      });
    }
    this.#loop.wake();
  }

  /** What is heard of an end may be older than what is known of it. */
  #remember(id: string, untilMs: number): void {
    this.#untilMs.set(id, Math.max(untilMs, this.#untilMs.get(id) ?? 0));
  }

  async #tell(id: string): Promise<void> {
    const until = this.#untilMs.get(id);
    if (until !== undefined) await this.#bucket.put(`${PREFIX}${id}`, { until });
    this.#untold.delete(id);
  }

  /** Every manager does it each time that a session is ended at it: what is gone already is none the worse for it. */
  async #tidy(): Promise<void> {
    const nowMs = this.#clock.now();
    for (const [id, untilMs] of this.#untilMs) {
      if (untilMs > nowMs) continue;
      await this.#bucket.purge(`${PREFIX}${id}`);
      this.#untilMs.delete(id);
      this.#untold.delete(id);
    }
  }
}
