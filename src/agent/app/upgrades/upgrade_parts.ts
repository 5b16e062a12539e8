/**
 * Everything of a running agent that has to do with its own replacement.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../../shared/clock.ts";
import { messageOf } from "../../../shared/errors.ts";
import type { UpgradeReply, UpgradeRequest } from "../../../shared/protocol/local_api.ts";
import type { StatusDocument, UpgradeStatus } from "../../../shared/protocol/status_document.ts";
import { VERSION } from "../../../shared/version.ts";
import { ReleaseClient } from "../../comms/release_client.ts";
import { UpdateExecutor } from "../../commands/executors/update.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { databaseSchema } from "../../queue/schema.ts";
import type { Queue } from "../../queue/queue.ts";
import { mayRun } from "../../process/drop_permissions.ts";
import { releaseInFiles } from "../../upgrade/file_source.ts";
import type { Installation } from "../../upgrade/installation.ts";
import type { ReleaseKeys } from "../../upgrade/release_keys.ts";
import { Probation } from "../../upgrade/probation.ts";
import { shownOutcome, upgradeReport } from "../../upgrade/report.ts";
import { Settlement } from "../../upgrade/settlement.ts";
import type { TrialPlan } from "../../upgrade/trial_plan.ts";
import { baselineOf } from "../../upgrade/trial_verdict.ts";
import { Upgrader } from "../../upgrade/upgrader.ts";
import type { UpgradeOutcome, UpgradeRecord } from "../../upgrade/upgrade_record.ts";
import type { UpgradeContext, UpgradeWish } from "../../upgrade/upgrade_wish.ts";
import { createBackoff, type ServerLink } from "../server/server_link.ts";
import { releasesOfServer } from "./server_releases.ts";
import { settleGuard } from "./queue_guard.ts";
import { announceOutcomes } from "./upgrade_announcement.ts";

/** What the process brings along for an upgrade. */
export interface UpgradeHost {
  /** Where the versions lie; `undefined` for an agent that cannot be replaced. */
  installation: Installation | undefined;
  record: UpgradeRecord;
  keys: ReleaseKeys;
  /** Whether another version watches this one. */
  isTrial: boolean;
  /** The environment that another version is tried in. */
  variables: Record<string, string>;
  /** What follows `agent run`. */
  runArgs: readonly string[];
}

/** What {@linkcode UpgradeParts} are built with. */
interface UpgradePartsDeps {
  host: UpgradeHost;
  config: () => AgentConfig;
  link: ServerLink;
  queue: Queue;
  status: () => StatusDocument;
  requestTrial: (plan: TrialPlan) => void;
  clock: Clock;
}

/** Orders, the local API and the status meet the upgrade here. */
export class UpgradeParts {
  readonly executor: UpdateExecutor;
  readonly #deps: UpgradePartsDeps;
  readonly #upgrader: Upgrader;
  readonly #settlement: Settlement;
  readonly #probation: Probation;
  readonly #log = getLogger(["agent", "upgrade"]);
  #isSettled = false;

  constructor(deps: UpgradePartsDeps) {
    const { host, clock, link } = deps;
    const { installation, record, keys, isTrial, variables, runArgs } = host;
    this.#deps = deps;
    this.#settlement = new Settlement({ record, installation, version: VERSION, isTrial, clock });
    this.#probation = new Probation({ record, installation, version: VERSION, clock });
    this.#upgrader = new Upgrader({
      installation,
      record,
      keys,
      version: VERSION,
      database: databaseSchema([]).userVersion,
      options: () => deps.config().upgrade,
      clockOffsetMs: () => link.serverClock.offsetMs ?? 0,
      preflight: { env: variables, runArgs },
      mayRun,
      retryWaits: () => createBackoff(deps.config()),
      baseline: () => baselineOf(deps.status()),
      requestTrial: deps.requestTrial,
      clock,
    });
    this.executor = new UpdateExecutor({
      upgrade: (order, { documentId, ...context }) =>
        this.#upgrader.upgrade(
          { ...order, by: "server", documentId, source: this.#server() },
          context,
        ),
      outcomeFor: (id, signal) => this.#settlement.outcomeFor(id, signal),
    });
  }

  /** Whether another version watches this one still. */
  get isOpen(): boolean {
    return this.#settlement.isOpen;
  }

  /** To be called about once a second: once it is known how an upgrade ended, the server is told, and old versions are removed. */
  async settle(signal: AbortSignal): Promise<void> {
    if (this.isOpen) return;
    this.#withProbation((probation) => probation.observe());
    if (this.#isSettled) return;
    const { host: { record, installation }, queue, config } = this.#deps;
    try {
      await announceOutcomes(record, queue, signal);
      const { last } = record.look();
      if (last?.code === 0) installation?.tidy([last.from], config().upgrade.keep);
      this.#isSettled = true;
    } catch (error) {
      if (signal.aborted) return;
      this.#isSettled = true;
      this.#log.warn("Cannot finish an upgrade: {reason}", { reason: messageOf(error) });
    }
  }

  /** To be called when the agent has ended in good order. */
  ended(): void {
    if (!this.isOpen) this.#withProbation((probation) => probation.end());
  }

  #withProbation(work: (probation: Probation) => void): void {
    try {
      work(this.#probation);
    } catch (error) {
      // On a full disk; a death that is not counted only has the version stay for longer.
      this.#log.warn("Cannot note how version {version} does: {reason}", {
        version: VERSION,
        reason: messageOf(error),
      });
    }
  }

  /** As the status document has it. */
  status(): UpgradeStatus {
    const { host: { installation, record }, config } = this.#deps;
    const { step, to, percent } = this.#upgrader.progress;
    const report = upgradeReport({ version: VERSION, installation, record });
    const idle = config().upgrade.enabled ? report.state : "off";
    return {
      ...report,
      state: step ?? (this.isOpen ? "on_trial" : idle),
      to: to ?? null,
      percent: percent ?? null,
      available: this.#upgrader.available ?? null,
    };
  }

  /** What a person asks for through the local API; replies when there is an end, or when the agent makes room. */
  async order(request: UpgradeRequest, signal: AbortSignal): Promise<UpgradeReply> {
    const { version, file, force, dry_run: dryRun } = request;
    const source = file === undefined ? this.#server() : releaseInFiles(file);
    const wish = { version, force, dryRun, source, by: "person" as const };
    return await this.#untilTrial((context) => this.#upgrader.upgrade(wish, context), signal);
  }

  /** Goes back to a version that is there, which is tried like a new one. */
  async goBack(version: string | undefined, signal: AbortSignal): Promise<UpgradeReply> {
    return await this.#untilTrial((context) => this.#upgrader.goBack(version, context), signal);
  }

  async #untilTrial(
    work: (context: UpgradeContext) => Promise<UpgradeOutcome>,
    signal: AbortSignal,
  ): Promise<UpgradeReply> {
    const trial = Promise.withResolvers<UpgradeReply>();
    const outcome = work({
      note: () => Promise.resolve(),
      onTrial: (to) => trial.resolve({ outcome: null, on_trial: to }),
      signal,
    }).then((ended): UpgradeReply => ({ outcome: shownOutcome(ended), on_trial: null }));
    outcome.catch(() => {});
    return await Promise.race([trial.promise, outcome]);
  }

  #server(): UpgradeWish["source"] {
    const { link: { client }, config, clock } = this.#deps;
    const requestTimeoutMs = config().agent.request_timeout;
    return releasesOfServer(
      new ReleaseClient({ client, version: VERSION, requestTimeoutMs, clock }),
      {
        retryWaits: () => createBackoff(config()),
        clock,
      },
    );
  }
}

/**
 * Ends what a process before left open; to be called by whoever has just taken the lock of the data folder. What cannot be read or
 * written keeps no agent from starting.
 *
 * @returns whether the version before is in use again because this one kept dying: then this process has to make way for it
 */
export function settleUpgrade(
  { installation, record, isTrial }: UpgradeHost,
  { config, clock }: { config: AgentConfig; clock: Clock },
): boolean {
  if (isTrial) return false;
  const log = getLogger(["agent", "upgrade"]);
  const own = { installation, record, version: VERSION, clock };
  try {
    const ended = new Settlement({ ...own, isTrial }).settleLeftOver();
    if (ended !== undefined) log.warn("{message}", { message: ended.message });
    const isInUse = record.look().last?.code === 0;
    const spoilt = settleGuard(config, { isInUse, nowMs: clock.now() });
    if (spoilt !== undefined) log.error("{message}; what was queued is back", { message: spoilt });
    const back = new Probation(own).begin();
    if (back !== undefined) log.error("{message}", { message: back.message });
    return back !== undefined;
  } catch (error) {
    log.error("Cannot end an upgrade: {reason}", { reason: messageOf(error) });
    return false;
  }
}
