/** Where log-in failures are told. */
export interface LoginLog {
  debug(text: string): void;
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}

/** A log-in that failed. */
export interface LoginFailure {
  kind: "retry" | "refused";
  reason: string;
}

/** Failed log-ins in a row: each reason is logged once, and their number when it is over. */
export class LoginFailures {
  readonly log: LoginLog;
  #latest: LoginFailure | undefined;
  #count = 0;

  constructor(log: LoginLog) {
    this.log = log;
  }

  /** How the latest log-in failed; `undefined` when it succeeded. */
  get kind(): LoginFailure["kind"] | undefined {
    return this.#latest?.kind;
  }

  /** Why the latest log-in failed; `undefined` when it succeeded. */
  get reason(): string | undefined {
    return this.#latest?.reason;
  }

  /** Counts a failure after which the next try is `waitMs` milliseconds away. */
  add({ kind, reason }: LoginFailure, waitMs: number): void {
    const isNews = this.#latest?.kind !== kind || this.#latest.reason !== reason;
    this.#latest = { kind, reason };
    this.#count++;
    const next = `next try in ${Math.ceil(waitMs / 1000)} s`;
    if (!isNews) this.log.debug(`Cannot log in: ${reason}; ${next}`);
    else if (kind === "retry") this.log.warn(`Cannot log in: ${reason}; ${next}`);
    else {
      this.log.error(
        `The server refuses this agent: ${reason}; identity and events are kept, ${next} ` +
          `(if the agent was removed from the server, register it again with --force)`,
      );
    }
  }

  /** A log-in succeeded. */
  over(): void {
    if (this.#count > 0) {
      this.log.info(`Logged in after ${this.#count} failed ${this.#count === 1 ? "try" : "tries"}`);
    }
    this.#latest = undefined;
    this.#count = 0;
  }
}
