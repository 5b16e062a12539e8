import { FailureStreak } from "../../../shared/log/say_once.ts";
import type { FailureCause } from "../../../shared/protocol/exchange.ts";
import { pluralize } from "../../../shared/text.ts";

/** Where log-in failures are told. What comes from outside is a value, never part of the template. */
export type LoginLog = Record<
  "debug" | "info" | "warn" | "error",
  (template: string, values: Record<string, unknown>) => void
>;

/** A log-in that failed. */
interface LoginFailure {
  kind: "retry" | "refused";
  reason: string;
  cause?: FailureCause;
}

const REFUSED =
  "The server refuses this agent: {reason}; identity and events are kept, next try in {next_try_in_s} s " +
  "(if the agent was removed from the server, register it again with --force)";

/** Failed log-ins in a row: each reason is logged once, and their number when it is over. */
export class LoginFailures {
  readonly log: LoginLog;
  readonly #streak = new FailureStreak<LoginFailure>((one, other) =>
    one.kind === other.kind && one.reason === other.reason
  );

  constructor(log: LoginLog) {
    this.log = log;
  }

  /** How the latest log-in failed; `undefined` when it succeeded. */
  get kind(): LoginFailure["kind"] | undefined {
    return this.#streak.latest?.kind;
  }

  /** Why the latest log-in failed; `undefined` when it succeeded. */
  get reason(): string | undefined {
    return this.#streak.latest?.reason;
  }

  /** Why there was no answer to the latest log-in; `undefined` when there was one. */
  get cause(): FailureCause | undefined {
    return this.#streak.latest?.cause;
  }

  /** Counts a failure after which the next try is `waitMs` milliseconds away. */
  add(failure: LoginFailure, waitMs: number): void {
    const isNews = this.#streak.add(failure);
    const { kind, reason } = failure;
    const told = { reason, next_try_in_s: Math.ceil(waitMs / 1000) };
    const template = "Cannot log in: {reason}; next try in {next_try_in_s} s";
    if (!isNews) this.log.debug(template, told);
    else if (kind === "retry") this.log.warn(template, told);
    else this.log.error(REFUSED, told);
  }

  /** A log-in succeeded. */
  over(): void {
    const count = this.#streak.end();
    if (count === 0) return;
    this.log.info("Logged in after {failed}", {
      failed: pluralize(count, "failed try", "failed tries"),
    });
  }
}
