/**
 * What systemd is told of a service of `Type=notify`, by the protocol of sd_notify(3): datagrams of lines `NAME=value` to the socket that
 * `NOTIFY_SOCKET` names.
 *
 * What could not be told is told with the next beat: without `READY=1` systemd would end an agent that is well.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { isoOrNull } from "../../shared/clock.ts";
import { messageOf } from "../../shared/errors.ts";
import type { StatusDocument } from "../../shared/protocol/status_document.ts";
import { sendDatagram } from "../platform/libc/datagram.ts";
import { LibcLibrary } from "../platform/libc/library.ts";

/** How the agent is. */
interface Beat {
  /** Monotonic, in milliseconds. */
  nowMs: number;
  /** The part that makes no progress whatever is done; then the watchdog is left to bite. */
  helpless: string | undefined;
  /** How the agent is, in one line. Asked for now and then. */
  status: () => string;
}

/** What a {@linkcode Supervisor} is built with. */
interface SupervisorOptions {
  /** Sends one datagram, or throws. */
  send: (text: string) => void;
  /** Time within which systemd wants a sign of life, in milliseconds. @default it wants none */
  watchdogMs?: number | undefined;
  /** Wall clock, in milliseconds. @default Date.now */
  now?: () => number;
}

const STATUS_INTERVAL_MS = 10_000;

/** Signs of life come this many times as often as they must. */
const WATCHDOG_SHARE = 4;

/** The service manager that started the agent. */
export class Supervisor {
  readonly #send: (text: string) => void;
  readonly #watchdogIntervalMs: number | undefined;
  readonly #log = getLogger(["agent", "service"]);
  /** The last state; empty once it is told. */
  #untold = "";
  /** Why it could not be told last; `undefined` when it was. */
  #problem: { reason: string; sinceMs: number } | undefined;
  readonly #now: () => number;
  #fedAtMs: number | undefined;
  #statusAtMs: number | undefined;
  #status = "";
  #helpless: string | undefined;

  constructor({ send, watchdogMs, now = Date.now }: SupervisorOptions) {
    this.#send = send;
    this.#now = now;
    this.#watchdogIntervalMs = watchdogMs === undefined ? undefined : watchdogMs / WATCHDOG_SHARE;
  }

  /** Why it cannot be told, as the status document has it. */
  status(): StatusDocument["service"] {
    const { reason = null, sinceMs } = this.#problem ?? {};
    return { reason, since: isoOrNull(sinceMs) };
  }

  /** The agent works: after its start, and again after each {@linkcode Supervisor.reloading}. */
  ready(): void {
    this.#change("READY=1");
  }

  /** The configuration is read again. */
  reloading(): void {
    this.#change("RELOADING=1");
  }

  /** The agent is on its way out. */
  stopping(): void {
    this.#change("STOPPING=1\nSTATUS=Stopping");
  }

  /** What it is at now, told at once. */
  note(text: string): void {
    if (this.#tell([`STATUS=${text}`])) this.#status = text;
  }

  /** Tells that the agent gets on, and how it is. Call it about once a second. */
  tell({ nowMs, helpless, status }: Beat): void {
    this.#noteHelpless(helpless);
    const lines = this.#untold === "" ? [] : [this.#untold];
    const feeds = helpless === undefined && isDue(this.#fedAtMs, nowMs, this.#watchdogIntervalMs);
    if (feeds) lines.push("WATCHDOG=1");
    const text = isDue(this.#statusAtMs, nowMs, STATUS_INTERVAL_MS) ? status() : this.#status;
    if (text !== this.#status) lines.push(`STATUS=${text}`);
    if (lines.length > 0 && !this.#tell(lines)) return;
    this.#untold = "";
    if (feeds) this.#fedAtMs = nowMs;
    if (isDue(this.#statusAtMs, nowMs, STATUS_INTERVAL_MS)) this.#statusAtMs = nowMs;
    this.#status = text;
  }

  #change(state: string): void {
    this.#untold = this.#tell([state]) ? "" : state;
  }

  #tell(lines: readonly string[]): boolean {
    try {
      this.#send(`${lines.join("\n")}\n`);
      this.#problem = undefined;
      return true;
    } catch (error) {
      const reason = messageOf(error);
      if (this.#problem === undefined) {
        this.#log.warn("Cannot tell the service manager: {reason}", { reason });
      }
      this.#problem = { reason, sinceMs: this.#problem?.sinceMs ?? this.#now() };
      return false;
    }
  }

  #noteHelpless(part: string | undefined): void {
    if (part !== undefined && part !== this.#helpless && this.#watchdogIntervalMs !== undefined) {
      this.#log.error(
        "{part} makes no progress, rebuilt or not: the service manager is left to start the agent anew",
        { part },
      );
    }
    this.#helpless = part;
  }
}

function isDue(lastMs: number | undefined, nowMs: number, intervalMs: number | undefined): boolean {
  if (intervalMs === undefined) return false;
  return lastMs === undefined || nowMs - lastMs >= intervalMs;
}

/** What of the environment is read. */
type SupervisorVariables = Readonly<Record<string, string | undefined>>;

/** The service manager that `env` speaks of; `undefined` when nobody wants to be told. */
export function createSupervisor(
  env: SupervisorVariables,
  { pid = Deno.pid, library = new LibcLibrary() } = {},
): Supervisor | undefined {
  const address = env.NOTIFY_SOCKET;
  if (!address || !/^[/@]/.test(address)) return undefined;
  return new Supervisor({
    watchdogMs: watchdogMs(env, pid),
    send: (text) => {
      const { libc, missing } = library;
      if (libc === undefined) throw new Error(`${missing}; Type=exec in the unit does without`);
      sendDatagram(libc, address, text);
    },
  });
}

/** `WATCHDOG_USEC` is inherited by processes that it is not for: `WATCHDOG_PID` names the one that it is for. */
function watchdogMs({ WATCHDOG_USEC, WATCHDOG_PID }: SupervisorVariables, pid: number) {
  if (WATCHDOG_PID !== undefined && WATCHDOG_PID !== String(pid)) return undefined;
  const microseconds = Number(WATCHDOG_USEC);
  return microseconds > 0 ? microseconds / 1_000 : undefined;
}
