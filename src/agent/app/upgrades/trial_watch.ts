/**
 * Trying another version once this one has made room, and what follows from how that ends.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { AnySignal } from "../../../shared/any_signal.ts";
import type { Clock } from "../../../shared/clock.ts";
import { messageOf } from "../../../shared/errors.ts";
import type { EventSpan } from "../../../shared/protocol/stored_events.ts";
import type { Secrets } from "../../../shared/log/secrets.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { ControlClient } from "../../control/control_client.ts";
import { endpointIn } from "../../control/endpoint.ts";
import { IdentityFile } from "../../identity/identity_file.ts";
import { TRIAL_VARIABLE } from "../../process/environment.ts";
import {
  isStartedAgain,
  passSignals,
  type RestartingProcess,
  startSuccessor,
} from "../../process/restart.ts";
import type { Supervisor } from "../../service/supervisor.ts";
import type { Installation } from "../../upgrade/installation.ts";
import { stopProcess, type TrialEnd, type TrialProcess, tryVersion } from "../../upgrade/trial.ts";
import { outcomeOf, type TrialPlan } from "../../upgrade/trial_plan.ts";
import type { UpgradeRecord } from "../../upgrade/upgrade_record.ts";
import { QueueGuard } from "./queue_guard.ts";
import { serverTakesEvents, trialEvent } from "../server/server_probe.ts";

/** What the watcher works with. */
interface TrialWatchDeps {
  config: AgentConfig;
  installation: Installation;
  record: UpgradeRecord;
  /** What it is told is passed on to the other version, also after the trial. */
  process: RestartingProcess;
  /** Aborted when the agent shall stop: ends the trial. */
  stop: AbortSignal;
  secrets: Secrets;
  /** The service manager, which wants to hear of this process meanwhile. */
  supervisor: Supervisor | undefined;
  clock: Clock;
  /** Takes the log of the version on trial. */
  onLog(text: string): void;
}

/** Who goes on. */
type TrialOutcome =
  /** The other version, in the process that ends with `status`. */
  | { kind: "passed"; status: TrialProcess["status"] }
  /** This one. */
  | { kind: "back" }
  /** Nobody: the agent was told to stop. */
  | { kind: "stopped" };

const ASK_SERVER_WITHIN_MS = 15_000;
/** Beyond the time that a stop takes at most. */
const STOP_MARGIN_MS = 5_000;

/** Tries the version of `plan`; resolves when it is known which one goes on, and that is on the disk. */
export async function watchTrial(plan: TrialPlan, deps: TrialWatchDeps): Promise<TrialOutcome> {
  return await new TrialWatch(plan, deps).run();
}

class TrialWatch {
  readonly #plan: TrialPlan;
  readonly #deps: TrialWatchDeps;
  readonly #log = getLogger(["agent", "upgrade"]);
  readonly #stopMs: number;
  /** Numbers of the event by which the new version shows that it delivers. */
  #event: EventSpan | undefined;

  constructor(plan: TrialPlan, deps: TrialWatchDeps) {
    this.#plan = plan;
    this.#deps = deps;
    this.#stopMs = deps.config.agent.shutdown_notify_timeout + STOP_MARGIN_MS;
  }

  async run(): Promise<TrialOutcome> {
    const { config, clock, stop: signal } = this.#deps;
    const { version, from, baseline } = this.#plan;
    this.#log.info("Version {version} is on trial", { version, from });
    this.#deps.supervisor?.note(this.#statusText);
    this.#forgetToken();
    using guard = QueueGuard.keep(config);
    const end = await tryVersion({
      version,
      baseline,
      start: () => this.#start(),
      ask: () => this.#ask((client) => client.status()),
      delivers: () => this.#delivers(),
      serverAnswers: (signal) => this.#serverAnswers(signal),
      onLook: () => this.#tellSupervisor(),
      onLog: this.#deps.onLog,
      limitMs: config.upgrade.trial,
      stopMs: this.#stopMs,
      clock,
      signal,
    });
    const outcome = await this.#conclude(await this.#afterLook(end, guard));
    if (outcome.kind === "passed") guard.drop();
    else guard.bringBack({ nowMs: this.#deps.clock.now() });
    return outcome;
  }

  /** What a version says of the queue itself is not all that counts. */
  async #afterLook(end: TrialEnd, guard: QueueGuard): Promise<TrialEnd> {
    if (end.kind !== "passed") return end;
    const message = guard.problem(this.#plan.baseline.taken);
    if (message === undefined) return end;
    await stopProcess(end.process, { stopMs: this.#stopMs, clock: this.#deps.clock });
    return { kind: "failed", fault: "queue_smaller", message, log: [] };
  }

  async #conclude(end: TrialEnd): Promise<TrialOutcome> {
    switch (end.kind) {
      case "passed":
        return await this.#takeIntoUse(end.process);
      case "failed":
        return this.#leave(end);
      case "stopped": {
        const { version, from } = this.#plan;
        const message = `the agent was stopped while ${version} was on trial; ${from} stays in use`;
        this.#note({ code: 1, reason: "stopped", message });
        return { kind: "stopped" };
      }
    }
  }

  #leave({ fault, message: why, log }: TrialEnd & { kind: "failed" }): TrialOutcome {
    const { version, from } = this.#plan;
    const message = `${version} did not pass its trial: ${why}; ${from} goes on`;
    this.#log.error("{message}", { message, reason: fault, log: log.slice(-20) });
    this.#note({ code: 1, reason: fault, message, log }, { blames: true });
    this.#removeRelease();
    return { kind: "back" };
  }

  async #takeIntoUse(process: TrialProcess): Promise<TrialOutcome> {
    const { installation, clock } = this.#deps;
    const { version, from, release, startedMs } = this.#plan;
    try {
      installation.switchTo(version);
    } catch (error) {
      const message = `${version} passed its trial and cannot be taken into use: ${
        messageOf(error)
      }; ${from} goes on`;
      this.#log.error("{message}", { message });
      await stopProcess(process, { stopMs: this.#stopMs, clock });
      this.#note({ code: 1, reason: "cannot_switch", message });
      return { kind: "back" };
    }
    const took = Math.round((clock.monotonic() - startedMs) / 1_000);
    const what = release === null ? "went back" : "upgraded";
    const message = `${what} ${from} → ${version} in ${took} s`;
    this.#log.info("{message}", { message });
    this.#note({ code: 0, reason: null, message });
    if (isStartedAgain(this.#deps.process.env)) {
      // Whoever started this process starts the new version in its place.
      await stopProcess(process, { stopMs: this.#stopMs, clock });
    }
    return { kind: "passed", status: process.status };
  }

  /** What did not pass is not gone back to. A version that was here before stays. */
  #removeRelease(): void {
    const { version, isNew } = this.#plan;
    try {
      if (isNew) this.#deps.installation.remove(version);
    } catch (error) {
      this.#log.warn("Version {version} stays: {reason}", { version, reason: messageOf(error) });
    }
  }

  #note(
    end: Parameters<typeof outcomeOf>[1],
    options: Parameters<UpgradeRecord["end"]>[1] = {},
  ): void {
    const { record, clock } = this.#deps;
    try {
      record.end(outcomeOf(this.#plan, end, clock.now()), options);
    } catch (error) {
      // The link says which version counts, and the next start ends what is open.
      this.#log.error("Cannot note how the upgrade ended: {reason}", { reason: messageOf(error) });
    }
  }

  /** With the token of this version the other one would not have to log in until much later. */
  #forgetToken(): void {
    try {
      new IdentityFile(this.#deps.config.agent.path.data).update({ token: undefined });
    } catch (error) {
      this.#log.warn("The token stays: {reason}", { reason: messageOf(error) });
    }
  }

  #start(): TrialProcess {
    const { installation, process } = this.#deps;
    const child = startSuccessor(process, {
      executable: installation.programOf(this.#plan.version),
      variables: { [TRIAL_VARIABLE]: "1" },
      stderr: "piped",
    });
    const signals = passSignals(process, child);
    child.status.then(() => signals[Symbol.dispose]());
    return {
      pid: child.pid,
      status: child.status,
      kill: (signal) => child.kill(signal),
      async readLog(onText) {
        const text = child.stderr.pipeThrough(new TextDecoderStream());
        for await (const piece of text) onText(piece);
      },
    };
  }

  async #ask<T>(question: (client: ControlClient) => Promise<T>): Promise<T | undefined> {
    try {
      using client = ControlClient.to(endpointIn(this.#deps.config.agent.path.run));
      return await question(client);
    } catch {
      return undefined;
    }
  }

  /** The event is handed over once; from then on its fate is asked for. */
  async #delivers(): Promise<boolean> {
    const { stop: signal } = this.#deps;
    this.#event ??= await this.#ask((client) =>
      client.append("stateless", trialEvent("agent-upgrade-trial"), signal)
    );
    const span = this.#event;
    if (span === undefined) return false;
    const report = await this.#ask((client) => client.report(span, 0));
    return report !== undefined && report.acknowledged_events > 0;
  }

  async #serverAnswers(signal: AbortSignal): Promise<boolean> {
    const { config, secrets } = this.#deps;
    const identity = new IdentityFile(config.agent.path.data).load();
    using limit = new AnySignal(signal, AbortSignal.timeout(ASK_SERVER_WITHIN_MS));
    return await serverTakesEvents(config, { identity, secrets, signal: limit.signal });
  }

  #tellSupervisor(): void {
    this.#deps.supervisor?.tell({
      nowMs: this.#deps.clock.monotonic(),
      helpless: undefined,
      status: () => this.#statusText,
    });
  }

  get #statusText(): string {
    return `version ${this.#plan.version} is on trial`;
  }
}
