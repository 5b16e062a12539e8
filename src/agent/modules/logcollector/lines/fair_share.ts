/**
 * Reading a long file without holding everybody else up.
 *
 * @module
 */

import { setImmediate } from "node:timers/promises";

/** Files that are looked into between two turns of the event loop, however little each has. */
export const FILES_A_TURN = 32;

const BYTES_A_TURN = 16 * 1024;

/**
 * Gives the event loop a turn for each 16 KiB read. One turn is not enough: the loop looks at sockets only once in several while
 * there is work. Measured with a file that is read at full speed: without this, requests and the local API were answered 42 ms late
 * (99 of 100) and 200 MB piled up; with it 17 ms, for 5 % of the processor time.
 */
export async function letOthersRun(bytesRead: number): Promise<void> {
  for (let turn = 0; turn < Math.floor(bytesRead / BYTES_A_TURN); turn++) await setImmediate();
}
