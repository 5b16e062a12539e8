/**
 * Responses from their order to their end.
 *
 * Whatever is done is written down before, and what is written down ends: by its time, by an order, by hand. An agent that is killed in
 * the middle of enabling something reverts it when it starts again, since its order was answered with a failure.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { getLogger } from "@logtape/logtape";
import { messageOf } from "../../shared/errors.ts";
import type { CommandResult } from "../../shared/protocol/commands.ts";
import type {
  ResponseReport,
  ResponseSelection,
  ResponsesStatus,
  ReversalReport,
} from "../../shared/protocol/responses.ts";
import { formatDuration } from "../../shared/config/units.ts";
import {
  type ActionOutcome,
  type ActionRun,
  NotStartedError,
  type ResponseAction,
} from "./action.ts";
import { KeyedLock } from "./keyed_lock.ts";
import type { ProtectedAddresses } from "./protected_addresses.ts";
import { type ReversalMeans, Reversals } from "./reversals.ts";
import { type ResponseArgs, responseKey, responseTitle } from "./response_order.ts";
import { reportOf, statusOf } from "./report.ts";
import { type ResponseQueue, ResponseSteps } from "./response_steps.ts";
import type { ResponseKind, StoredResponse } from "./response_store.ts";
import { wallMsOf } from "./response_clock.ts";
import { selectKeys } from "./selection.ts";

/** What {@linkcode Responses} are built with. */
interface ResponsesDeps extends ReversalMeans {
  queue: ResponseQueue;
  /** Which kind of action a new response of that name is carried out by. */
  kindOf: (name: string) => ResponseKind;
  protectedAddresses: Pick<ProtectedAddresses, "whyNot">;
  /** The longest time for which one may be enabled, in force now, in milliseconds. */
  maxDurationMs: () => number;
}

/** An order with what the journal says of it. */
interface ResponseOrder {
  args: ResponseArgs;
  documentId: string;
  signal: AbortSignal;
}

/** So many responses are kept at a time, and so many of them with more than a KiB of input: 32 MB. */
const MOST = { all: 50_000, large: 500 };
/** What could not be written is tried again after so long, in milliseconds. */
const RETRY_MS = 1_000;

/** See the module's comment. */
export class Responses {
  readonly #deps: ResponsesDeps;
  readonly #steps: ResponseSteps;
  readonly #lock = new KeyedLock();
  readonly #reversals: Reversals;
  readonly #log = getLogger(["agent", "responses"]);

  constructor(deps: ResponsesDeps) {
    this.#deps = deps;
    this.#steps = new ResponseSteps(deps.queue, deps.clock);
    this.#reversals = new Reversals({ ...deps, steps: this.#steps, lock: this.#lock });
  }

  /** Ends what is to end until the signal is aborted. To be called once. */
  run(signal: AbortSignal): Promise<void> {
    return this.#reversals.run(signal);
  }

  /** Carries out an order. */
  async order({ args, ...order }: ResponseOrder): Promise<CommandResult> {
    const key = responseKey(args);
    const given = { args, ...order };
    const act = () =>
      args.command === "enable" ? this.#enable(key, given) : this.#disable(key, given);
    try {
      return await this.#lock.run(key, act);
    } finally {
      this.#reversals.wake();
    }
  }

  /** All that have not ended, those that are due first in front. */
  list(): ResponseReport[] {
    return this.#steps.look((store, mark) =>
      store.list({ limit: MOST.all }).map((row) => reportOf(row, mark))
    );
  }

  /** How many there are, and which cannot be reverted. */
  status(): ResponsesStatus {
    return this.#steps.look(statusOf);
  }

  /**
   * Ends responses by hand, whatever their time.
   *
   * @throws {AgentError} `usage` when a key is not known or means several
   */
  async revert(selection: ResponseSelection, signal: AbortSignal): Promise<ReversalReport[]> {
    const keys = selectKeys(
      this.#steps.look((store) => store.list({ limit: MOST.all })),
      selection,
    );
    return await this.#reversals.revertAll(keys, { cause: "by hand", signal });
  }

  async #enable(key: string, { args, documentId, signal }: ResponseOrder): Promise<CommandResult> {
    const kind = this.#steps.look((store) => store.find(key))?.kind ?? this.#deps.kindOf(args.name);
    const action = this.#deps.actionOf(kind, args.name);
    const why = await this.#refusal(action, { args, signal });
    if (why !== undefined) return { code: 1, message: why };
    const durationMs = this.#durationOf(args, action);
    const row = this.#steps.look((store) => store.find(key));
    if (row !== undefined && row.expires_age_ms !== null) {
      if (durationMs === null) return this.#stillToEnd(row);
      if (row.state === "active") {
        return await this.#extend(row, action, { durationMs, documentId, signal });
      }
    }
    const { name, command: _, duration_s: _s, ...subject } = args;
    const begun = { key, name, kind, subject, document_id: documentId, duration_ms: durationMs };
    const isFirst = row === undefined;
    return await this.#begin(await this.#steps.begin(begun), { action, isFirst, signal });
  }

  /** Why it cannot be enabled; nothing has been written then. */
  async #refusal(
    action: ResponseAction,
    { args, signal }: Pick<ResponseOrder, "args" | "signal">,
  ): Promise<string | undefined> {
    const { name, source, user, input, duration_s: seconds } = args;
    const { protectedAddresses, maxDurationMs } = this.#deps;
    const mostMs = maxDurationMs();
    if (seconds !== undefined && seconds * 1_000 > mostMs) {
      return `duration_s is ${seconds}, more than this machine allows ` +
        `(active_response.max_duration, ${formatDuration(mostMs)})`;
    }
    const protectedBy = source && await protectedAddresses.whyNot(source.ip);
    if (protectedBy !== undefined) return `refused: ${protectedBy}`;
    const subject = { source, user, input };
    if (this.#steps.look((store) => store.isFullFor(subject, MOST))) {
      return `too many responses are enabled (at most ${MOST.all}, and ${MOST.large} with more ` +
        "than 1 KiB of input): agent responses lists them";
    }
    return await action.refusal({ name, subject, signal });
  }

  #durationOf({ duration_s: seconds }: ResponseArgs, action: ResponseAction): number | null {
    if (seconds !== undefined) return seconds * 1_000;
    return action.alwaysEnds ? this.#deps.maxDurationMs() : null;
  }

  async #begin(
    row: StoredResponse,
    { action, isFirst, signal }: { action: ResponseAction; isFirst: boolean; signal: AbortSignal },
  ): Promise<CommandResult> {
    const same: { as?: StoredResponse } = {};
    const run = this.#runOf(row, { durationMs: row.duration_ms, isFirst, signal, same });
    const { outcome, ...tried } = await attempt(() => action.enable(run));
    // A try before may have done something.
    const isStarted = tried.isStarted || !isFirst;
    const { key } = row;
    if (same.as !== undefined) return this.#alreadyActive(same.as, outcome);
    if (!outcome.isDone) {
      await this.#persist(() => this.#steps.failed(key, { ...outcome, isStarted }), signal);
      return { code: 1, ...resultOf(row, outcome) };
    }
    await this.#persist(() => this.#steps.enabled(key, outcome), signal);
    const until = row.expires_age_ms === null ? "" : ` until ${this.#wallText(row.expires_age_ms)}`;
    return { code: 0, ...resultOf(row, { ...outcome, message: `enabled${until}` }) };
  }

  async #extend(
    row: StoredResponse,
    action: ResponseAction,
    { signal, ...to }: { durationMs: number; documentId: string; signal: AbortSignal },
  ): Promise<CommandResult> {
    // Where the system ends it too, it must not do so earlier than is written down.
    const run = this.#runOf({ ...row, duration_ms: to.durationMs }, { ...to, signal });
    const { outcome } = action.extend === undefined
      ? { outcome: undefined }
      : await attempt(() => action.extend?.(run) ?? Promise.reject());
    if (outcome?.isDone === false) return { code: 1, ...resultOf(row, outcome) };
    await this.#steps.extend(row.key, to);
    const moved = this.#steps.look((store) => store.find(row.key));
    return this.#alreadyActive(moved ?? row, outcome);
  }

  /** What is asked for without an end has one already: it stays written down, or nothing would ever revert it. */
  #stillToEnd(row: StoredResponse): CommandResult {
    if (row.state === "active") return this.#alreadyActive(row);
    const message = "what was enabled before is still being reverted; give a duration_s, or try " +
      "again later";
    return { code: 1, ...resultOf(row, { isDone: false, exitCode: null, message }) };
  }

  #alreadyActive(row: StoredResponse, outcome?: ActionOutcome): CommandResult {
    const message = `already active until ${this.#wallText(row.expires_age_ms ?? 0)}`;
    return { code: 0, ...resultOf(row, { isDone: true, exitCode: null, ...outcome, message }) };
  }

  async #disable(key: string, { args, documentId, signal }: ResponseOrder): Promise<CommandResult> {
    const row = await this.#steps.end(key, `by order ${documentId}`);
    if (row !== undefined) {
      const { reverted, message } = await this.#reversals.revert(row, signal);
      return { code: reverted ? 0 : 1, message: `${responseTitle(args)}: ${message}` };
    }
    // What is not in the table may have been enabled without an end, or by somebody else.
    const { name, source, user, input } = args;
    const action = this.#deps.actionOf(this.#deps.kindOf(name), name);
    const run = { name, subject: { source, user, input }, orderedMs: null, before: null, signal };
    const { outcome } = await attempt(() => action.disable({ ...run, ...NOTHING_TO_NOTE }));
    const message = `${responseTitle(args)}: was not active here; ${outcome.message}`;
    return { code: outcome.isDone ? 0 : 1, message, ...dataOf(outcome) };
  }

  #runOf(
    row: StoredResponse,
    { durationMs, signal, isFirst = false, same = {} }: {
      durationMs: number | null;
      isFirst?: boolean;
      signal: AbortSignal;
      same?: { as?: StoredResponse };
    },
  ): ActionRun {
    const { key, name, subject = {}, before, duration_ms: orderedMs } = row;
    return {
      ...{ name, subject, before, durationMs, orderedMs, signal },
      noteBefore: (before) => this.#steps.noteBefore(key, before),
      claimKeys: async (keys) => {
        const other = await this.#steps.claimKeys(key, digestOf(keys), { isFirst });
        if (other === undefined) return "continue";
        same.as = other;
        return "abort";
      },
    };
  }

  /** What was done is not forgotten because of a disk that is full: tried until the signal is aborted. */
  async #persist<T>(write: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
    for (;;) {
      try {
        return await write();
      } catch (error) {
        this.#log.error("Cannot write down a response: {reason}", { reason: messageOf(error) });
        if (signal.aborted) return undefined;
      }
      await this.#deps.clock.sleep(RETRY_MS, signal).catch(() => {});
    }
  }

  #wallText(ageMs: number): string {
    return this.#steps.look((_, mark) => new Date(wallMsOf(ageMs, mark)).toISOString());
  }
}

/** For what is not in the table. */
const NOTHING_TO_NOTE: Pick<ActionRun, "noteBefore" | "claimKeys"> = {
  noteBefore: () => Promise.resolve(),
  claimKeys: () => Promise.resolve("continue"),
};

/** Runs an action; what it throws is a failure. */
async function attempt(
  work: () => Promise<ActionOutcome>,
): Promise<{ outcome: ActionOutcome; isStarted: boolean }> {
  try {
    return { outcome: await work(), isStarted: true };
  } catch (error) {
    const outcome = { isDone: false, message: messageOf(error), exitCode: null };
    return { outcome, isStarted: !(error instanceof NotStartedError) };
  }
}

function resultOf(row: StoredResponse, outcome: ActionOutcome): Omit<CommandResult, "code"> {
  const title = responseTitle({ name: row.name, ...row.subject });
  return { message: `${title}: ${outcome.message}`, ...dataOf(outcome) };
}

function dataOf({ data }: ActionOutcome): { data?: string } {
  return data === undefined ? {} : { data };
}

function digestOf(keys: readonly string[]): string {
  return createHash("sha1").update(JSON.stringify(keys)).digest("hex");
}
