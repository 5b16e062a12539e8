/**
 * Which agents are in which wave.
 *
 * @module
 */

import { InvalidRequest } from "../invalid_request.ts";

/** An agent that is to be in a wave. */
export interface Candidate {
  id: string;
  /** Whether it is connected. */
  active: boolean;
}

const PERCENT = /^(\d{1,3}(?:\.\d{1,3})?)%$/;

/** The share that a text such as `5%` says, from 0 to 1; `undefined` when it says none. */
export function parseShare(text: string): number | undefined {
  const percent = Number(PERCENT.exec(text)?.[1] ?? NaN);
  return percent <= 100 ? percent / 100 : undefined;
}

/**
 * How many agents each wave adds. `waves` says how many have their turn by the end of each, as a number or a share of all; a wave
 * that would add nobody is none.
 *
 * @throws InvalidRequest when they do not grow
 */
export function waveSizes(waves: readonly (number | string)[], agents: number): number[] {
  const totals = waves.map((wave) => Math.min(agents, totalOf(wave, agents)));
  const sizes = totals.map((total, index) => total - (totals[index - 1] ?? 0));
  const back = sizes.findIndex((size) => size < 0);
  if (back < 0) return sizes.filter((size) => size > 0);
  throw new InvalidRequest(
    `waves[${back}] (${waves[back]}) has fewer agents than the wave before it (${
      waves[back - 1]
    }): each says how many have had their turn by its end`,
  );
}

/**
 * The agents in the order of their turns: those that are connected first, so that the first waves say something, and else drawn, so
 * that a wave has some of each kind.
 *
 * @param random a number in [0, 1)
 */
export function inTurn(agents: readonly Candidate[], random: () => number = Math.random): string[] {
  const { active = [], away = [] } = Object.groupBy(
    shuffled(agents, random),
    (agent) => agent.active ? "active" : "away",
  );
  return [...active, ...away].map(({ id }) => id);
}

function totalOf(wave: number | string, agents: number): number {
  return typeof wave === "number" ? wave : Math.ceil((parseShare(wave) ?? 0) * agents);
}

/** By the method of Fisher and Yates: each order is as likely as any other. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const mixed = [...items];
  for (let left = mixed.length; left > 1;) {
    const drawn = Math.floor(random() * left--);
    [mixed[left], mixed[drawn]] = [mixed[drawn] as T, mixed[left] as T];
  }
  return mixed;
}
