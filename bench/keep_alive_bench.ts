/**
 * What it costs to watch 1,000,000 agents, each with a sign of life a minute, 1 % of them lost at
 * any time: a sign is to be recorded in less than 2 µs, all of them are to fit into 1 GB, and a
 * second of watching is to cost what is due in it, not what is watched. Beside it the same by
 * walking a list of all agents every 30 s.
 *
 *     deno task bench:keep-alive
 *
 * Time is simulated. An agent that is lost is silent for four minutes: it is sent keep-alives, misses
 * them, is called lost, and comes back while others fall silent. One round is one second of those
 * four minutes, so the averages are what counts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { KeepAliveMonitor } from "../src/manager/keep_alive/keep_alive_monitor.ts";
import { monitorClock } from "../src/manager/keep_alive/monitor_clock.ts";

const SECOND_MS = 1_000;
const MINUTE_S = 60;
const TIMEOUT_MS = 180 * SECOND_MS;
const SILENT_FOR_S = 240;
const WALK_EVERY_S = 30;
const PORTION = 5_000;
const MOST_RESIDENT_BYTES = 1e9;
const MOST_MS_A_SIGN = 0.002;

const LIMITS = {
  intervalMs: MINUTE_S * SECOND_MS,
  timeoutMs: TIMEOUT_MS,
  maxMissed: 3,
  retryIntervalMs: 30 * SECOND_MS,
};

/** Something that watches agents. */
interface Watcher {
  /** A sign of life of the agent with this number. */
  heard(agent: number): void;
  /** Does what is to be done in this second. */
  work(second: number): void;
  /** How often an agent has been called lost. */
  readonly lost: number;
}

/** Time and agents, all simulated. */
class Fleet {
  second = 0;
  readonly ids: readonly string[];
  readonly #lostEvery: number;

  constructor(readonly size: number, { lostEvery }: { lostEvery: number }) {
    this.#lostEvery = lostEvery;
    this.ids = Array.from(
      { length: size },
      (_, agent) => `01a1fbd6-506d-73a6-bc20-${String(agent).padStart(12, "0")}`,
    );
  }

  get nowMs(): number {
    return this.second * SECOND_MS;
  }

  /** Every agent gives a sign of life in the next minute. */
  begin(watcher: Watcher): void {
    for (let second = 0; second < MINUTE_S; second++) {
      this.second++;
      for (let agent = second; agent < this.size; agent += MINUTE_S) watcher.heard(agent);
    }
  }

  /** The signs of life of the next second. Returns how many there were. */
  goOn(watcher: Watcher): number {
    this.second++;
    let signs = 0;
    const silent = Math.floor(this.second / SILENT_FOR_S) % this.#lostEvery;
    for (let agent = (this.second - 1) % MINUTE_S; agent < this.size; agent += MINUTE_S) {
      if (Math.floor(agent / MINUTE_S) % this.#lostEvery === silent) continue;
      watcher.heard(agent);
      signs++;
    }
    return signs;
  }
}

/** The monitor itself. */
class Monitored implements Watcher {
  lost = 0;
  readonly #fleet: Fleet;
  readonly #monitor: KeepAliveMonitor;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
    this.#monitor = new KeepAliveMonitor(LIMITS, {
      clock: monitorClock({
        now: () => fleet.nowMs,
        monotonic: () => fleet.nowMs,
        sleep: () => Promise.resolve(),
      }),
      findAgent: (id) => ({
        id,
        name: `agent ${id}`,
        address: "192.0.2.7",
        state: "active",
        sinceMs: 0,
        heardAtMs: undefined,
        held: undefined,
      }),
      groupsOf: () => [],
      answerPoll: () => false,
      onFinding: (finding) => {
        if (finding.kind !== "status_changed") return;
        if (finding.current === "disconnected") this.lost++;
      },
      onChange: () => {},
    });
  }

  heard(agent: number): void {
    this.#monitor.heard(this.#fleet.ids[agent] ?? "", "request", "192.0.2.7");
  }

  work(): void {
    while (this.#monitor.checkSilent(PORTION) === 0);
  }
}

interface ListedAgent {
  id: string;
  heardAtMs: number;
  isLost: boolean;
}

/** A list that is walked from end to end. */
class Walked implements Watcher {
  lost = 0;
  readonly #fleet: Fleet;
  readonly #agents = new Map<string, ListedAgent>();

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
    for (const id of fleet.ids) this.#agents.set(id, { id, heardAtMs: 0, isLost: false });
  }

  heard(agent: number): void {
    const found = this.#agents.get(this.#fleet.ids[agent] ?? "");
    if (found === undefined) return;
    found.heardAtMs = this.#fleet.nowMs;
    found.isLost = false;
  }

  work(second: number): void {
    if (second % WALK_EVERY_S !== 0) return;
    for (const agent of this.#agents.values()) {
      if (agent.isLost || this.#fleet.nowMs - agent.heardAtMs < TIMEOUT_MS) continue;
      agent.isLost = true;
      this.lost++;
    }
  }
}

/** Watches for four minutes, of which each round takes a second; only the watcher's work counts. */
function benchWatching(
  name: string,
  { size, lostEvery, watcherOf, ...options }: {
    size: number;
    lostEvery: number;
    watcherOf(fleet: Fleet): Watcher;
    group: string;
    baseline?: boolean;
  },
): void {
  let watching: { fleet: Fleet; watcher: Watcher } | undefined;
  Deno.bench(name, { ...options, n: SILENT_FOR_S, warmup: 0 }, (b) => {
    watching ??= begin(new Fleet(size, { lostEvery }), watcherOf);
    const { fleet, watcher } = watching;
    fleet.goOn(watcher);
    b.start();
    watcher.work(fleet.second);
    b.end();
    if (fleet.second < SILENT_FOR_S + MINUTE_S) return;
    // Those whose turn is at the edge of the four minutes are heard of just in time.
    assert.ok(Math.abs(watcher.lost * lostEvery / size - 1) < 0.05, `${watcher.lost} were lost`);
    assert.ok(Deno.memoryUsage().rss < MOST_RESIDENT_BYTES, "more than 1 GB resident");
    watching = undefined;
  });
}

function begin(fleet: Fleet, watcherOf: (fleet: Fleet) => Watcher) {
  const watcher = watcherOf(fleet);
  fleet.begin(watcher);
  return { fleet, watcher };
}

const monitored = (fleet: Fleet) => new Monitored(fleet);
const walked = (fleet: Fleet) => new Walked(fleet);

benchWatching("1,000,000 agents, 10,000 lost: the monitor", {
  group: "a second of watching",
  size: 1_000_000,
  lostEvery: 100,
  watcherOf: monitored,
  baseline: true,
});
benchWatching("1,000,000 agents, 10,000 lost: a list walked every 30 s", {
  group: "a second of watching",
  size: 1_000_000,
  lostEvery: 100,
  watcherOf: walked,
});
benchWatching("100,000 agents, 10,000 lost: the monitor", {
  group: "a second of watching",
  size: 100_000,
  lostEvery: 10,
  watcherOf: monitored,
});
benchWatching("1,000,000 agents, 100,000 lost: the monitor", {
  group: "a second of watching",
  size: 1_000_000,
  lostEvery: 10,
  watcherOf: monitored,
});

/** A second's signs of life; a round takes all of them. */
function benchSigns(name: string, watcherOf: (fleet: Fleet) => Watcher): void {
  let watching: { fleet: Fleet; watcher: Watcher } | undefined;
  let round = 0;
  Deno.bench(name, { group: "16,500 signs of life", n: MINUTE_S, warmup: 0 }, (b) => {
    watching ??= begin(new Fleet(1_000_000, { lostEvery: 100 }), watcherOf);
    const { fleet, watcher } = watching;
    const startMs = performance.now();
    b.start();
    const signs = fleet.goOn(watcher);
    b.end();
    assert.ok(performance.now() - startMs < signs * MOST_MS_A_SIGN, "more than 2 µs a sign");
    watcher.work(fleet.second);
    if (++round === MINUTE_S) watching = undefined;
  });
}

benchSigns("the monitor", monitored);
benchSigns("a list", walked);
