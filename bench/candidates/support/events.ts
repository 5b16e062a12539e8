/**
 * What the candidates move: ready-to-send events.
 *
 * @module
 */

import { encodeStateless } from "../../../src/shared/protocol/event_encoder.ts";

/** Size of one encoded event. */
export const EVENT_BYTES = 350;

/** Makes `count` encoded events of {@linkcode EVENT_BYTES} each, all different. */
export function makeEvents(count: number): string[] {
  const roomBytes = EVENT_BYTES - encode("").length;
  return Array.from({ length: count }, (_, index) => encode(logLine(index, roomBytes)));
}

/** A numbered line of words and numbers, as compressible as a log. */
export function logLine(number: number, length: number): string {
  let text = `${number} `;
  for (let state = number + 1; text.length < length;) {
    state = state * 48_271 % 0x7fff_ffff;
    text += `${WORDS[state % WORDS.length]} ${state % 100_000} `;
  }
  return text.slice(0, length);
}

const WORDS = ["sshd", "accepted", "session", "opened", "for", "user", "from", "port", "kernel"];

function encode(original: string): string {
  const event = { original, created: "2026-02-19T20:25:46.807Z" };
  return encodeStateless(
    { module: "logcollector", collector: "file" },
    { event, log: { file: { path: "/var/log/syslog" } } },
  );
}
