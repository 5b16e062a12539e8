/**
 * Finds the targets, and says how many cases each gets.
 *
 * @module
 */

import type { FuzzTarget } from "./target.ts";

const FOLDER = new URL("../targets/", import.meta.url);

/** The names of all targets, in order: those of their files. */
export function targetNames(): string[] {
  return [...Deno.readDirSync(FOLDER)]
    .flatMap(({ name }) => name.endsWith(".ts") ? [name.slice(0, -3)] : [])
    .sort();
}

/** Loads a target by its name. */
export async function loadTarget(name: string): Promise<FuzzTarget> {
  const { target } = await import(new URL(`${name}.ts`, FOLDER).href);
  return target;
}

/** A target and its cases. */
export interface Share {
  name: string;
  cases: number;
}

/** Divides `cases` among targets by their weights; each gets one at least. */
export async function shareOut(names: readonly string[], cases: number): Promise<Share[]> {
  const weights = await Promise.all(names.map(async (name) => (await loadTarget(name)).weight));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return names.map((name, index) => ({
    name,
    cases: Math.max(1, Math.round(cases * (weights[index] ?? 0) / total)),
  }));
}
