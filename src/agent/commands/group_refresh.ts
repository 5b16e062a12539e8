/**
 * Keeps the configuration of the agent's groups up to date without an order: it is asked for at the start, after each log-in, and in
 * between every `agent.shared_config_interval`. What fails leaves the last good files in force, is said once, and is tried again.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { AnySignal } from "../../shared/any_signal.ts";
import type { Clock } from "../../shared/clock.ts";
import { AgentError, messageOf } from "../../shared/errors.ts";
import type { SharedConfigState } from "../../shared/protocol/groups.ts";
import type { GroupUpdate } from "./executors/group_updater.ts";

/** What a {@linkcode GroupRefresh} is built with. */
interface GroupRefreshDeps {
  updater: { refresh(signal: AbortSignal): Promise<GroupUpdate | undefined> };
  /** Resolves once the agent is logged in. */
  loggedIn: (signal: AbortSignal) => Promise<unknown>;
  /** The groups of the agent. */
  groups: () => readonly string[];
  /** Whether this machine lets the server have configuration fetched. */
  isAllowed: () => boolean;
  /** Milliseconds. */
  intervalMs: () => number;
  /** Writes into the machine's record what came of files that are not those in force. */
  record: (groups: readonly string[], outcome: RefreshOutcome) => Promise<void>;
  /** Waits after passing faults. */
  retryWaits: { next(): number; reset(): void };
  clock: Clock;
  /** A number in [0, 1). @default Math.random */
  random?: () => number;
}

/** What came of files that the server had. */
interface RefreshOutcome {
  /** Whether they were put in force. */
  taken: boolean;
  /** In one line. */
  message: string;
}

/** How the configuration of the groups stands with the server. */
export interface GroupRefreshStatus {
  state: SharedConfigState;
  /** Why the last try failed. */
  reason: string | undefined;
  /** Wall clock, milliseconds: since when tries fail. */
  failingSinceMs?: number | undefined;
  /** Wall clock, milliseconds. */
  nextTryAtMs: number | undefined;
}

/** Agents that were started together would ask together for ever: each interval is up to a tenth shorter. */
const JITTER = 0.1;

/** How long to wait when an order came in between, which may have failed. */
const AFTER_ORDER_MS = 1_000;

/** Asks for the files of the groups again and again. */
export class GroupRefresh {
  readonly #deps: GroupRefreshDeps;
  readonly #log = getLogger(["agent", "config"]);
  #wake = new AbortController();
  #outcome: "pending" | "current" | "failing" = "pending";
  #reason: string | undefined;
  #nextTryAtMs: number | undefined;
  #failingSinceMs: number | undefined;

  constructor(deps: GroupRefreshDeps) {
    this.#deps = deps;
  }

  /** Asks at once instead of at the end of the interval: the agent has logged in anew. */
  wake(): void {
    this.#wake.abort();
  }

  /** An order of the server has brought everything up to date. */
  noteOrder(): void {
    this.#outcome = "current";
    this.#reason = undefined;
    this.#failingSinceMs = undefined;
  }

  /** Resolves when the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await this.#deps.loggedIn(signal);
        // The log-in that was just waited for is no reason to ask twice.
        this.#wake = new AbortController();
        await this.#sleep(await this.#refresh(signal), signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** How it stands now. */
  status(): GroupRefreshStatus {
    const { groups, isAllowed } = this.#deps;
    const [reason, nextTryAtMs] = [this.#reason, this.#nextTryAtMs];
    if (groups().length === 0) return { state: "none", reason: undefined, nextTryAtMs: undefined };
    if (!isAllowed()) return { state: "not_allowed", reason: NOT_ALLOWED, nextTryAtMs: undefined };
    return { state: this.#outcome, reason, nextTryAtMs, failingSinceMs: this.#failingSinceMs };
  }

  /** Milliseconds until the next try. */
  async #refresh(signal: AbortSignal): Promise<number> {
    const { updater, groups, isAllowed, retryWaits } = this.#deps;
    if (groups().length === 0 || !isAllowed()) return this.#untilNextMs();
    try {
      const update = await updater.refresh(signal);
      if (update === undefined) return Math.min(AFTER_ORDER_MS, this.#untilNextMs());
      await this.#succeeded(update);
      retryWaits.reset();
      return this.#untilNextMs();
    } catch (error) {
      signal.throwIfAborted();
      // Only a passing fault is over soon; a file that cannot be used is the same in a second.
      const isPassing = error instanceof AgentError && error.code === "server_unreachable";
      await this.#failed(messageOf(error), isPassing);
      return isPassing ? Math.min(retryWaits.next(), this.#untilNextMs()) : this.#untilNextMs();
    }
  }

  /** Asked for when a try is over: what woke it may have been another interval. */
  #untilNextMs(): number {
    const { intervalMs, random = Math.random } = this.#deps;
    return intervalMs() * (1 - JITTER * random());
  }

  async #succeeded({ groups, changed, needs_restart }: GroupUpdate): Promise<void> {
    if (changed) {
      const later = needs_restart.length === 0
        ? ""
        : `; after a restart: ${needs_restart.join(", ")}`;
      await this.#record({ taken: true, message: `the groups' files changed${later}` });
      this.#log.info("Configuration of the groups changed: {groups}", {
        groups: groups.join(", "),
        needs_restart: needs_restart.join(", ") || "nothing",
      });
    } else if (this.#outcome === "failing") {
      this.#log.info("Configuration of the groups is up to date again");
    }
    this.#outcome = "current";
    this.#reason = undefined;
    this.#failingSinceMs = undefined;
  }

  async #failed(reason: string, isPassing: boolean): Promise<void> {
    if (reason !== this.#reason) {
      if (!isPassing) await this.#record({ taken: false, message: reason });
      this.#log.warn("Configuration of the groups not fetched, the last good one stays: {reason}", {
        reason,
      });
    }
    this.#outcome = "failing";
    this.#failingSinceMs ??= this.#deps.clock.now();
    this.#reason = reason;
  }

  /** What cannot be written down is said: the files are in force, or not, all the same. */
  async #record(outcome: RefreshOutcome): Promise<void> {
    const { record, groups } = this.#deps;
    await record(groups(), outcome).catch((error) => {
      this.#log.error("Cannot write into the record of remote actions: {reason}", {
        reason: messageOf(error),
      });
    });
  }

  async #sleep(durationMs: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    this.#nextTryAtMs = clock.now() + durationMs;
    using either = new AnySignal(signal, this.#wake.signal);
    await clock.sleep(durationMs, either.signal).catch(() => {});
    signal.throwIfAborted();
  }
}

const NOT_ALLOWED = "fetch-config is not among remote.allow.actions";
