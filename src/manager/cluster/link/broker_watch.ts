/**
 * Whether the cluster can take events: looked at every 2 s, so that whoever asks need not wait.
 *
 * A stream of events needs a leader that hears from a majority of its servers. One look that gets no answer says nothing yet, as a
 * busy server may be late; two in a row do.
 *
 * @module
 */

import { JetStreamApiError } from "@nats-io/jetstream";
import type { StreamInfo } from "@nats-io/jetstream";
import type { Clock } from "../../../shared/clock.ts";
import { Loop } from "../../loop.ts";
import type { Trouble } from "../../readiness.ts";
import { hasQuorum } from "./stream_inspection.ts";

const LOOK_EVERY_MS = 2_000;
const UNANSWERED_LOOKS = 2;

type Reason = Extract<Trouble["reason"], "no_broker" | "no_leader" | "no_quorum">;

/** Without server names and numbers, so that the same trouble is always told by the same words. */
const MESSAGES: Readonly<Record<Reason, string>> = {
  no_broker: "no server of the cluster can be reached",
  no_leader: "nobody leads the streams of events",
  no_quorum: "too few servers of the cluster are there to confirm anything",
};

/** What a {@linkcode BrokerWatch} works with. */
interface BrokerWatchParts {
  clock: Clock;
  streams: readonly string[];
  isConnected(): boolean;
  /** Asks for a stream. Rejects when nobody answers. */
  info(stream: string): Promise<Pick<StreamInfo, "config" | "cluster">>;
}

/** Looks until it is stopped. */
export class BrokerWatch {
  readonly #parts: BrokerWatchParts;
  readonly #loop: Loop;
  #trouble: Trouble | undefined;
  #unanswered = 0;
  #lastFineMs: number;

  constructor(parts: BrokerWatchParts) {
    this.#parts = parts;
    this.#lastFineMs = parts.clock.now();
    this.#loop = new Loop({
      clock: parts.clock,
      name: "look at the cluster",
      step: async () => {
        await this.look();
        return LOOK_EVERY_MS;
      },
    });
  }

  /** Begins with a look. */
  async start(): Promise<void> {
    await this.look();
    this.#loop.start();
  }

  /** Ends. */
  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** What is wrong; `undefined` when nothing is. */
  trouble(): Trouble | undefined {
    if (!this.#parts.isConnected()) this.#note("no_broker");
    return this.#trouble;
  }

  /** Looks once. */
  async look(): Promise<void> {
    const found = this.#parts.isConnected() ? await this.#ask() : "no_broker";
    if (found !== "unanswered") this.#unanswered = 0;
    else if (++this.#unanswered < UNANSWERED_LOOKS) return;
    this.#note(found === "unanswered" ? "no_quorum" : found);
  }

  async #ask(): Promise<Reason | "unanswered" | undefined> {
    const { streams, info } = this.#parts;
    const found = await Promise.all(streams.map((stream) =>
      info(stream).then(judge, (error) =>
        // A server that knows that there is no leader says so.
        error instanceof JetStreamApiError ? "no_leader" : "unanswered")
    ));
    return found.find((one) => one !== undefined && one !== "unanswered") ??
      found.find((one) => one !== undefined);
  }

  #note(reason: Reason | undefined): void {
    if (reason === undefined) {
      this.#trouble = undefined;
      this.#lastFineMs = this.#parts.clock.now();
    } else {
      const sinceMs = this.#trouble?.sinceMs ?? this.#lastFineMs;
      this.#trouble = { reason, message: MESSAGES[reason], sinceMs };
    }
  }
}

function judge(info: Pick<StreamInfo, "config" | "cluster">): Reason | undefined {
  if (info.cluster !== undefined && info.cluster.leader === undefined) return "no_leader";
  return hasQuorum(info) ? undefined : "no_quorum";
}
