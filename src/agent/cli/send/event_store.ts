/**
 * Puts events on the disk: through the running agent, or without one straight into its queue. An agent may start or end meanwhile.
 *
 * @module
 */

import { AnySignal } from "../../../shared/any_signal.ts";
import type { Clock } from "../../../shared/clock.ts";
import { AgentError } from "../../../shared/errors.ts";
import type { EventSpan } from "../../../shared/protocol/stored_events.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { ControlClient } from "../../control/control_client.ts";
import { endpointIn } from "../../control/endpoint.ts";

/** Which way the last events took. */
export type Via = "running_agent" | "queue";

interface EventStoreDeps {
  clock: Clock;
  signal: AbortSignal;
  /** Longest wait for room, for each group of events. */
  timeoutMs: number;
}

/** An agent that starts holds the queue before it answers: time until it does. */
const RETRY_MS = 200;
/** Longest that the queue is held, which keeps an agent from starting: without one it gets no emptier. */
const TURN_MS = 500;
/** More than an agent that waits for the queue lets pass between two looks. */
const YIELD_MS = 30;

/** Stores groups of encoded events, one after the other. */
export class EventStore implements Disposable {
  readonly #config: AgentConfig;
  readonly #deps: EventStoreDeps;
  #client: ControlClient | undefined;
  #via: Via = "running_agent";

  constructor(config: AgentConfig, deps: EventStoreDeps) {
    this.#config = config;
    this.#deps = deps;
  }

  get via(): Via {
    return this.#via;
  }

  /**
   * Resolves once all of `events` are on disk.
   *
   * @throws {AgentError} `not_acknowledged` when there is no room in time, `not_registered` when there is no queue; the reason of the
   * signal when that is aborted
   */
  async append(events: readonly string[]): Promise<EventSpan> {
    const { clock, signal, timeoutMs } = this.#deps;
    using limit = new AnySignal(signal, AbortSignal.timeout(timeoutMs));
    try {
      for (;;) {
        const span = await this.#throughAgent(events, limit.signal) ??
          await this.#intoQueue(events, limit.signal);
        if (span !== undefined) return span;
        await clock.sleep(RETRY_MS, limit.signal);
      }
    } catch (error) {
      signal.throwIfAborted();
      throw limit.signal.aborted ? tooSlow(error) : error;
    }
  }

  [Symbol.dispose](): void {
    this.#client?.[Symbol.dispose]();
    this.#client = undefined;
  }

  /** `undefined` when no agent runs. */
  async #throughAgent(
    events: readonly string[],
    signal: AbortSignal,
  ): Promise<EventSpan | undefined> {
    try {
      this.#client ??= ControlClient.to(endpointIn(this.#config.agent.path.run));
      const span = await this.#client.append("stateless", events.join(""), signal);
      this.#via = "running_agent";
      return span;
    } catch (error) {
      if (!(error instanceof AgentError) || error.code !== "not_running") throw error;
      this[Symbol.dispose]();
      return undefined;
    }
  }

  /** `undefined` when the queue is full, or another process has it: an agent that starts may be the one that takes them. */
  async #intoQueue(
    events: readonly string[],
    signal: AbortSignal,
  ): Promise<EventSpan | undefined> {
    const { appendStopped } = await import("../../app/stopped/stopped_queue.ts");
    using turn = new AnySignal(signal, AbortSignal.timeout(TURN_MS));
    try {
      const span = await appendStopped(this.#config, events, turn.signal);
      this.#via = "queue";
      // An agent that starts meanwhile gets its turn between two groups.
      await this.#deps.clock.sleep(YIELD_MS, signal).catch(() => {});
      return span;
    } catch (error) {
      signal.throwIfAborted();
      const isHeld = error instanceof AgentError && error.code === "data_folder_locked";
      if (turn.signal.aborted || isHeld) return undefined;
      throw error;
    }
  }
}

function tooSlow(cause: unknown): AgentError {
  return new AgentError("not_acknowledged", "The queue takes nothing in time", {
    cause,
    hint: "agent status shows how full the queue is; --timeout says how long to wait",
  });
}
