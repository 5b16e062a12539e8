/**
 * The open long polls: one an agent.
 *
 * A poll ends with commands, when its time is over, when a newer poll of the same agent takes its
 * place, when the client goes away, or when the manager stops; whichever is first. Parts that have
 * something for an agent call {@linkcode PollRegistry.deliver}.
 *
 * @module
 */

import type { Command } from "../src/comms/wire.ts";
import type { Clock } from "./clock.ts";

/** How a poll ended. Only `commands` carries something for the agent. */
export type PollOutcome =
  | { kind: "commands"; commands: readonly Command[] }
  | { kind: "timeout" | "replaced" | "disconnected" | "stopped" };

type EndPoll = (outcome: PollOutcome) => void;

/** What a {@linkcode PollRegistry} is built with. */
export interface PollRegistryOptions {
  clock: Clock;
  /** How long a poll is held, in milliseconds. */
  timeoutMs: number;
}

/** Holds the open polls. */
export class PollRegistry {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #open = new Map<string, EndPoll>();
  #stopped = false;

  constructor({ clock, timeoutMs }: PollRegistryOptions) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** Number of open polls. */
  get size(): number {
    return this.#open.size;
  }

  /** True while a poll of this agent is open. */
  has(agentId: string): boolean {
    return this.#open.has(agentId);
  }

  /** Answers the agent's open poll, also with an empty list. Returns false when none is open. */
  deliver(agentId: string, commands: readonly Command[]): boolean {
    const end = this.#open.get(agentId);
    end?.({ kind: "commands", commands });
    return end !== undefined;
  }

  /**
   * Holds a poll until it ends; never rejects. `signal` is the client's: aborted when it goes away.
   */
  hold(agentId: string, signal: AbortSignal): Promise<PollOutcome> {
    if (this.#stopped) return Promise.resolve({ kind: "stopped" });
    if (signal.aborted) return Promise.resolve({ kind: "disconnected" });
    this.#open.get(agentId)?.({ kind: "replaced" });
    const timer = new AbortController();
    return new Promise((resolve) => {
      const onGone = () => end({ kind: "disconnected" });
      const end: EndPoll = (outcome) => {
        if (this.#open.get(agentId) === end) this.#open.delete(agentId);
        signal.removeEventListener("abort", onGone);
        timer.abort();
        resolve(outcome);
      };
      signal.addEventListener("abort", onGone, { once: true });
      this.#open.set(agentId, end);
      this.#clock.sleep(this.#timeoutMs, timer.signal)
        .then(() => end({ kind: "timeout" }), () => {});
    });
  }

  /** Ends every poll; those that come later end at once. */
  stop(): void {
    this.#stopped = true;
    for (const end of [...this.#open.values()]) end({ kind: "stopped" });
  }
}
