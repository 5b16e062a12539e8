/**
 * Decides which agents live.
 *
 * Every authenticated request of an agent is a sign of life. An agent that has given none for
 * `interval` is sent a keep-alive, and another one each `interval` after that: its open poll is
 * answered with an empty list, and the poll that follows is the acknowledgement. A keep-alive is
 * missed when no poll is open that could carry it, when it is not acknowledged within
 * `retryInterval`, or when the next one is due before. `timeout` without a sign, or `maxMissed`
 * keep-alives missed in a row, make the agent `disconnected`.
 *
 * From one state to the next ({@linkcode AgentState} says what each means):
 *
 *     never_connected  --log-in-->  pending  --any other request-->  active
 *     pending, active  --silence-->  disconnected  --any request-->  active
 *     any  --shutdown message-->  stopped  --log-in, poll-->  active
 *
 * The requests that carry an agent's last events and its two shutdown messages may arrive in any
 * order. So a stopped agent is brought back by a log-in or a poll only, as each start begins with;
 * any other request counts again when the time that a stop takes is over.
 *
 * A sign of life costs a few writes to memory. Only agents whose time has come are looked at.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { AgentSlots, NEVER } from "./agent_slots.ts";
import type { AgentState, StatusChange, StatusChangeReason } from "./announcement.ts";
import type { CloneSignal } from "./clone_signals.ts";
import { FlapFilter, type Flapping } from "./flap_filter.ts";
import { TimerWheel } from "./timer_wheel.ts";
import type { HeldBack, KnownAgent, MonitorDeps, MonitorLimits, SignOfLife } from "./types.ts";

const log = getLogger(["manager", "keep_alive"]);

/** How long an agent takes to stop at most: its `agent.shutdown_notify_timeout`, by default. */
const STOP_TAKES_MS = 10_000;

/** Watches agents. Times inside are of the monotonic clock. */
export class KeepAliveMonitor {
  readonly slots = new AgentSlots();
  readonly #limits: MonitorLimits;
  readonly #deps: MonitorDeps;
  readonly #wheel: TimerWheel;
  readonly #flaps: FlapFilter;
  #startedAtMs: number;
  /** A keep-alive that is not acknowledged by the time of the next one is missed anyway. */
  readonly #acknowledgeMs: number;

  constructor(limits: MonitorLimits, deps: MonitorDeps) {
    const nowMs = deps.clock.monotonic();
    this.#limits = limits;
    this.#deps = deps;
    this.#startedAtMs = nowMs;
    this.#acknowledgeMs = Math.min(limits.retryIntervalMs, limits.intervalMs);
    this.#flaps = new FlapFilter(limits.retryIntervalMs);
    this.#wheel = new TimerWheel({ nowMs, spanMs: 2 * limits.intervalMs });
  }

  /** Watches an agent from now on; what it was silent before the start does not count. */
  watch(agent: KnownAgent): number {
    const { clock } = this.#deps;
    const slot = this.slots.add({
      ...agent,
      sinceMs: clock.fromWall(agent.sinceMs),
      heardAtMs: agent.heardAtMs === undefined ? NEVER : clock.fromWall(agent.heardAtMs),
    });
    if (agent.held !== undefined) {
      const atMs = clock.monotonic();
      this.#flaps.hold({ slot, current: agent.state, atMs, ...agent.held });
    }
    if (isWatched(agent.state)) {
      this.#wheel.put(slot, this.#aliveAtMs(slot) + this.#limits.intervalMs);
    }
    return slot;
  }

  /**
   * Another manager knows better how an agent stands.
   *
   * @param isOurs whether it is watched here from now on; what it was silent before does not count
   */
  adopt(agent: KnownAgent, isOurs: boolean): void {
    const slot = this.slots.find(agent.id) ?? (isOurs ? this.watch(agent) : undefined);
    if (slot === undefined) return;
    const nowMs = this.#deps.clock.monotonic();
    this.#flaps.forget(slot);
    this.#wheel.remove(slot);
    this.slots.setState(slot, agent.state, this.#deps.clock.fromWall(agent.sinceMs, nowMs));
    this.slots.setAddress(slot, agent.address);
    if (!isOurs) return;
    this.slots.countFrom(slot, nowMs);
    if (isWatched(agent.state)) this.#wheel.put(slot, nowMs + this.#limits.intervalMs);
  }

  /** All silence counts from now on only: what came before could not be heard. */
  startAnew(): void {
    this.#startedAtMs = this.#deps.clock.monotonic();
  }

  /**
   * A sign of life.
   *
   * @param address where it came from; `undefined` when that is not known
   * @returns where the one before came from; `undefined` for an agent that is not known
   */
  heard(agentId: string, sign: SignOfLife, address: string | undefined): string | undefined {
    const slot = this.#slotOf(agentId);
    if (slot === undefined) return undefined;
    const before = this.slots.address(slot);
    this.#hear(slot, sign, address);
    return before;
  }

  #hear(slot: number, sign: SignOfLife, address: string | undefined): void {
    const nowMs = this.#deps.clock.monotonic();
    const state = this.slots.state(slot);
    // Requests that were under way when it said that it stops do not bring it back.
    if (state === "stopped" && sign === "request" && this.#isLeftOver(slot, nowMs)) return;
    if (address !== undefined) this.slots.setAddress(slot, address);
    if (state !== "active") this.#revive(slot, state, sign);
    this.slots.setHeard(slot, nowMs);
    // Put anew at each sign of life: whoever speaks is never looked at.
    this.#wheel.put(slot, nowMs + this.#limits.intervalMs);
  }

  /** An agent says that it shuts down. */
  stopped(agentId: string): void {
    const slot = this.#slotOf(agentId);
    if (slot === undefined || this.slots.state(slot) === "stopped") return;
    this.#wheel.remove(slot);
    this.#become(slot, "stopped", "agent_shutdown");
  }

  /** Several machines use the id of an agent. */
  cloned(agentId: string, signals: readonly CloneSignal[]): void {
    const slot = this.#slotOf(agentId);
    if (slot === undefined) return;
    log.warn(
      "The id {id} is used by several machines at once ({signals}); register all but one of them anew",
      { id: agentId, signals: signals.join(", ") },
    );
    this.#deps.onChange(slot);
    this.#announce(slot, this.slots.state(slot), { reason: "cloned_identity", signals });
  }

  /** One machine uses it again. */
  mended(agentId: string): void {
    const slot = this.#slotOf(agentId);
    if (slot === undefined) return;
    log.info("The id {id} is used by one machine again", { id: agentId });
    this.#deps.onChange(slot);
    this.#announce(slot, this.slots.state(slot), { reason: "clone_mended" });
  }

  /** An agent was removed: it is not watched any more. */
  forget(agentId: string): void {
    const slot = this.slots.find(agentId);
    if (slot === undefined) return;
    this.#wheel.remove(slot);
    this.#flaps.forget(slot);
    this.slots.forget(slot);
  }

  /**
   * Sends the keep-alives that are due and finds who is lost, for `limit` agents at most. Returns
   * after how many milliseconds more may be due: 0 when there is more already.
   */
  checkSilent(limit: number): number {
    const nowMs = this.#deps.clock.monotonic();
    for (let count = 0; count < limit; count++) {
      const slot = this.#wheel.takeDue(nowMs);
      if (slot === undefined) return this.#untilNext(nowMs, this.#wheel.nextDueMs());
      this.#check(slot, nowMs);
    }
    return 0;
  }

  /** Announces agents that flap and are due, `limit` at most. Returns what {@linkcode checkSilent} does. */
  tellFlapping(limit: number): number {
    const nowMs = this.#deps.clock.monotonic();
    for (let count = 0; count < limit; count++) {
      const flapping = this.#flaps.takeDue(nowMs);
      if (flapping === undefined) return this.#untilNext(nowMs, this.#flaps.nextDueMs());
      this.#announceFlapping(flapping);
    }
    return 0;
  }

  /** Announces all agents that flap, though they are not due. */
  tellAllFlapping(): void {
    for (;;) {
      const flapping = this.#flaps.takeDue(Infinity);
      if (flapping === undefined) return;
      this.#announceFlapping(flapping);
    }
  }

  /** What is held back of the agent in `slot`. */
  held(slot: number): HeldBack | undefined {
    const flapping = this.#flaps.held(slot);
    return flapping && { announced: flapping.announced, changes: flapping.changes };
  }

  /** An agent that is met later is due later, so nobody has to be woken for it. */
  #untilNext(nowMs: number, dueMs = Infinity): number {
    return Math.max(0, Math.min(dueMs - nowMs, this.#limits.intervalMs));
  }

  #check(slot: number, nowMs: number): void {
    const { slots } = this;
    const { intervalMs, timeoutMs, maxMissed } = this.#limits;
    // Noted before the next is sent, or a slow check would forget the one before.
    if (slots.isAwaited(slot) && nowMs >= slots.keepAliveAtMs(slot) + this.#acknowledgeMs) {
      slots.addMissed(slot);
    }
    const aliveAtMs = this.#aliveAtMs(slot);
    const dueMs = Math.max(aliveAtMs, slots.keepAliveAtMs(slot)) + intervalMs;
    if (nowMs >= dueMs) this.#sendKeepAlive(slot, dueMs);
    if (nowMs >= aliveAtMs + timeoutMs) this.#become(slot, "disconnected", "keepalive_timeout");
    else if (slots.missed(slot) >= maxMissed) this.#become(slot, "disconnected", "max_missed");
    else this.#wheel.put(slot, Math.min(aliveAtMs + timeoutMs, this.#nextCheckMs(slot)));
  }

  #nextCheckMs(slot: number): number {
    const lastMs = Math.max(this.#aliveAtMs(slot), this.slots.keepAliveAtMs(slot));
    const waitMs = this.slots.isAwaited(slot) ? this.#acknowledgeMs : this.#limits.intervalMs;
    return lastMs + waitMs;
  }

  #sendKeepAlive(slot: number, dueMs: number): void {
    const { clock, onFinding, answerPoll } = this.#deps;
    // When it was due, not now: a manager that lags must not stretch the intervals.
    this.slots.setKeepAlive(slot, dueMs);
    // Without an open poll nothing can reach it: as good as unanswered.
    if (!answerPoll(this.slots.id(slot))) return this.slots.addMissed(slot);
    this.slots.setAwaited(slot);
    onFinding({
      kind: "keep_alive_sent",
      ...this.#whoIs(slot),
      atMs: clock.now(),
      intervalMs: this.#limits.intervalMs,
    });
  }

  /** From when on silence counts. */
  #aliveAtMs(slot: number): number {
    const { slots } = this;
    return Math.max(slots.heardAtMs(slot), slots.countedFromMs(slot), this.#startedAtMs);
  }

  #isLeftOver(slot: number, nowMs: number): boolean {
    return nowMs - this.slots.sinceMs(slot) < STOP_TAKES_MS;
  }

  #revive(slot: number, state: AgentState, sign: SignOfLife): void {
    if (state === "never_connected") {
      this.#become(slot, sign === "login" ? "pending" : "active", "first_contact");
    } else if (state !== "pending") this.#become(slot, "active", "reconnected");
    // A log-in alone shows that the key is right, not that the agent works.
    else if (sign !== "login") this.#become(slot, "active", "first_contact");
  }

  #become(slot: number, current: AgentState, reason: StatusChangeReason): void {
    const { slots } = this;
    const previous = slots.state(slot);
    const atMs = this.#deps.clock.monotonic();
    // Asked with the old state still in its slot.
    const passes = this.#flaps.passes({
      slot,
      before: slots.stateBefore(slot),
      previous,
      current,
      sinceMs: slots.sinceMs(slot),
      atMs,
    });
    slots.setState(slot, current, atMs);
    this.#deps.onChange(slot);
    log.info("Agent {id} is {state}: {reason}", { id: slots.id(slot), state: current, reason });
    if (passes) this.#announce(slot, previous, { reason });
  }

  #announceFlapping({ slot, announced, changes }: Flapping): void {
    this.#deps.onChange(slot);
    this.#announce(slot, announced, { reason: "flapping", changes });
  }

  #announce(
    slot: number,
    previous: AgentState,
    why: Pick<StatusChange, "reason" | "changes" | "signals">,
  ): void {
    const { clock, onFinding, groupsOf } = this.#deps;
    onFinding({
      kind: "status_changed",
      ...this.#whoIs(slot),
      groups: groupsOf(this.slots.id(slot)),
      previous,
      current: this.slots.state(slot),
      atMs: clock.toWall(this.slots.sinceMs(slot)),
      missedKeepAlives: this.slots.missed(slot),
      ...why,
    });
  }

  #whoIs(slot: number) {
    return {
      agentId: this.slots.id(slot),
      agentName: this.slots.name(slot),
      ipAddress: this.slots.address(slot),
    };
  }

  #slotOf(agentId: string): number | undefined {
    const slot = this.slots.find(agentId);
    if (slot !== undefined) return slot;
    const agent = this.#deps.findAgent(agentId);
    // Agents are met when they first speak: a start does not read a million of them.
    return agent && this.watch(agent);
  }
}

/** True for states that silence ends. */
function isWatched(state: AgentState): boolean {
  return state === "active" || state === "pending";
}
