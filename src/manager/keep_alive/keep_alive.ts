/**
 * The keep-alive monitor: its parts put together.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";
import { messageOf } from "../../shared/errors.ts";
import { Loop } from "../loop.ts";
import type { StateOfAgent } from "./agent_states.ts";
import type { Store } from "../store.ts";
import type { ClaimSign, Holding, States } from "../stores/states.ts";
import { SOLE_HOLDER } from "../stores/single/sole_holder.ts";
import { AgentViews } from "./agent_views.ts";
import type { Announcer } from "./announcement.ts";
import type { CloneSignal } from "./clone_signals.ts";
import { CloneWatch } from "./clone_watch.ts";
import { FindingWriter, RETRY_AFTER_MS } from "./finding_writer.ts";
import { KeepAliveMonitor } from "./keep_alive_monitor.ts";
import { monitorClock } from "./monitor_clock.ts";
import { StateWriter } from "./state_writer.ts";
import type { KnownAgent, MonitorLimits, SignOfLife } from "./types.ts";

const log = getLogger(["manager", "keep_alive"]);

/** How many agents are looked at until requests are let in between. */
const PORTION = 5_000;
const MAX_WAITING = 100_000;

/** What a {@linkcode KeepAlive} is built with. */
interface KeepAliveOptions {
  limits: MonitorLimits;
  /** Without this no keep-alive is sent and nobody is lost; signs of life and stops still count. */
  enabled: boolean;
  /** What is known of the agents. */
  store: Store;
  states: States;
  /** Which agents are watched here. @default all */
  holding?: Holding;
  clock: Clock;
  /** The open polls of the agents. */
  polls: {
    /** Answers the agent's open poll with an empty list. Returns false when none is open. */
    keepAlive(agentId: string): boolean;
    /** Ends the agent's open poll for one that it has elsewhere. Returns false when none is open. */
    replace(agentId: string): boolean;
  };
  /** Whether requests from two addresses by turns tell of a clone. @default true */
  clonesByAddress?: boolean;
  /** Told of identities that several machines use, for the audit. */
  onClone?: (
    event: "agent_cloned" | "agent_clone_mended",
    details: Record<string, unknown>,
  ) => void;
  /** Without one nobody is told. What it is told, {@linkcode states} tells it. */
  announcer?: Announcer | undefined;
  /** Most findings that wait while the database cannot be written. @default 100_000 */
  maxWaiting?: number;
}

/** Watches the agents in the background, and remembers how they stand. */
export class KeepAlive {
  readonly views: AgentViews;
  /** Which identities several machines use. */
  readonly clones: CloneWatch;
  readonly #monitor: KeepAliveMonitor;
  readonly #writer: StateWriter;
  readonly #findings: FindingWriter;
  readonly #loop: Loop;
  readonly #byAddress: boolean;
  readonly #holding: Holding;
  readonly #polls: KeepAliveOptions["polls"];
  readonly #known: (agentId: string) => KnownAgent | undefined;
  #changes = 0;

  constructor({ limits, enabled, store, polls, ...options }: KeepAliveOptions) {
    const { announcer, maxWaiting = MAX_WAITING } = options;
    const clock = monitorClock(options.clock);
    const { states } = options;
    const known = store.agentStates;
    const { holding = SOLE_HOLDER } = options;
    const monitor = new KeepAliveMonitor(limits, {
      clock,
      onFinding: (finding) => findings.add(finding),
      findAgent: (id) => agentOf(known.find(id)),
      groupsOf: (id) => store.memberships.groupsOf(id),
      answerPoll: (id) => polls.keepAlive(id),
      onChange: (slot) => {
        writer.changed(slot);
        this.#changes++;
        this.#loop.wake();
      },
    });
    const writer = new StateWriter({
      slots: monitor.slots,
      states,
      clock,
      heldOf: (slot) => monitor.held(slot),
    });
    const findings = new FindingWriter({
      states,
      writer,
      clock,
      announcer,
      maxWaiting,
    });
    this.#holding = holding;
    this.#polls = polls;
    this.#known = (id) => agentOf(known.find(id));
    for (const state of known.connectedOnce()) {
      if (holding.isHeld(state.agentId)) monitor.watch(knownAgent(state));
    }
    let couldJudge = true;
    const checkSilent = () => {
      if (!holding.canJudge()) {
        couldJudge = false;
        return Math.min(limits.intervalMs, RETRY_AFTER_MS);
      }
      if (!couldJudge) monitor.startAnew();
      couldJudge = true;
      return monitor.checkSilent(PORTION);
    };
    this.#monitor = monitor;
    this.#byAddress = options.clonesByAddress ?? true;
    this.#writer = writer;
    this.#findings = findings;
    this.clones = new CloneWatch(options.clock, {
      found: (id, { signals }) => {
        monitor.cloned(id, signals);
        options.onClone?.("agent_cloned", { agent_id: id, signals });
        holding.tellCloned(id, signals);
      },
      goesOn: (id, { signals }) => holding.tellCloned(id, signals),
      mended: (id) => {
        monitor.mended(id);
        options.onClone?.("agent_clone_mended", { agent_id: id });
      },
    });
    this.views = new AgentViews(store, {
      clones: this.clones,
      slots: monitor.slots,
      clock,
      refresh: () => void this.writeDown(),
    });
    this.#loop = new Loop({
      clock,
      name: "watch the agents",
      step: async () => {
        const silentMs = enabled ? checkSilent() : limits.intervalMs;
        const flappingMs = monitor.tellFlapping(PORTION);
        // Looking tells those that are over.
        this.clones.all();
        if (!await this.writeDown()) return Math.min(silentMs, flappingMs, RETRY_AFTER_MS);
        return await writer.writeSigns() ? 0 : Math.min(silentMs, flappingMs);
      },
    });
  }

  /** Begins to watch. */
  start(): void {
    this.#loop.start();
  }

  /** Announces what has been held back, and writes everything down. */
  async stop(): Promise<void> {
    await this.#loop.stop();
    this.#monitor.tellAllFlapping();
    // What can't be announced is not remembered either: the next start finds it again.
    if (!await this.#findings.writeNow()) return;
    // Nothing depends on the time of the last sign of life: it must not keep the manager from ending.
    await this.#writer.writeAllSigns().catch((error) => {
      log.warn("Signs of life are not written down: {reason}", { reason: messageOf(error) });
    });
  }

  /**
   * Writes down what has changed, and what is announced of it: what the store says is then as it is. Resolves to false when that
   * can't be done now.
   */
  writeDown(): Promise<boolean> {
    return this.#findings.write();
  }

  /** How often the state of an agent has changed since the start. */
  get changes(): number {
    return this.#changes;
  }

  /** A sign of life. Who logs in or polls here is watched here from then on. */
  heard(agentId: string, sign: SignOfLife, address: string | undefined): void {
    if (this.#holding.isHeld(agentId)) this.#hear(agentId, sign, address);
    else if (sign === "request") this.#holding.tell(agentId);
    else {
      const claim = { address, polls: sign === "poll" };
      this.#whenOurs(agentId, claim, () => this.#hear(agentId, sign, address));
    }
  }

  /** A sign of life that another manager heard. */
  heardElsewhere(agentId: string): void {
    if (this.#holding.isHeld(agentId)) this.#monitor.heard(agentId, "request", undefined);
  }

  /** Another manager has said how an agent stands, or this one has taken it over. */
  adopt(agentId: string, isOurs: boolean): void {
    const agent = this.#known(agentId);
    if (agent !== undefined) this.#monitor.adopt(agent, isOurs);
  }

  /** An agent polls at another manager by now: a poll that is open here is over. */
  polledElsewhere(agentId: string): void {
    if (this.#polls.replace(agentId)) this.#holding.tellReplaced(agentId);
  }

  /** A poll at one manager has taken the place of one at another. */
  replacedElsewhere(agentId: string, by: { loser: string; winner: string }): void {
    this.clones.replaced(agentId, by);
  }

  /** Another manager has found that several machines use an identity. */
  clonedElsewhere(agentId: string, signals: readonly CloneSignal[]): void {
    this.clones.adopt(agentId, signals);
  }

  #whenOurs(agentId: string, sign: ClaimSign | undefined, act: () => void): void {
    // When it cannot be taken over now, the next request will.
    this.#holding.claim(agentId, sign).then((isOurs) => isOurs && act(), () => {});
  }

  #hear(agentId: string, sign: SignOfLife, address: string | undefined): void {
    const before = this.#monitor.heard(agentId, sign, address);
    if (before === undefined || address === undefined || !this.#byAddress) return;
    this.clones.from(agentId, { address, before });
  }

  /** See {@linkcode KeepAliveMonitor.forget}. */
  forget(agentId: string): void {
    this.clones.forget(agentId);
    this.#monitor.forget(agentId);
  }

  /** See {@linkcode KeepAliveMonitor.stopped}. */
  stopped(agentId: string): void {
    if (this.#holding.isHeld(agentId)) this.#monitor.stopped(agentId);
    else this.#whenOurs(agentId, undefined, () => this.#monitor.stopped(agentId));
  }
}

function agentOf(state: StateOfAgent | undefined): KnownAgent | undefined {
  return state && knownAgent(state);
}

function knownAgent({ agentId, ...state }: StateOfAgent): KnownAgent {
  return { id: agentId, ...state };
}
