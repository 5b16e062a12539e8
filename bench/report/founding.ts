/**
 * The founding figures: what a first prototype of this agent reached, in milliseconds.
 *
 * @module
 */

/** How they came about, to be said wherever they are shown. */
export const FOUNDING_NOTE = "C++ prototype, a thread pool on 32 hardware threads";

type ByRow = Readonly<Record<string, number>>;

/** Milliseconds by table and row. */
export const FOUNDING_MS: Readonly<Record<string, ByRow>> = {
  batch_size: { 1: 2_572, 10: 1_068, 100: 830, 1_000: 856 },
  event_count: { 1: 2.66, 10: 10.5, 100: 84.7, 1_000: 746 },
  payload_size: { 1: 288, 10: 283, 100: 260, 1_000: 682, 10_000: 694, 100_000: 1_432 },
  memory_batch_size: {
    10: 47.4,
    100: 17.0,
    1_000: 14.2,
    10_000: 13.7,
    100_000: 15.3,
    200_000: 18.2,
  },
  memory_event_count: { 10_000: 1.27, 100_000: 9.01, 1_000_000: 88.3 },
  inserts: { 10_000: 26, 100_000: 143 },
};
