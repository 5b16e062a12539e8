/**
 * The open long polls: one an agent.
 *
 * A poll ends with commands, when its time is over, as a keep-alive, when a newer poll of the same
 * agent takes its place, when the client goes away, when its agent is removed, or when the manager stops; whichever is first. It takes
 * commands when it begins, when {@linkcode PollRegistry.wake} is called, and when it was told to the last time. Taking them may take a
 * while: a poll that has ended meanwhile leaves them to the one that took its place, and without one they are offered again after
 * their grace, like those of an answer that was lost.
 *
 * @module
 */

import type { Command } from "../../shared/protocol/wire.ts";
import type { Clock } from "../../shared/clock.ts";

/** How a poll ended. Only `commands` carries something for the agent. */
type PollOutcome =
  | { kind: "commands"; commands: readonly Command[] }
  | {
    kind: "timeout" | "keep_alive" | "replaced" | "disconnected" | "stopped" | "late" | "removed";
  };

/** What there was for an agent. */
interface Taken {
  /** Taken from where they were: they must go into the answer. Empty when there are none. */
  commands: readonly Command[];
  /** When to try again, in milliseconds since 1970; `undefined` when {@linkcode PollRegistry.wake} will tell. */
  againAtMs: number | undefined;
}

/** One poll. */
interface Poll {
  agentId: string;
  /** Address and port of the client; empty when they are not known. */
  connection?: string;
  /** The client wants to wait no longer, in milliseconds. @default as long as the manager holds a poll */
  waitMs?: number | undefined;
  /** The client's: aborted when it goes away. */
  signal: AbortSignal;
  /** Takes the commands that there are for the agent. */
  take(): Promise<Taken>;
}

/** What a {@linkcode PollRegistry} is built with. */
interface PollRegistryOptions {
  clock: Clock;
  /** How long a poll is held, in milliseconds. */
  timeoutMs: number;
}

type ReplacedListener = (agentId: string, by: { loser: string; winner: string }) => void;

/** Holds the open polls. */
export class PollRegistry {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #open = new Map<string, HeldPoll>();
  #onReplaced: ReplacedListener | undefined;
  #stopped = false;

  constructor({ clock, timeoutMs }: PollRegistryOptions) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** Has `listener` told of each poll that takes the place of another one of its agent. */
  whenReplaced(listener: ReplacedListener): void {
    this.#onReplaced = listener;
  }

  /** Number of open polls. */
  get size(): number {
    return this.#open.size;
  }

  /** True while a poll of this agent is open. */
  has(agentId: string): boolean {
    return this.#open.has(agentId);
  }

  /** Makes the agent's open poll take the commands that there are. Returns false when none is open. */
  wake(agentId: string): boolean {
    const poll = this.#open.get(agentId);
    void poll?.take();
    return poll !== undefined;
  }

  /**
   * Ends the agent's open poll without commands, so that the agent shows that it lives by the next
   * one. Returns false when none is open.
   */
  keepAlive(agentId: string): boolean {
    const poll = this.#open.get(agentId);
    poll?.end({ kind: "keep_alive" });
    return poll !== undefined;
  }

  /** Ends the agent's open poll for one that it has at another manager. Returns false when none is open. */
  replace(agentId: string): boolean {
    const poll = this.#open.get(agentId);
    poll?.end({ kind: "replaced" });
    return poll !== undefined;
  }

  /** Ends the open poll of an agent that was removed. */
  remove(agentId: string): void {
    this.#open.get(agentId)?.end({ kind: "removed" });
  }

  /** Holds a poll until it ends. Rejects only when commands cannot be taken. */
  hold(
    { agentId, connection = "", waitMs = Infinity, signal, take }: Poll,
  ): Promise<PollOutcome> {
    if (this.#stopped) return Promise.resolve({ kind: "late" });
    if (signal.aborted) return Promise.resolve({ kind: "disconnected" });
    const before = this.#open.get(agentId);
    if (before !== undefined) {
      before.end({ kind: "replaced" });
      this.#onReplaced?.(agentId, { loser: before.connection, winner: connection });
    }
    const onGone = () => held.end({ kind: "disconnected" });
    const onEnd = () => {
      if (this.#open.get(agentId) === held) this.#open.delete(agentId);
      signal.removeEventListener("abort", onGone);
    };
    const onLate = (commands: readonly Command[]) =>
      this.#open.get(agentId)?.end({ kind: "commands", commands });
    const held = new HeldPoll({ clock: this.#clock, connection, take, onEnd, onLate });
    signal.addEventListener("abort", onGone, { once: true });
    this.#open.set(agentId, held);
    held.begin(Math.min(this.#timeoutMs, waitMs));
    return held.outcome;
  }

  /** Ends every poll; those that come later end at once, as `late`. */
  stop(): void {
    this.#stopped = true;
    for (const poll of [...this.#open.values()]) poll.end({ kind: "stopped" });
  }
}

interface HeldPollParts {
  clock: Clock;
  connection: string;
  take: Poll["take"];
  /** Called at once when the poll ends, however that is. */
  onEnd(): void;
  /** Given what was taken when the poll had ended meanwhile. */
  onLate(commands: readonly Command[]): void;
}

/** A poll, its time limit, and the time of its next try. */
class HeldPoll {
  readonly outcome: Promise<PollOutcome>;
  readonly #parts: HeldPollParts;
  readonly #ending = Promise.withResolvers<PollOutcome>();
  readonly #limit = new AbortController();
  #nextTry = new AbortController();
  #ended = false;
  #taking = false;
  /** Woken while it was taking: what is new may have come too late for that. */
  #again = false;

  constructor(parts: HeldPollParts) {
    this.#parts = parts;
    this.outcome = this.#ending.promise;
  }

  get connection(): string {
    return this.#parts.connection;
  }

  begin(timeoutMs: number): void {
    this.#after(timeoutMs, this.#limit.signal, () => this.end({ kind: "timeout" }));
    void this.take();
  }

  async take(): Promise<void> {
    if (this.#ended) return;
    this.#nextTry.abort();
    this.#again = this.#taking;
    if (this.#taking) return;
    this.#taking = true;
    try {
      this.#taken(await this.#parts.take());
    } catch (error) {
      this.#clear();
      this.#ending.reject(error);
    }
  }

  #taken({ commands, againAtMs }: Taken): void {
    this.#taking = false;
    if (this.#ended) {
      if (commands.length > 0) this.#parts.onLate(commands);
    } else if (commands.length > 0) this.end({ kind: "commands", commands });
    else if (this.#again) void this.take();
    else if (againAtMs !== undefined) this.#takeAgainAt(againAtMs);
  }

  end(outcome: PollOutcome): void {
    this.#clear();
    this.#ending.resolve(outcome);
  }

  #takeAgainAt(ms: number): void {
    this.#nextTry = new AbortController();
    this.#after(ms - this.#parts.clock.now(), this.#nextTry.signal, () => void this.take());
  }

  #after(durationMs: number, signal: AbortSignal, act: () => void): void {
    this.#parts.clock.sleep(durationMs, signal).then(act, () => {});
  }

  #clear(): void {
    this.#ended = true;
    this.#parts.onEnd();
    this.#limit.abort();
    this.#nextTry.abort();
  }
}
