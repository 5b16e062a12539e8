/**
 * The parts of a running agent, built from its configuration and from each other, and changed when that changes.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { CollectorRunner } from "../modules/collector_runner.ts";
import { createCollectors } from "../modules/registry.ts";
import type { CommandRunner } from "../commands/command_runner.ts";
import { Poller } from "../commands/poller.ts";
import type { Stream } from "../../shared/protocol/wire.ts";
import type { AgentConfig } from "../config/schema.ts";
import type { SettlementHistory } from "../control/settlement_history.ts";
import type { Dispatcher } from "../dispatch/dispatcher.ts";
import { messageOf } from "../../shared/errors.ts";
import { readHostInfo } from "../platform/host_info.ts";
import { QueueEventSink } from "../queue/event_sink.ts";
import type { Batch } from "../queue/types.ts";
import { AgentLineSource } from "./agent_line.ts";
import { type CommandFoundations, createCommandRunner } from "./command_parts.ts";
import { mergeLive } from "./config_changes.ts";
import { createBackoff, createDispatcher, queueLimits } from "./parts.ts";
import { recordSettlements } from "./record_settlements.ts";
import { RunningStatus } from "../status/running_status.ts";
import type { ReloadReport } from "../../shared/protocol/local_api.ts";

/** What the parts are built on. */
export interface Foundations extends CommandFoundations {
  setLogLevel: (level: AgentConfig["log"]["level"]) => void;
}

/** Everything that works while the agent runs. */
export class AgentParts {
  readonly agentLine: AgentLineSource;
  readonly dispatchers: Record<Stream, Dispatcher<Batch>>;
  readonly poller: Poller;
  readonly commands: CommandRunner;
  readonly settlements: SettlementHistory;
  readonly status: RunningStatus;
  readonly #foundations: Foundations;
  readonly #log = getLogger(["agent", "config"]);
  /** Ends what brings events in: collectors, polls, commands. */
  readonly #intake = new AbortController();
  #config: AgentConfig;
  #collectors: CollectorRunner;
  #reloading: Promise<unknown> = Promise.resolve();
  #commandsEnded: Promise<void> = Promise.resolve();

  constructor(foundations: Foundations) {
    const { config, clock, queue, identity, link: { client, tokens } } = foundations;
    this.#foundations = foundations;
    this.#config = config;
    this.settlements = recordSettlements(queue, clock);
    this.agentLine = new AgentLineSource({ identity, readHostInfo, clock });
    const parts = { queue, client, agentLine: this.agentLine, clock };
    this.dispatchers = {
      stateless: createDispatcher("stateless", () => this.#config, parts),
      stateful: createDispatcher("stateful", () => this.#config, parts),
    };
    this.commands = createCommandRunner(foundations, {
      config: () => this.#config,
      status: () => this.status.document(),
      reload: () => this.reload(),
    });
    this.poller = new Poller({
      poll: (signal) => client.poll(signal),
      onCommands: (commands) => this.commands.accept(commands),
      retryWaits: createBackoff(config),
      clock,
    });
    this.#collectors = this.#createCollectors();
    this.status = new RunningStatus({
      options: () => this.#config,
      clock,
      queue,
      identity,
      tokens,
      dispatchers: this.dispatchers,
      poller: this.poller,
      collectors: () => this.#collectors.status(),
      commands: this.commands,
      settlements: this.settlements,
    });
  }

  /** Starts everything; rejects when a part cannot go on. */
  start(signal: AbortSignal): Promise<unknown> {
    const { link: { tokens } } = this.#foundations;
    const intake = this.#intake.signal;
    signal.addEventListener("abort", () => this.#intake.abort(signal.reason), { once: true });
    this.#collectors.start(intake);
    this.#commandsEnded = this.commands.run(intake);
    return Promise.all([
      tokens.run(signal),
      this.dispatchers.stateless.run(signal),
      this.dispatchers.stateful.run(signal),
      this.poller.run(intake),
      this.#commandsEnded,
    ]);
  }

  /** Stops taking in events and commands; resolves when what was read is stored and commands have their results. */
  async stopTakingIn(): Promise<void> {
    this.#intake.abort("stopping");
    await Promise.allSettled([this.#collectors.stopped, this.#commandsEnded]);
  }

  /** Lets what is queued leave until `deadline` is aborted. */
  async flush(deadline: AbortSignal): Promise<void> {
    const { stateless, stateful } = this.dispatchers;
    await Promise.allSettled([stateless.flush(deadline), stateful.flush(deadline)]);
  }

  /**
   * Reads the configuration again, checks all of it, then applies what can change while the agent runs. One reload at a time.
   *
   * @throws {AgentError} `config_invalid`; then nothing has changed
   */
  reload(): Promise<ReloadReport> {
    const reloaded = this.#reloading.then(() => this.#reload());
    this.#reloading = reloaded.catch(() => {});
    return reloaded;
  }

  /** {@linkcode reload} for a signal: the outcome goes to the log. */
  async reloadAndLog(): Promise<void> {
    try {
      await this.reload();
    } catch (error) {
      this.#log.error("Configuration not reloaded, the old one stays: {reason}", {
        reason: messageOf(error),
      });
    }
  }

  async #reload(): Promise<ReloadReport> {
    const next = await this.#foundations.loadConfig();
    const { config, report } = mergeLive(this.#config, next);
    this.#config = config;
    const { queue, setLogLevel } = this.#foundations;
    queue.setLimits(queueLimits(config));
    setLogLevel(config.log.level);
    if (report.applied.some((path) => path.startsWith("logcollector."))) await this.#recollect();
    for (const dispatcher of Object.values(this.dispatchers)) dispatcher.wake();
    this.#log.info("Configuration reloaded", {
      applied: report.applied.join(", ") || "nothing",
      needs_restart: report.needs_restart.join(", ") || "nothing",
    });
    return report;
  }

  /** The new collectors go on where the old ones stopped: at the checkpoints. */
  async #recollect(): Promise<void> {
    await this.#collectors.stop();
    this.#collectors = this.#createCollectors();
    this.#collectors.start(this.#intake.signal);
  }

  #createCollectors(): CollectorRunner {
    const { clock, queue } = this.#foundations;
    return new CollectorRunner(createCollectors(this.#config, { clock }), {
      sinkFor: (name) => new QueueEventSink(queue, name),
      clock,
    });
  }
}
