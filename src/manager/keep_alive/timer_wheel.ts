/**
 * Which of a million things is due next, without looking at the others.
 *
 * A ring of buckets, one for each tick of time; a thing lies in the bucket of the tick at which it
 * is due. The buckets are linked lists in two arrays of numbers, so putting a thing anywhere else is
 * a few writes, and what is not due is never touched. (Varghese and Lauck, "Hashed and Hierarchical
 * Timing Wheels", scheme 4.)
 *
 * Things are small whole numbers, at best without gaps: they are indexes.
 *
 * @module
 */

const BUCKETS = 512;
const NOTHING = -1;
const FIRST_CAPACITY = 1_024;

/** What a {@linkcode TimerWheel} is built with. */
interface TimerWheelOptions {
  /**
   * The longest time from the last {@linkcode TimerWheel.takeDue} to when a thing is due, in
   * milliseconds. What is put in for later comes out early.
   */
  spanMs: number;
  /** Times before this one are past. */
  nowMs: number;
}

/** A ring of buckets. A thing comes out up to one {@linkcode TimerWheel.tickMs} late. */
export class TimerWheel {
  /** How exact it is, in milliseconds. */
  readonly tickMs: number;
  /** The tick whose bucket is being emptied. */
  #tick: number;
  /** Indexes of lists first, each its own neighbour while it is empty; then one for each thing. */
  #next = new Int32Array(BUCKETS + FIRST_CAPACITY);
  #previous = new Int32Array(BUCKETS + FIRST_CAPACITY);
  /** The bucket of each thing. */
  #bucket = new Int16Array(FIRST_CAPACITY).fill(NOTHING);

  constructor({ spanMs, nowMs }: TimerWheelOptions) {
    // Two ticks to spare: the one being emptied, and the one that rounding up adds.
    this.tickMs = Math.max(1, Math.ceil(spanMs / (BUCKETS - 2)));
    this.#tick = Math.floor(nowMs / this.tickMs);
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      this.#next[bucket] = bucket;
      this.#previous[bucket] = bucket;
    }
  }

  /** Has `thing` come out at `dueMs`, and no longer at the time it was put in for before. */
  put(thing: number, dueMs: number): void {
    if (thing >= this.#bucket.length) this.#grow(thing);
    const wanted = Math.ceil(dueMs / this.tickMs);
    // Never the tick that is being emptied: takeDue() would go round on what is put in meanwhile.
    const tick = Math.min(Math.max(wanted, this.#tick + 1), this.#tick + BUCKETS - 1);
    const bucket = tick % BUCKETS;
    // Most signs of life fall into the bucket that the agent is in already.
    if (this.#bucket[thing] === bucket) return;
    this.remove(thing);
    this.#bucket[thing] = bucket;
    this.#link(BUCKETS + thing, bucket);
  }

  /** Takes `thing` out, if it is in. */
  remove(thing: number): void {
    if ((this.#bucket[thing] ?? NOTHING) === NOTHING) return;
    this.#bucket[thing] = NOTHING;
    const next = this.#at(this.#next, BUCKETS + thing);
    const previous = this.#at(this.#previous, BUCKETS + thing);
    this.#next[previous] = next;
    this.#previous[next] = previous;
  }

  /** Takes out something that is due; `undefined` when nothing is. */
  takeDue(nowMs: number): number | undefined {
    const lastTick = Math.floor(nowMs / this.tickMs);
    for (;;) {
      const thing = this.#at(this.#next, this.#tick % BUCKETS) - BUCKETS;
      if (thing >= 0) {
        this.remove(thing);
        return thing;
      }
      if (this.#tick >= lastTick) return undefined;
      this.#tick++;
    }
  }

  /** When the next thing comes out; `undefined` when nothing is in. */
  nextDueMs(): number | undefined {
    for (let tick = this.#tick; tick < this.#tick + BUCKETS; tick++) {
      const bucket = tick % BUCKETS;
      if (this.#next[bucket] !== bucket) return tick * this.tickMs;
    }
    return undefined;
  }

  #link(index: number, bucket: number): void {
    // At the end, so that a bucket empties in the order in which it filled.
    const last = this.#at(this.#previous, bucket);
    this.#next[last] = index;
    this.#previous[index] = last;
    this.#next[index] = bucket;
    this.#previous[bucket] = index;
  }

  #at(links: Int32Array, index: number): number {
    return links[index] ?? NOTHING;
  }

  #grow(thing: number): void {
    const capacity = Math.max(2 * this.#bucket.length, thing + 1);
    this.#next = grown(this.#next, BUCKETS + capacity);
    this.#previous = grown(this.#previous, BUCKETS + capacity);
    const bucket = new Int16Array(capacity).fill(NOTHING);
    bucket.set(this.#bucket);
    this.#bucket = bucket;
  }
}

function grown(from: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const to = new Int32Array(length);
  to.set(from);
  return to;
}
