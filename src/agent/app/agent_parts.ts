/**
 * The parts of a running agent, built from its configuration and from each other, and changed when that changes.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Module } from "../modules/module.ts";
import { ModuleHistory } from "../modules/history/module_history.ts";
import type { ModuleRunner } from "../modules/module_runner.ts";
import type { CommandRunner } from "../commands/command_runner.ts";
import type { GroupRefresh } from "../commands/group_refresh.ts";
import { Poller } from "../commands/poller.ts";
import type { Stream } from "../../shared/protocol/wire.ts";
import { currentPlatform } from "../../shared/config/platform.ts";
import type { Executor } from "../commands/types.ts";
import type { Journal } from "../commands/journal.ts";
import type { LoadedConfig } from "../config/load.ts";
import { listOptions } from "../config/options.ts";
import { type AgentConfig, moduleOptions } from "../config/schema.ts";
import type { SettlementHistory } from "../control/settlement_history.ts";
import { ReplaceableDispatcher } from "../dispatch/replaceable_dispatcher.ts";
import { messageOf } from "../../shared/errors.ts";
import { LibcLibrary } from "../platform/libc/library.ts";
import { readHostInfo } from "../platform/host_info.ts";
import type { Batch } from "../queue/types.ts";
import { AgentLineSource } from "./agent_line.ts";
import { type CommandDeps, createCommandRunner, journalLimits } from "./command_parts.ts";
import { certificateFiles } from "./server/certificate_files.ts";
import { LiveConfig } from "./config_changes.ts";
import { ModuleOrders } from "./modules/module_orders.ts";
import { createChildBudget } from "./modules/child_budget_parts.ts";
import { createModuleRunner } from "./modules/module_parts.ts";
import { moduleStatus } from "./modules/module_status.ts";
import { loadWithoutIdleWords } from "./modules/module_words.ts";
import { recordSettlements } from "./queue/record_settlements.ts";
import { MetricsEndpoint } from "./metrics_endpoint.ts";
import type { LogFileStatus, ModuleStatus } from "../../shared/protocol/part_status.ts";
import type { Secrets } from "../../shared/log/secrets.ts";
import { RunningStatus } from "../status/running_status.ts";
import type { ReloadReport } from "../../shared/protocol/local_api.ts";
import { createDispatcher } from "./server/dispatchers.ts";
import { queueLimits } from "./queue/queue_settings.ts";
import { AgentStates, type StateAnswers } from "./state_parts.ts";
import type { TrialPlan } from "../upgrade/trial_plan.ts";
import { type UpgradeHost, UpgradeParts } from "./upgrades/upgrade_parts.ts";
import { Watchdog } from "./watches/watchdog.ts";
import { watchedParts } from "./watches/watched_parts.ts";
import type { Supervisor } from "../service/supervisor.ts";
import { createResponses } from "./response_parts.ts";
import { createBackoff } from "./server/server_link.ts";
import { sharedConfigReport } from "./shared_config_report.ts";

/** What the parts are built on. */
export interface AgentDeps extends CommandDeps {
  /** What the machine itself says. */
  own: LoadedConfig["own"];
  /** Where each option was given. */
  places: LoadedConfig["places"];
  /** What was warned of when the configuration was read, and logged. */
  warnings: LoadedConfig["warnings"];
  modules: readonly Module[];
  /** Whether this machine is a copy that goes on as another. */
  isCopy: boolean;
  /** Told of answers by the queue. */
  stateAnswers: StateAnswers;
  setLogLevel: (level: AgentConfig["log"]["level"]) => void;
  /** How the log file stands. */
  logFile?: () => LogFileStatus | undefined;
  /** Who started the agent and wants to know how it is. */
  supervisor?: Supervisor | undefined;
  /** What must not be seen in the metrics either. */
  secrets: Secrets;
  /** What the process brings along for its replacement. */
  upgrade: UpgradeHost;
  /** Has the agent make room for another version. */
  requestTrial: (plan: TrialPlan) => void;
}

/** Everything that works while the agent runs. */
export class AgentParts {
  readonly agentLine: AgentLineSource;
  readonly states: AgentStates;
  readonly dispatchers: Record<Stream, ReplaceableDispatcher<Batch>>;
  readonly poller: Poller;
  readonly commands: CommandRunner;
  readonly settlements: SettlementHistory;
  readonly status: RunningStatus;
  readonly watchdog: Watchdog;
  readonly metrics: MetricsEndpoint;
  readonly responses: ReturnType<typeof createResponses>["responses"];
  readonly #deps: AgentDeps;
  readonly #log = getLogger(["agent", "config"]);
  /** Ends what brings events in: collectors, polls, commands. */
  readonly #intake = new AbortController();
  readonly moduleOrders: ModuleOrders;
  readonly upgrades: UpgradeParts;
  readonly #live: LiveConfig;
  readonly #modules: ModuleRunner;
  readonly #history: ModuleHistory;
  readonly #library = new LibcLibrary();
  readonly #startedAt: string;
  readonly #journal: Journal;
  readonly #groupRefresh: GroupRefresh;
  #commandsEnded: Promise<unknown> = Promise.resolve();

  constructor(deps: AgentDeps) {
    const { config, clock, queue, identity, link } = deps;
    const { client, tokens, serverClock, connection } = link;
    this.#deps = deps;
    this.#startedAt = new Date(clock.now()).toISOString();
    this.agentLine = new AgentLineSource({ identity, readHostInfo, clock });
    this.states = new AgentStates({
      config: () => this.#live.config,
      modules: deps.modules,
      queue,
      clock,
      agentId: identity.id,
      client,
      agentLine: this.agentLine,
      answers: deps.stateAnswers,
    });
    this.#modules = createModuleRunner(deps.modules, {
      config,
      queue,
      clock,
      statesOf: (name) => this.states.keeperFor(name),
      whyNotRead: (option, path) => this.#live.whyNotRead(option, path),
      agentId: identity.id,
      children: createChildBudget({
        library: this.#library,
        clock,
        modules: () => this.#live.config.modules,
      }),
    });
    this.#history = new ModuleHistory({
      look: (read) => queue.look(read),
      transact: (write) => queue.transact(({ database }) => write(database)),
      clock,
    });
    const options = listOptions(currentPlatform(), deps.modules);
    this.#live = new LiveConfig({
      loaded: deps,
      options,
      load: () =>
        loadWithoutIdleWords(deps.loadConfig, { dataFolder: config.agent.path.data, clock }),
      files: certificateFiles(deps.link.certificates),
      apply: (section, config) => this.#apply(section, config),
    });
    this.moduleOrders = new ModuleOrders({
      modules: deps.modules,
      options,
      dataFolder: config.agent.path.data,
      runner: this.#modules,
      states: this.states.upkeep,
      clock,
      config: () => this.#live.config,
      own: () => this.#live.own,
      places: () => this.#live.places,
      reload: (prepare) => this.reload(prepare),
    });
    this.settlements = recordSettlements(queue, clock);
    const parts = { queue, client, agentLine: this.agentLine, clock };
    const dispatcher = (stream: Stream) =>
      new ReplaceableDispatcher(() => createDispatcher(stream, () => this.#live.config, parts));
    this.dispatchers = { stateless: dispatcher("stateless"), stateful: dispatcher("stateful") };
    this.upgrades = new UpgradeParts({
      host: deps.upgrade,
      config: () => this.#live.config,
      link,
      queue,
      status: () => this.status.document(),
      requestTrial: deps.requestTrial,
      clock,
    });
    const live = () => this.#live.config;
    const responding = createResponses({ ...deps, agent: identity, config: live });
    this.responses = responding.responses;
    const { runner, journal, refresh } = createCommandRunner(deps, {
      ...responding,
      config: () => this.#live.config,
      status: () => this.status.document(),
      reload: () => this.reload(),
      moduleOrders: this.moduleOrders,
      moreExecutors: [...this.#modules.executors(), this.upgrades.executor as Executor],
    });
    this.commands = runner;
    this.#journal = journal;
    this.#groupRefresh = refresh;
    this.poller = new Poller({
      poll: (signal, onSend) => client.poll(signal, onSend),
      onCommands: (commands) => this.commands.accept(commands),
      retryWaits: createBackoff(config),
      clock,
    });
    this.watchdog = new Watchdog(
      watchedParts({
        dispatchers: this.dispatchers,
        modules: this.#modules,
        moduleNames: deps.modules.map(({ name }) => name),
        tokens,
        queue,
        requestTimeoutMs: () => this.#live.config.agent.request_timeout,
      }),
      { clock, timeoutMs: () => this.#live.config.agent.stall_timeout },
    );
    this.metrics = new MetricsEndpoint({ page: () => this.#metricsPage(), clock });
    this.status = new RunningStatus({
      options: () => this.#live.config,
      clock,
      queue,
      identity,
      isCopy: deps.isCopy,
      tokens,
      dispatchers: this.dispatchers,
      poller: this.poller,
      sharedConfig: () => sharedConfigReport(config.agent.path.data, refresh.status()),
      modules: () => this.#moduleStatus(),
      warnings: () => this.#live.warnings,
      commands: this.commands,
      settlements: this.settlements,
      watchdog: this.watchdog,
      upgrades: this.upgrades,
      metrics: this.metrics,
      responses: () => this.responses.status(),
      logFile: deps.logFile ?? (() => undefined),
      supervisor: deps.supervisor,
      serverClock,
      connection,
    });
  }

  #moduleStatus(): ModuleStatus[] {
    const { modules } = this.#deps;
    return moduleStatus(this.#modules, {
      places: this.#live.places,
      modules,
      statesOf: (name) => this.states.statusOf(name),
      library: this.#library,
      isMinded: ({ code }) =>
        code !== "nothing_matches" || this.#live.config.health.unmatched_location !== "ignore",
      startedAt: this.#startedAt,
    }).map((module) => this.#history.withEver(module));
  }

  /** Stores from time to time what happened to modules. */
  async saveHistory(): Promise<void> {
    await this.#history.saveNowAndThen(() => this.#moduleStatus());
  }

  /** The metrics as they are read: loaded when somebody asks. */
  async #metricsPage() {
    const { metricsText } = await import("../status/metrics.ts");
    const { contentType, text } = await metricsText(this.status.document());
    return { contentType, text: this.#deps.secrets.hide(text) };
  }

  /** What the queue may hold, as the options in force say. */
  get bounds(): Pick<AgentConfig["queue"], "max_events" | "max_bytes"> {
    return this.#live.config.queue;
  }

  /** Starts everything; rejects when a part cannot go on. */
  async start(signal: AbortSignal): Promise<unknown> {
    await this.states.adopt();
    const { link: { tokens } } = this.#deps;
    const intake = this.#intake.signal;
    signal.addEventListener("abort", () => this.#intake.abort(signal.reason), { once: true });
    this.#modules.start(intake);
    this.#commandsEnded = Promise.all([this.commands.run(intake), this.responses.run(intake)]);
    return await Promise.all([
      tokens.run(signal),
      this.states.upkeep.run(intake),
      this.dispatchers.stateless.run(signal),
      this.dispatchers.stateful.run(signal),
      this.poller.run(intake),
      this.#groupRefresh.run(intake),
      this.#commandsEnded,
    ]);
  }

  /** Stops taking in events and commands; resolves when what was read is stored and commands have their results. */
  async stopTakingIn(): Promise<void> {
    this.#intake.abort("stopping");
    await Promise.allSettled([this.#modules.stop(), this.#commandsEnded]);
    await this.#history.save(this.#moduleStatus()).catch((error) =>
      this.#log.warn("What happened to modules is not stored: {reason}", {
        reason: messageOf(error),
      })
    );
  }

  /** Lets what is queued leave until `deadline` is aborted. */
  async flush(deadline: AbortSignal): Promise<void> {
    const { stateless, stateful } = this.dispatchers;
    await Promise.allSettled([stateless.flush(deadline), stateful.flush(deadline)]);
  }

  /** Sends nothing new, and waits for the answers to what is under way until `deadline` is aborted. */
  async settleInFlight(deadline: AbortSignal): Promise<void> {
    const { stateless, stateful } = this.dispatchers;
    await Promise.all([stateless.settle(deadline), stateful.settle(deadline)]);
  }

  /**
   * Reads the configuration again, checks all of it, then applies what can change while the agent runs. One reload at a time.
   *
   * @throws {AgentError} `config_invalid`; then nothing has changed
   */
  async reload(prepare?: () => void): Promise<ReloadReport> {
    const report = await this.#live.reload(prepare);
    for (const dispatcher of Object.values(this.dispatchers)) dispatcher.wake();
    this.states.upkeep.reconcile();
    this.#log.info("Configuration reloaded", {
      applied: report.applied.join(", ") || "nothing",
      needs_restart: report.needs_restart.join(", ") || "nothing",
      looked_at: report.looked_at,
    });
    for (const { option, reason } of report.failed) {
      this.#log.error("{option} cannot be changed: {reason}", { option, reason });
    }
    return report;
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

  /**
   * Puts the live options of a section in force. Those of sections that are not named here are read from the configuration whenever
   * they are needed.
   */
  async #apply(section: string, config: AgentConfig): Promise<void> {
    const { modules, queue, setLogLevel } = this.#deps;
    if (modules.some(({ name }) => name === section)) {
      await this.#modules.change(section, moduleOptions(config, section));
    } else if (section === "queue" || section === "events") queue.setLimits(queueLimits(config));
    else if (section === "metrics") await this.metrics.move(config.metrics.listen);
    else if (section === "log") setLogLevel(config.log.level);
    else if (section === "agent") this.#groupRefresh.wake();
    else if (section === "commands") this.#journal.setLimits(journalLimits(config));
  }
}
