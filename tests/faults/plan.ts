/**
 * Which faults strike, and in which order: all of it follows from a seed before the first one strikes.
 *
 * @module
 */

import { FAULTS, type Strike, type Struck } from "./faults.ts";
import { pause, within } from "./time_limits.ts";

/** Each kind of fault once. Those of the managers strike beside those of the servers, what needs both after them. */
type Round = readonly Strike[];

const LEAST_PAUSE_MS = 1_000;
const MORE_PAUSE_MS = 2_000;
/** Beside the time that is said of it, a fault takes the mean pause. */
const MEAN_PAUSE_MS = LEAST_PAUSE_MS + MORE_PAUSE_MS / 2;
const ENDS_WITHIN_MS = 180_000;

/** Rounds for so many milliseconds. @throws TypeError when `only` names what is no fault */
export function planOf(
  random: () => number,
  { roomMs, only = [] }: { roomMs: number; only?: readonly string[] },
): Round[] {
  const unknown = only.find((name) => FAULTS[name] === undefined);
  if (unknown !== undefined) {
    throw new TypeError(`There is no fault "${unknown}", only: ${Object.keys(FAULTS).join("; ")}`);
  }
  const names = Object.keys(FAULTS).filter((name) => only.length === 0 || only.includes(name));
  const rounds: Round[] = [];
  for (let leftMs = roomMs;;) {
    const round = fitting(roundOf(random, names), leftMs);
    if (round.length === 0) return rounds;
    rounds.push(round);
    leftMs -= lengthOf(round);
  }
}

/** Strikes one round after the other, but for what would not be over by `untilMs` of the monotonic clock. Returns how often each has struck. */
export async function strikeAll(
  struck: Struck,
  rounds: readonly Round[],
  untilMs: number,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const strike = async (strikes: Round) => {
    for (const chance of strikes) {
      const { name } = chance;
      const fault = FAULTS[name] as (typeof FAULTS)[string];
      await pause(chance.afterMs);
      if (performance.now() + fault.lastsMs > untilMs + MEAN_PAUSE_MS) continue;
      console.log(`${new Date().toISOString()} ${name}`);
      await within(name, ENDS_WITHIN_MS, fault.strike(struck, chance));
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  };
  for (const round of rounds) {
    const of = (side: string) => round.filter(({ name }) => FAULTS[name]?.side === side);
    await Promise.all([strike(of("managers")), strike(of("servers"))]);
    await strike(of("both"));
  }
  return counts;
}

function roundOf(random: () => number, names: readonly string[]): Round {
  return names.map((name) => ({
    name,
    whom: random(),
    length: random(),
    afterMs: LEAST_PAUSE_MS + random() * MORE_PAUSE_MS,
    order: random(),
  })).sort((one, other) => one.order - other.order);
}

/** What of a round has room: as it comes, without what is too long. */
function fitting(round: Round, roomMs: number): Round {
  return round.reduce<Round>((taken, strike) => {
    const more = [...taken, strike];
    return lengthOf(more) <= roomMs ? more : taken;
  }, []);
}

/** About how long a round takes, in milliseconds. */
function lengthOf(round: Round): number {
  const of = (side: string) =>
    round.filter(({ name }) => FAULTS[name]?.side === side)
      .reduce((sum, { name }) => sum + (FAULTS[name]?.lastsMs ?? 0) + MEAN_PAUSE_MS, 0);
  return Math.max(of("managers"), of("servers")) + of("both");
}
