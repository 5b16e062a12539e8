/**
 * The language of `--fault`: how the manager is told to misbehave.
 *
 *     TARGET:ACTION[:PROBABILITY][:OPTION=VALUE…]
 *
 * TARGET is `login`, `stateless`, `stateful`, `events` (both streams), `commands`, `files`,
 * `upgrade`, `download`, `management` (the management API), or `all`. The statistics (`GET /manager/stats`) never fail.
 * PROBABILITY is from 0 to 1, by default 1. ACTION is one of
 *
 * - `400` … `599`: answers with this status and handles nothing;
 *   options `message=TEXT` and `code=N` for the body, `retry-after=SECONDS` for the header;
 * - `latency:DURATION`: waits first, then goes on as usual;
 * - `html`: answers 200 with a web page and handles nothing, as a proxy's maintenance page does;
 * - `hang`: never answers;
 * - `reset`: cuts the connection and handles nothing;
 * - `drop-after-store`: handles the request, and when that went well cuts the connection in place
 *   of the answer;
 * - `drop-after-send`, for `commands` only: writes the orders down as sent and cuts the connection in
 *   place of the answer that carries them; a poll that ends without orders is left alone;
 * - `slow-body[:DURATION]`: sends the body of the answer in ten pieces over this time, by default
 *   2s;
 * - `cut-body`: breaks the body of the answer off in its middle, or with `at=N` after N bytes;
 * - `wrong-bytes`: changes the byte in the middle of the body, or with `at=N` the one at N;
 * - `no-range`: answers with the whole file, whichever part was asked for.
 *
 * The option `times=N` ends a fault after it has struck N times. Examples: `events:503:0.2`,
 * `events:latency:200ms`, `login:401:1`, `events:drop-after-store:0.1`, `commands:reset:0.5`,
 * `events:429:0.1:retry-after=2`, `all:slow-body`,
 * `download:cut-body:at=1000:times=3`.
 *
 * @module
 */

import { parseDuration } from "../src/shared/config/units.ts";

/** What a fault does to a request. */
export type FaultAction =
  | { kind: "status"; status: number; code: number; message: string; retryAfter?: string }
  | { kind: "latency" | "slow-body"; durationMs: number }
  | { kind: "cut-body" | "wrong-bytes"; at?: number }
  | { kind: "no-range" }
  | { kind: "html" | "hang" | "reset" | "drop-after-store" | "drop-after-send" };

const TARGETS = [
  "all",
  "login",
  "events",
  "stateless",
  "stateful",
  "commands",
  "files",
  "upgrade",
  "download",
  "management",
] as const;

/** Which requests a fault is for. */
export type FaultTarget = typeof TARGETS[number];

/** One fault. */
export interface Fault {
  target: FaultTarget;
  action: FaultAction;
  /** From 0 to 1. */
  probability: number;
  /** How often it strikes at most. */
  times: number;
}

const OPTIONS = ["retry-after", "message", "code", "times", "at"];
const DEFAULT_SLOW_BODY = "2s";

/**
 * Reads one `--fault`.
 *
 * @throws RangeError naming the part that is wrong
 */
export function parseFault(text: string): Fault {
  const parts = text.split(":");
  const target = TARGETS.find((name) => name === parts[0]);
  if (target === undefined) throw wrong(text, `target is one of ${TARGETS.join(", ")}`);
  const options = takeOptions(text, parts);
  const words = parts.slice(1).filter((part) => !part.includes("="));
  const action = takeAction(text, words, options);
  if (action.kind === "drop-after-send" && target !== "commands") {
    throw wrong(text, "drop-after-send is for commands only");
  }
  const probability = takeNumber(text, words.shift() ?? "1", "probability", 1);
  if (words.length > 0) throw wrong(text, `"${words[0]}" is too much`);
  const times = takeNumber(text, options.get("times") ?? "Infinity", "times", Infinity);
  return { target, action, probability, times };
}

function takeOptions(text: string, parts: string[]): Map<string, string> {
  const options = new Map<string, string>();
  for (const part of parts.filter((part) => part.includes("="))) {
    const [name = "", ...value] = part.split("=");
    if (!OPTIONS.includes(name)) throw wrong(text, `option is one of ${OPTIONS.join(", ")}`);
    options.set(name, value.join("="));
  }
  return options;
}

/** Takes the words of the action away from the front. */
function takeAction(text: string, words: string[], options: Map<string, string>): FaultAction {
  const kind = words.shift();
  switch (kind) {
    case "html":
    case "hang":
    case "reset":
    case "drop-after-store":
    case "drop-after-send":
      return { kind };
    case "no-range":
      return { kind };
    case "cut-body":
    case "wrong-bytes":
      return { kind, ...takePosition(text, options) };
    case "latency":
      return { kind, durationMs: takeDurationMs(text, words.shift() ?? "") };
    case "slow-body":
      return { kind, durationMs: takeDurationMs(text, takeDuration(words) ?? DEFAULT_SLOW_BODY) };
    default:
      return statusAction(text, Number(kind), options);
  }
}

function takePosition(text: string, options: Map<string, string>): { at?: number } {
  const value = options.get("at");
  return value === undefined ? {} : { at: takeNumber(text, value, "at", Infinity) };
}

function takeDurationMs(text: string, value: string): number {
  const durationMs = parseDuration(value);
  if (durationMs !== undefined) return durationMs;
  throw wrong(text, `"${value}" is not a duration such as 500ms, 30s, 5m or 1h`);
}

function takeDuration(words: string[]): string | undefined {
  return /[a-z]$/.test(words[0] ?? "") ? words.shift() : undefined;
}

function statusAction(text: string, status: number, options: Map<string, string>): FaultAction {
  if (!Number.isInteger(status) || status < 400 || status > 599) {
    throw wrong(
      text,
      "action is a status from 400 to 599, latency, html, hang, reset, drop-after-store, " +
        "drop-after-send, slow-body, cut-body, wrong-bytes or no-range",
    );
  }
  const message = options.get("message") ?? "Injected fault";
  const code = takeNumber(text, options.get("code") ?? String(status), "code", Infinity);
  const retryAfter = options.get("retry-after");
  return { kind: "status", status, code, message, ...(retryAfter && { retryAfter }) };
}

function takeNumber(text: string, value: string, name: string, max: number): number {
  const number = value === "" ? NaN : Number(value);
  if (number >= 0 && number <= max) return number;
  throw wrong(text, `${name} is a number${max === 1 ? " from 0 to 1" : ", 0 or more"}`);
}

function wrong(text: string, reason: string): RangeError {
  return new RangeError(`Cannot read fault "${text}": ${reason}`);
}
