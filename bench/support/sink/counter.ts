/**
 * What a sink counts in the bodies that it takes.
 *
 * @module
 */

const NEWLINE = 0x0a;

/** Counts what is in bodies. */
export interface Counter {
  /** Counts the body of one request. */
  take(body: Uint8Array): void;
  /** What has come. One that counts numbered lines waits until `lines` different ones have. */
  tally(lines: number): object | Promise<object>;
}

const AMOUNTS = { bytes: (body: Uint8Array) => body.length, events: eventsIn };

/** What can be added up. */
export type Unit = keyof typeof AMOUNTS;

/** Answer of a sink that adds up. */
export interface Sum {
  count: number;
}

/** Adds up how much of `unit` has come. */
export function counterOf(unit: Unit): Counter {
  const amountIn = AMOUNTS[unit];
  const sum: Sum = { count: 0 };
  return {
    take(body) {
      sum.count += amountIn(body);
    },
    tally: () => sum,
  };
}

/** A body is the agent's line and two lines for each event, with newlines between them. */
function eventsIn(body: Uint8Array): number {
  let newlines = 0;
  for (let at = body.indexOf(NEWLINE); at !== -1; at = body.indexOf(NEWLINE, at + 1)) newlines++;
  return newlines / 2;
}
