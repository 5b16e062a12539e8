/**
 * What the monitor remembers of each agent: one row of numbers in typed arrays and three texts,
 * found by the agent's id. A million agents take some 300 MB.
 *
 * @module
 */

import { AGENT_STATES, type AgentState } from "./announcement.ts";

const FIRST_CAPACITY = 1_024;
const MOST_MISSED = 65_535;

/** Never heard of; any time is later. */
export const NEVER = -Infinity;

/** What a slot begins with. Times are of the monotonic clock, in milliseconds. */
interface NewSlot {
  id: string;
  name: string;
  address: string;
  state: AgentState;
  sinceMs: number;
  heardAtMs: number;
}

/** The rows. A slot is the index of one; it never changes and is never used for another agent. */
export class AgentSlots {
  readonly #slots = new Map<string, number>();
  readonly #ids: string[] = [];
  readonly #names: string[] = [];
  readonly #addresses: string[] = [];
  #state = new Uint8Array(FIRST_CAPACITY);
  #before = new Uint8Array(FIRST_CAPACITY);
  #missed = new Uint16Array(FIRST_CAPACITY);
  #awaited = new Uint8Array(FIRST_CAPACITY);
  #since = new Float64Array(FIRST_CAPACITY);
  #heardAt = new Float64Array(FIRST_CAPACITY);
  #keepAliveAt = new Float64Array(FIRST_CAPACITY);
  #countedFrom = new Float64Array(FIRST_CAPACITY);

  /** Number of agents. */
  get size(): number {
    return this.#ids.length;
  }

  /** The slot of an agent. */
  find(id: string): number | undefined {
    return this.#slots.get(id);
  }

  /** Makes a slot. */
  add({ id, name, address, state, sinceMs, heardAtMs }: NewSlot): number {
    const slot = this.#ids.length;
    if (slot >= this.#state.length) this.#grow();
    this.#slots.set(id, slot);
    this.#ids.push(id);
    this.#names.push(name);
    this.#addresses.push(address);
    this.#state[slot] = AGENT_STATES.indexOf(state);
    this.#before[slot] = AGENT_STATES.indexOf(state);
    this.#since[slot] = sinceMs;
    this.#heardAt[slot] = heardAtMs;
    this.#keepAliveAt[slot] = NEVER;
    this.#countedFrom[slot] = NEVER;
    return slot;
  }

  /** The agent is no more; if one with its id comes again, it gets another slot. */
  forget(slot: number): void {
    this.#slots.delete(this.id(slot));
  }

  id(slot: number): string {
    return this.#ids[slot] ?? "";
  }

  name(slot: number): string {
    return this.#names[slot] ?? "";
  }

  /** Where it was heard from last, or says it is; may be empty. */
  address(slot: number): string {
    return this.#addresses[slot] ?? "";
  }

  setAddress(slot: number, address: string): void {
    // The text that is there already is kept: a million equal ones would each take memory.
    if (this.#addresses[slot] !== address) this.#addresses[slot] = address;
  }

  state(slot: number): AgentState {
    return AGENT_STATES[this.#state[slot] ?? 0] ?? "active";
  }

  /** The state before this one. */
  stateBefore(slot: number): AgentState {
    return AGENT_STATES[this.#before[slot] ?? 0] ?? "active";
  }

  /** Since when it has its state. */
  sinceMs(slot: number): number {
    return this.#since[slot] ?? NEVER;
  }

  setState(slot: number, state: AgentState, sinceMs: number): void {
    this.#before[slot] = this.#state[slot] ?? 0;
    this.#state[slot] = AGENT_STATES.indexOf(state);
    this.#since[slot] = sinceMs;
  }

  /** The last sign of life. */
  heardAtMs(slot: number): number {
    return this.#heardAt[slot] ?? NEVER;
  }

  /** A sign of life: what was missed before it counts no longer. */
  setHeard(slot: number, atMs: number): void {
    this.#heardAt[slot] = atMs;
    this.#missed[slot] = 0;
    this.#awaited[slot] = 0;
  }

  /** Before this time silence does not count: it is not known. */
  countedFromMs(slot: number): number {
    return this.#countedFrom[slot] ?? NEVER;
  }

  countFrom(slot: number, atMs: number): void {
    this.#countedFrom[slot] = atMs;
    this.#missed[slot] = 0;
    this.#awaited[slot] = 0;
  }

  /** Keep-alives missed in a row. */
  missed(slot: number): number {
    return this.#missed[slot] ?? 0;
  }

  /** One more keep-alive was missed; none is awaited any more. */
  addMissed(slot: number): void {
    this.#missed[slot] = Math.min(this.missed(slot) + 1, MOST_MISSED);
    this.#awaited[slot] = 0;
  }

  /** When the last keep-alive was due. */
  keepAliveAtMs(slot: number): number {
    return this.#keepAliveAt[slot] ?? NEVER;
  }

  setKeepAlive(slot: number, dueMs: number): void {
    this.#keepAliveAt[slot] = dueMs;
  }

  /** True while a keep-alive that was sent is not acknowledged. */
  isAwaited(slot: number): boolean {
    return this.#awaited[slot] === 1;
  }

  setAwaited(slot: number): void {
    this.#awaited[slot] = 1;
  }

  #grow(): void {
    const capacity = 2 * this.#state.length;
    const copied = <Numbers extends Uint8Array | Uint16Array | Float64Array>(
      from: Numbers,
      to: Numbers,
    ): Numbers => {
      to.set(from);
      return to;
    };
    this.#state = copied(this.#state, new Uint8Array(capacity));
    this.#before = copied(this.#before, new Uint8Array(capacity));
    this.#missed = copied(this.#missed, new Uint16Array(capacity));
    this.#awaited = copied(this.#awaited, new Uint8Array(capacity));
    this.#since = copied(this.#since, new Float64Array(capacity));
    this.#heardAt = copied(this.#heardAt, new Float64Array(capacity));
    this.#keepAliveAt = copied(this.#keepAliveAt, new Float64Array(capacity));
    this.#countedFrom = copied(this.#countedFrom, new Float64Array(capacity));
  }
}
