/**
 * What the agent may cost.
 *
 * @module
 */

import { MEGABYTE } from "../report/megabytes.ts";

/** Resident at full load. */
export const MAX_BUSY_BYTES = 150 * MEGABYTE;
/** Resident when idle, */
export const MAX_IDLE_BYTES = 75 * MEGABYTE;
/** and half a minute after a burst. */
export const MAX_AFTER_BURST_BYTES = 95 * MEGABYTE;
/** Share of one processor when idle, in percent. */
export const MAX_IDLE_CPU_PERCENT = 0.3;
/** 99 of 100 turns of the event loop at full load are no later than so many bare commits of a group of events take. */
export const MAX_LOOP_DELAY_COMMITS = 10;
/** From the start of `agent status` to its end, as a multiple of a program that does nothing. */
export const MAX_STATUS_STARTS = { source: 8, compiled: 4 };
/** From the start of the process until the local API answers: with a full queue, as a multiple of an empty one. */
export const MAX_START_RATIO = 2;
/** A long queue may make an append or a delivery slower by this, as measured rounds differ by so much. */
export const MIN_LENGTH_RATIO = 0.8;
/** The database once a long queue is empty again, */
export const MAX_DRAINED_BYTES = 64 * MEGABYTE;
/** within so many times the time that it took to drain. */
export const SHRINKS_WITHIN_DRAINS = 10;
