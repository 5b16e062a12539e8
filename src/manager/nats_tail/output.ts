/**
 * One line for each message, for people or for programs.
 *
 * @module
 */

import * as z from "zod";
import type { Verdict } from "./message_checker.ts";
import type { Range } from "./replay_guard.ts";

const STATES = ["active", "disconnected", "pending", "never connected"];
const MAX_LINE_CHARACTERS = 2_000;
/** Controls, formats (among them those of bidirectional text), separators, halves of characters. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** What is printed of a keep-alive. */
const KEEPALIVE = z.object({
  event: z.object({ agent_id: z.string(), agent_name: z.string(), ip_address: z.string() }),
});
const STATE_NUMBER = z.int().min(0).max(STATES.length - 1);
/** What is printed of a change of state. */
const STATUS_CHANGE = z.object({
  status_change: z.object({
    agent_id: z.string(),
    agent_name: z.string(),
    previous_status: STATE_NUMBER,
    current_status: STATE_NUMBER,
    reason: z.string(),
    missed_keepalives: z.number(),
    alert_level: z.number(),
  }),
});

/** What is printed. */
type ToldVerdict = Exclude<Verdict, { result: "known" }>;

/** The line of a message for people, and before it one about the messages missing before it. */
export function textLines(verdict: ToldVerdict): string[] {
  if (verdict.result === "refused") {
    return [printable(`REFUSED ${verdict.subject}: ${verdict.reason}`)];
  }
  const { identity: { node, sequence, timestamp, subject }, result, document, missing } = verdict;
  const gap = missing === undefined ? [] : [gapLine(node, missing)];
  const mark = result === "verified" ? "" : " unverified";
  const time = timeText(timestamp);
  return [
    ...gap,
    `${time} ${node} #${sequence}${mark} ${summary(subject, document)}`,
  ].map(printable);
}

/** The line of a message for programs. */
export function jsonLine(verdict: ToldVerdict): string {
  if (verdict.result === "refused") return JSON.stringify(verdict);
  const { identity, result, document = null, missing } = verdict;
  return JSON.stringify({ result, ...identity, missing: missing ?? null, document });
}

function gapLine(node: string, { from, to }: Range): string {
  const count = to - from + 1;
  return count === 1
    ? `MISSING from ${node}: message #${from}`
    : `MISSING from ${node}: ${count} messages, #${from} to #${to}`;
}

function summary(subject: string, document: unknown): string {
  if (document === undefined) return `${subject} (encrypted)`;
  const keepalive = KEEPALIVE.safeParse(document).data;
  if (keepalive !== undefined) {
    const { agent_name, agent_id, ip_address } = keepalive.event;
    return `keep-alive sent to ${agent_name} (${agent_id}) at ${ip_address}`;
  }
  const change = STATUS_CHANGE.safeParse(document).data?.status_change;
  if (change !== undefined) {
    const kind = subject.endsWith(".alerts.agent_disconnected") ? "ALERT " : "";
    return `${kind}${change.agent_name} (${change.agent_id}) ` +
      `${STATES[change.previous_status]} -> ${STATES[change.current_status]}: ${change.reason}, ` +
      `${change.missed_keepalives} missed, level ${change.alert_level}`;
  }
  return `${subject} unknown document: ${JSON.stringify(document)}`;
}

function timeText(ms: number): string {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? `${ms} ms` : time.toISOString();
}

/**
 * What comes from outside must not end a line, nor command the terminal, nor change the order of
 * what is read (as characters of bidirectional text do), nor fill the screen.
 */
function printable(text: string): string {
  const characters = [...text.slice(0, 2 * MAX_LINE_CHARACTERS)];
  const cut = characters.length > MAX_LINE_CHARACTERS || text.length > 2 * MAX_LINE_CHARACTERS;
  const shown = characters.slice(0, MAX_LINE_CHARACTERS).join("");
  return shown.replace(UNPRINTABLE, escaped) + (cut ? ` … (${text.length} characters)` : "");
}

function escaped(character: string): string {
  const units = character.split("");
  return units.map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
}
