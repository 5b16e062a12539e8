/**
 * What the agent may cost.
 *
 * @module
 */

import { MEGABYTE } from "../report/megabytes.ts";

/** Resident at full load. */
export const MAX_BUSY_BYTES = 150 * MEGABYTE;
/** Resident when idle. */
export const MAX_IDLE_BYTES = 60 * MEGABYTE;
/** Share of one processor when idle, in percent. */
export const MAX_IDLE_CPU_PERCENT = 0.3;
/** 99 of 100 turns of the event loop at full load are no later than this. */
export const MAX_LOOP_DELAY_MS = 20;
/** From the start of `agent status` to its end. */
export const MAX_STATUS_MS = { source: 250, compiled: 120 };
/** From the start of the process until the local API answers, with a full queue more than with an empty one. */
export const MAX_START_MS = 500;
/** A long queue may make an append or a delivery slower by this, as measured rounds differ by so much. */
export const MIN_LENGTH_RATIO = 0.8;
/** The database once a long queue is empty again, */
export const MAX_DRAINED_BYTES = 64 * MEGABYTE;
/** within this time. */
export const SHRINKS_WITHIN_MS = 60_000;
