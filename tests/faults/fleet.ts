/**
 * What all agents of a run share: whom they talk to, when they end, and what was said to them.
 *
 * @module
 */

import type { ManagerProcess } from "./managers.ts";
import { pause, until } from "./time_limits.ts";

/** What a {@linkcode Fleet} is made of. */
interface FleetParts {
  /** Base address of the balancer. */
  url: string;
  managers: readonly ManagerProcess[];
  /** Aborted when nothing new is to be begun. */
  ending: AbortSignal;
  /** Aborted when what is under way is to be left. */
  leaving: AbortSignal;
}

/** Statuses that agents have to be ready for. Any other one is wrong. */
const EXPECTED = [200, 204, 401, 408, 429, 503];

const MOST_SILENCES = 10;
const QUIET_WITHIN_MS = 60_000;
/** A manager may be busy so long with a request whose agent has given up to wait. */
const BUSY_MS = 10_000;

/** The agents' common knowledge. */
export class Fleet {
  readonly url: string;
  readonly managers: readonly ManagerProcess[];
  readonly ending: AbortSignal;
  readonly leaving: AbortSignal;
  /** Batches that were answered as stored. */
  readonly acknowledged = new Set<string>();
  /** Answers that must never be given. */
  readonly wrong: string[] = [];
  /** Orders that agents have carried out. */
  readonly carriedOut = new Set<string>();
  /** How often each status was answered; 0 for no answer. */
  readonly answers = new Map<number, number>();
  /** The longest times without any batch being answered as stored, and when they were over. */
  readonly silences: { seconds: number; until: string }[] = [];
  /** So many batches of the past are being sent once more. */
  repeating = 0;
  #mayRepeat = true;
  #age = 0;
  #storedAtMs = performance.now();

  constructor({ url, managers, ending, leaving }: FleetParts) {
    this.url = url;
    this.managers = managers;
    this.ending = ending;
    this.leaving = leaving;
  }

  /** Requests for events that were answered "later". */
  get refused(): number {
    return (this.answers.get(503) ?? 0) + (this.answers.get(429) ?? 0);
  }

  /** A batch was answered as stored. */
  stored(key: string): void {
    const nowMs = performance.now();
    const seconds = Math.round((nowMs - this.#storedAtMs) / 100) / 10;
    this.#storedAtMs = nowMs;
    this.acknowledged.add(key);
    if (seconds <= (this.silences.at(MOST_SILENCES - 1)?.seconds ?? 0)) return;
    this.silences.push({ seconds, until: new Date().toISOString() });
    this.silences.sort((one, other) => other.seconds - one.seconds).splice(MOST_SILENCES);
  }

  /** Silence counts from now on. */
  begin(): void {
    this.#storedAtMs = performance.now();
  }

  /** Counts an answer to a request for events; `undefined` for none. */
  answered(path: string, answer: { status: number; text: string } | undefined): void {
    const status = answer?.status ?? 0;
    this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
    if (answer === undefined || EXPECTED.includes(status)) return;
    this.wrong.push(`Wrong answer to ${path}: ${status} ${answer.text}`);
  }

  /** Batches of another age may not be sent once more, and none while this is undefined. */
  get age(): number | undefined {
    return this.#mayRepeat ? this.#age : undefined;
  }

  /** Resolves when no batch of the past is on its way any more. None sets out before {@linkcode Fleet.repeatAgain}. */
  async withoutRepeats(): Promise<void> {
    this.#mayRepeat = false;
    // One that stands still may have some that it goes on with later.
    const isQuiet = () =>
      this.repeating === 0 && this.managers.every(({ isStopped }) => !isStopped);
    await until("No batch of the past is on its way", QUIET_WITHIN_MS, isQuiet);
    await pause(BUSY_MS);
  }

  /** From now on batches may be sent once more, but none of those that were made before. */
  repeatAgain(): void {
    this.#age++;
    this.#mayRepeat = true;
  }
}
