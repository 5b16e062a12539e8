/**
 * Slows down who guesses: log-ins that fail are counted by address and by account, and beyond a number of them everything from
 * that address, and for that account, is refused for a while without being looked at.
 *
 * A count falls by one each time a share of the window passes, so one who guesses goes on at that pace for ever. An address from
 * which an account's password was right not long ago is spared the account's count: nobody can lock out others by guessing.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";

/** So many addresses and accounts are remembered, the oldest forgotten first: a bound of memory. */
const MAX_REMEMBERED = 20_000;
/** An address stands for many agents, or for all people of an office. */
const ADDRESS_FACTOR = 5;
const TRUSTED_FOR_MS = 24 * 3_600_000;

/** What a {@linkcode LoginGuard} is built with. */
interface LoginGuardOptions {
  clock: Clock;
  /** Log-ins of one account that may fail within the window; an address has five times as many. 0 for any number. */
  loginFailures: number;
  /** In milliseconds. */
  loginFailureWindowMs: number;
  /** How many managers count side by side, each its share: whoever guesses may go from one to the next. @default 1 */
  managers?: () => number;
}

/** Who wants to log in, from where. */
export interface LoginTry {
  account: string;
  /** `undefined` in-process. */
  address: string | undefined;
}

interface Count {
  failures: number;
  atMs: number;
}

/** Counts failures and says who has to wait. */
export class LoginGuard {
  readonly #options: LoginGuardOptions;
  readonly #counts = new Map<string, Count>();
  readonly #trusted = new Map<string, number>();

  constructor(options: LoginGuardOptions) {
    this.#options = options;
  }

  /** Returns 0 when a log-in may be tried, else after how many seconds. */
  waitSeconds({ account, address }: LoginTry): number {
    if (this.#options.loginFailures === 0) return 0;
    const ofAddress = this.#waitMs(addressKey(address));
    const ofAccount = this.#isTrusted({ account, address }) ? 0 : this.#waitMs(accountKey(account));
    return Math.ceil(Math.max(ofAddress, ofAccount) / 1_000);
  }

  /** A log-in failed. Returns how many did by now for this account, as far as they count still. */
  failed({ account, address }: LoginTry): number {
    if (address !== undefined) this.#add(addressKey(address));
    return this.#add(accountKey(account));
  }

  /** A log-in was right. */
  succeeded({ account, address }: LoginTry): void {
    if (address === undefined) return;
    put(this.#trusted, pairKey(account, address), this.#options.clock.monotonic());
  }

  #isTrusted({ account, address = "" }: LoginTry): boolean {
    const atMs = this.#trusted.get(pairKey(account, address)) ?? -Infinity;
    return this.#options.clock.monotonic() - atMs < TRUSTED_FOR_MS;
  }

  #waitMs(key: string): number {
    const most = this.#most(key);
    const failures = this.#failures(key);
    return failures <= most - 1 ? 0 : (failures - (most - 1)) * this.#shareMs(key);
  }

  #add(key: string): number {
    const failures = this.#failures(key) + 1;
    put(this.#counts, key, { failures, atMs: this.#options.clock.monotonic() });
    return Math.ceil(failures);
  }

  #failures(key: string): number {
    const count = this.#counts.get(key);
    if (count === undefined) return 0;
    const passedMs = this.#options.clock.monotonic() - count.atMs;
    return Math.max(0, count.failures - passedMs / this.#shareMs(key));
  }

  /** In which time one failure is forgotten. */
  #shareMs(key: string): number {
    return this.#options.loginFailureWindowMs / this.#most(key);
  }

  /** How many may fail at this manager within the window. */
  #most(key: string): number {
    const { loginFailures, managers = () => 1 } = this.#options;
    const ofAll = key.startsWith(ADDRESS) ? loginFailures * ADDRESS_FACTOR : loginFailures;
    return Math.max(1, Math.floor(ofAll / managers()));
  }
}

const ADDRESS = "address ";

function addressKey(address = ""): string {
  return `${ADDRESS}${address}`;
}

function accountKey(account: string): string {
  return `account ${account.slice(0, 256)}`;
}

function pairKey(account: string, address: string): string {
  return `${address} ${account.slice(0, 256)}`;
}

function put<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MAX_REMEMBERED && oldest !== undefined) map.delete(oldest);
}
