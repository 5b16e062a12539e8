/**
 * "Did you mean": the known name that is nearest to what was written.
 *
 * @module
 */

/**
 * The candidate nearest to `word`, or `undefined` when none is near enough to be meant. One that goes on with `_` behind the
 * word is meant before one that is spelled like it: `include` is `include_lines`, and not `exclude`.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const known = [...candidates];
  const longer = known.filter((candidate) => candidate.startsWith(`${word}_`));
  if (longer.length === 1 && word.length > 2) return longer[0];
  let best: string | undefined;
  let limit = 1 + Math.floor(word.length / 5);
  for (const candidate of known) {
    const distance = editDistance(word, candidate, limit);
    if (distance > limit) continue;
    best = candidate;
    limit = distance - 1;
  }
  return best;
}

/**
 * Insertions, deletions, replacements and swaps of neighbours between two words, or more than
 * `limit`.
 */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  const rows = [[...Array(b.length + 1).keys()]];
  const at = (i: number, j: number) => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      rows[i]?.push(Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (same ? 0 : 1),
        swapped ? at(i - 2, j - 2) + 1 : Infinity,
      ));
    }
  }
  return at(a.length, b.length);
}
