/**
 * Which messages of a node have been seen, in little memory: the highest sequence number, and the
 * numbers below it that are missing.
 *
 * @module
 */

const MAX_NODES = 1_000;
const MAX_MISSING_RANGES = 1_000;

/** Sequence numbers, both ends included. */
export interface Range {
  from: number;
  to: number;
}

/** What a number says. */
type Sighting =
  | { kind: "next" }
  /** Seen for the first time, after higher ones. */
  | { kind: "late" }
  /** The numbers between the last one and this one are missing. */
  | { kind: "gap"; missing: Range }
  | { kind: "repeated" };

interface Node {
  highest: number;
  /** Oldest first. What is no longer remembered counts as seen. */
  missing: Range[];
}

/** Remembers the numbers of each node; with more than 1,000 the one not heard of for longest goes. */
export class ReplayGuard {
  readonly #nodes = new Map<string, Node>();

  /** Notes a number, and says what is to be said about it. The first one of a node is fine. */
  see(name: string, sequence: number): Sighting {
    const node = this.#touch(name, sequence);
    if (sequence > node.highest) return advance(node, sequence);
    const index = node.missing.findIndex(({ from, to }) => from <= sequence && sequence <= to);
    const range = node.missing[index];
    if (range === undefined) return { kind: "repeated" };
    node.missing.splice(index, 1, ...without(range, sequence));
    return { kind: "late" };
  }

  #touch(name: string, sequence: number): Node {
    const node = this.#nodes.get(name) ?? { highest: sequence - 1, missing: [] };
    this.#nodes.delete(name);
    this.#nodes.set(name, node);
    const oldest = this.#nodes.keys().next().value;
    if (oldest !== undefined && this.#nodes.size > MAX_NODES) this.#nodes.delete(oldest);
    return node;
  }
}

function advance(node: Node, sequence: number): Sighting {
  const missing = { from: node.highest + 1, to: sequence - 1 };
  node.highest = sequence;
  if (missing.from > missing.to) return { kind: "next" };
  node.missing.push(missing);
  if (node.missing.length > MAX_MISSING_RANGES) node.missing.shift();
  return { kind: "gap", missing };
}

function without({ from, to }: Range, sequence: number): Range[] {
  return [{ from, to: sequence - 1 }, { from: sequence + 1, to }]
    .filter((range) => range.from <= range.to);
}
