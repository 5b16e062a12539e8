/**
 * The running agent: starts its parts in order, stops them in order.
 *
 * Start: identity, lock, database, local API, log-in, dispatchers, poll, collectors. A server that is away is no reason to
 * stop: the agent collects and waits.
 *
 * Stop: the collectors first; then what is queued has until half of `shutdown_notify_timeout` to leave; then both shutdown messages go
 * past the queue with the rest of the time; the database is closed last.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { aborted, AnySignal } from "../shared/any_signal.ts";
import { type AgentDeps, AgentParts } from "./app/agent_parts.ts";
import { settleMachine } from "./app/machine_copy.ts";
import { sayGoodbye } from "./app/server/goodbye.ts";
import { ClockWatch } from "./app/watches/clock_watch.ts";
import { Housekeeping } from "./app/watches/housekeeping.ts";
import { purgeQueue } from "./app/queue/purge.ts";
import { appendLocalEvents } from "./app/queue/local_events.ts";
import { logDamage } from "./app/queue/log_damage.ts";
import { QueueWatch } from "./app/watches/queue_watch.ts";
import type { Clock } from "../shared/clock.ts";
import type { AgentConfig } from "./config/schema.ts";
import { createControlApi } from "./control/control_api.ts";
import { endpointIn, listen, type Listener } from "./control/endpoint.ts";
import { AgentError, messageOf } from "../shared/errors.ts";
import type { LogFileStatus } from "../shared/protocol/part_status.ts";
import { Secrets } from "../shared/log/secrets.ts";
import { rememberSecrets } from "./identity/stored_secrets.ts";
import { prepareDataFolder } from "./identity/data_folder.ts";
import { lockForAgent } from "./identity/data_folder_lock.ts";
import { GroupFiles } from "./identity/group_files.ts";
import { GroupTrial } from "./identity/group_trial.ts";
import { IdentityFile } from "./identity/identity_file.ts";
import type { Module } from "./modules/module.ts";
import { MODULES } from "./modules/modules.ts";
import type { Supervisor } from "./service/supervisor.ts";
import { supervisionText } from "./service/supervision_text.ts";
import type { ReloadRequests } from "./process/signals.ts";
import { countersIn } from "./app/state_parts.ts";
import { outdatedStates } from "./state/outdated_state.ts";
import { orderLetters } from "./queue/letter_orders.ts";
import { Queue } from "./queue/queue.ts";
import type { TrialPlan } from "./upgrade/trial_plan.ts";
import { VERSION } from "../shared/version.ts";
import { queueOptions } from "./app/queue/queue_settings.ts";
import { createServerLink } from "./app/server/server_link.ts";
import { StateAnswers } from "./app/state_parts.ts";
import { upgradeHost } from "./app/upgrades/upgrade_host.ts";
import { settleUpgrade } from "./app/upgrades/upgrade_parts.ts";

/** What {@linkcode runAgent} needs. */
export interface RunOptions {
  config: AgentConfig;
  clock: Clock;
  /** Aborted when the agent shall stop. */
  stop: AbortSignal;
  /** Reads the configuration again, all of it checked. */
  loadConfig: AgentDeps["loadConfig"];
  /** What the machine itself says of it. */
  own: AgentDeps["own"];
  /** Where each option of `config` was given. */
  places: AgentDeps["places"];
  /** What was warned of when `config` was read. */
  warnings: AgentDeps["warnings"];
  /** @default those of the registry */
  modules?: readonly Module[];
  /** Throws when group files are not valid, each by itself or together with the local configuration. */
  checkGroupFiles: AgentDeps["checkGroupFiles"];
  /** Is told the key and every token. @default nobody is */
  secrets?: Secrets;
  setLogLevel: (level: AgentConfig["log"]["level"]) => void;
  /** How the log file stands; `undefined` when there is none. @default there is none */
  logFile?: () => LogFileStatus | undefined;
  /** Requests to read the configuration again. */
  reloads: Pick<ReloadRequests, "listen">;
  /** Id of this machine. @default it has none */
  machineId?: string | undefined;
  /** Who started the agent and wants to know how it is. @default nobody */
  supervisor?: Supervisor | undefined;
  /** How it may be replaced by another version. @default as the configuration says, with an empty environment */
  upgrade?: AgentDeps["upgrade"];
}

type AgentOptions = RunOptions & Required<Pick<RunOptions, "secrets">> & { trial: GroupTrial };

const FALLEN_BACK =
  "The agent was killed twice before it had run with the newest group files for a " +
  "minute; those before them are in force until the server sends some again";

/** Why the agent ended: a plan when it has made room for another version, which is to be tried. */
type Ending = "stopped" | "restart" | TrialPlan;

/**
 * Runs the agent until `stop` is aborted or a restart is asked for, and everything is put away.
 *
 * @throws {AgentError} `data_folder_locked`, `folder_unusable`, `not_registered`, `failed`; or whatever a part could not go on for
 */
export async function runAgent(options: RunOptions): Promise<Ending> {
  const { config, clock, modules = MODULES, secrets = new Secrets() } = options;
  const folder = config.agent.path.data;
  const identityFile = new IdentityFile(folder);
  // Nothing is made for an agent that cannot run: no folder, no lock, no database.
  identityFile.requireRegistered();
  prepareDataFolder(folder);
  using _lock = await lockForAgent(folder, { clock, signal: options.stop });
  const damage = new AbortController();
  const onDamage = (error: unknown) => damage.abort(error);
  const stateAnswers = new StateAnswers();
  const hooks = { onDamage, onMended: logDamage, onAnswered: stateAnswers.note };
  const upgrade = options.upgrade ?? upgradeHost(config, { env: {}, runArgs: [] });
  if (settleUpgrade(upgrade, { config, clock })) return "restart";
  using queue = Queue.open(queueOptions(config, { clock, modules, ...hooks }));
  const log = getLogger(["agent"]);
  const identity = identityFile.load((text) => log.warn("{text}", { text }));
  rememberSecrets(identity, secrets);
  const isCopy = settleMachine(identityFile, identity, options.machineId);
  const trial = new GroupTrial(folder);
  if (new GroupFiles(folder, identityFile).hasFallenBack) log.error(FALLEN_BACK);
  trial.noteStart(identity.group_files);
  using link = createServerLink(config, { identity, file: identityFile, clock, secrets });
  // Batches of an earlier identity name it in their first line, and the server would refuse them all.
  await queue.releaseForeign(identity.id);
  const restart = new AbortController();
  const requestRestart = () => restart.abort("restart");
  const requestTrial = (plan: TrialPlan) => restart.abort(plan);
  const deps = {
    ...options,
    upgrade,
    secrets,
    modules,
    stateAnswers,
    queue,
    identity,
    identityFile,
    isCopy,
    link,
    requestRestart,
    requestTrial,
  };
  const agent = new Agent(deps, { ...options, secrets, trial });
  try {
    await agent.run({ restart: restart.signal, damage: damage.signal });
    trial.noteStop();
  } catch (error) {
    throw damage.signal.aborted ? queueLost(error) : error;
  }
  // Whoever sent a signal waits for the process to end, also when it was about to start again.
  return restart.signal.aborted && !options.stop.aborted ? restart.signal.reason : "stopped";
}

/** How long parts that were told to stop may take to do so, in milliseconds. */
const ENDING_MS = 2_000;
/** How long what is under way may take when another version takes over, in milliseconds: it sends the rest under the same ids. */
const HAND_OVER_MS = 500;

/** The agent from its start to its end. */
class Agent {
  readonly #deps: AgentDeps;
  readonly #options: AgentOptions;
  readonly #parts: AgentParts;
  readonly #log = getLogger(["agent"]);
  readonly #work = new AbortController();
  readonly #housekeeping: Housekeeping;
  readonly #queueWatch = new QueueWatch();
  readonly #clockWatch = new ClockWatch();
  #listener: Listener | undefined;

  constructor(deps: AgentDeps, options: AgentOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#parts = new AgentParts(deps);
    this.#housekeeping = new Housekeeping({
      ...deps,
      otherWork: () => this.#parts.states.rowsRead,
      also: [
        () => options.trial.observe(deps.clock.monotonic()),
        () => this.#parts.status.updateState(),
        () => this.#clockWatch.observe(this.#parts.status.clockOffMs),
        () => this.#queueWatch.observe(this.#parts.status, this.#parts.bounds),
        () => this.#parts.metrics.retry(),
        () => this.#parts.saveHistory(),
        () => this.#parts.moduleOrders.words.endExpired(),
        () => this.#watch(),
        () => this.#tellSupervisor(),
        () => this.#parts.upgrades.settle(this.#work.signal),
        () => this.#restoreListener(),
        () => deps.link.certificates.lookNowAndThen(),
      ],
    });
  }

  /** Starts everything, waits for a reason to end, stops everything. */
  async run({ restart, damage }: { restart: AbortSignal; damage: AbortSignal }): Promise<void> {
    const { stop, reloads, supervisor } = this.#options;
    this.#listener = await this.#listen();
    this.#parts.metrics.start(this.#deps.config.metrics.listen);
    const ignoreReloads = reloads.listen(() => this.#reload());
    try {
      this.#logStart();
      supervisor?.ready();
      const { signal } = this.#work;
      // The parts work until they are told to stop, so this ends the race only when one of them fails.
      const failure = Promise.all([this.#parts.start(signal), this.#housekeeping.run(signal)]);
      await Promise.race([failure, aborted(stop), aborted(restart), aborted(damage)]);
      // With a damaged queue there is nothing that a shutdown in good order could still write.
      damage.throwIfAborted();
      if (this.#handsOver(restart)) await this.#handOver();
      else await this.#shutDown();
      // What failed while the parts were told to stop is a failure all the same; what does not end by itself ends with the process.
      await Promise.race([failure, aborted(AbortSignal.timeout(ENDING_MS))]);
      this.#parts.upgrades.ended();
    } finally {
      ignoreReloads();
      this.#work.abort();
      await Promise.all([this.#listener?.close(), this.#parts.metrics.close()]);
    }
  }

  /** Whether another version goes on in a moment: the one that is to be tried, or the one that tries this one. */
  #handsOver(restart: AbortSignal): boolean {
    const isTrial = restart.aborted && restart.reason !== "restart";
    return isTrial && !this.#options.stop.aborted || this.#parts.upgrades.isOpen;
  }

  /** Makes room without a word to the server: nobody goes away. */
  async #handOver(): Promise<void> {
    this.#parts.status.stopping = true;
    await this.#parts.stopTakingIn();
    await this.#parts.settleInFlight(AbortSignal.timeout(HAND_OVER_MS));
    this.#work.abort();
    this.#log.info("Made room for another version");
  }

  async #shutDown(): Promise<void> {
    const { clock, config, queue, link: { client, tokens } } = this.#deps;
    const timeoutMs = config.agent.shutdown_notify_timeout;
    const signal = AbortSignal.timeout(timeoutMs);
    const startedAt = clock.monotonic();
    this.#parts.status.stopping = true;
    this.#options.supervisor?.stopping();
    this.#log.info("Stopping");
    await this.#parts.stopTakingIn();
    // Without a token nothing can leave, and there is no time to get one.
    if (tokens.current() !== undefined) await this.#parts.flush(AbortSignal.timeout(timeoutMs / 2));
    this.#work.abort();
    const [token, agentLine] = [tokens.current(), this.#parts.agentLine.line()];
    await sayGoodbye({ client, token, agentLine, nowMs: clock.now(), signal }, this.#log);
    const queued = (stream: "stateless" | "stateful") => queue.account(stream).queued.events;
    this.#log.info("Stopped", {
      left_in_queue: queued("stateless") + queued("stateful"),
      took_ms: Math.round(clock.monotonic() - startedAt),
    });
  }

  /** On the way out whatever is stuck is left behind, not rebuilt. */
  #watch(): void {
    if (!this.#parts.status.stopping) this.#parts.watchdog.check();
  }

  /** A part that stays stuck whatever is done has the supervisor start the whole agent anew. */
  #tellSupervisor(): void {
    const { supervisor } = this.#options;
    supervisor?.tell({
      nowMs: this.#deps.clock.monotonic(),
      helpless: this.#parts.watchdog.helpless,
      status: () => this.#options.secrets.hide(supervisionText(this.#parts.status.document())),
    });
  }

  async #reload(): Promise<void> {
    const { supervisor } = this.#options;
    supervisor?.reloading();
    await this.#parts.reloadAndLog();
    supervisor?.ready();
  }

  /** A cleaner of temporary folders may have removed the socket. */
  async #restoreListener(): Promise<void> {
    if (this.#listener === undefined || this.#listener.isReachable()) return;
    try {
      await this.#listener.close();
      this.#listener = await this.#listen();
      this.#log.warn("The local API was removed from the run folder, and is there again");
    } catch (error) {
      this.#log.error("Cannot offer the local API again: {reason}", { reason: messageOf(error) });
    }
  }

  #listen(): Promise<Listener> {
    const { queue, config, clock } = this.#deps;
    const api = createControlApi({
      status: () => this.#parts.status.document(),
      metrics: async (document) => (await import("./status/metrics.ts")).metricsText(document),
      append: async ({ hasten, ...request }) => {
        const span = await appendLocalEvents(queue, request);
        if (hasten) this.#parts.dispatchers[span.stream].hasten();
        return span;
      },
      reload: () => this.#parts.reload(),
      modules: this.#parts.moduleOrders,
      letters: (order, selection) => {
        const nowMs = clock.now();
        const outdated = outdatedStates(countersIn(this.#deps.modules));
        return orderLetters(queue, { order, selection, nowMs, outdated });
      },
      purge: (order) => purgeQueue(queue, order),
      upgrades: {
        order: (request, signal) =>
          this.#untilStop(signal, (either) => this.#parts.upgrades.order(request, either)),
        goBack: (version, signal) =>
          this.#untilStop(signal, (either) => this.#parts.upgrades.goBack(version, either)),
      },
      responses: {
        revert: (selection) => this.#parts.responses.revert(selection, this.#work.signal),
      },
      settlements: this.#parts.settlements,
      hide: (text) => this.#options.secrets.hide(text),
    });
    return listen(endpointIn(config.agent.path.run), (request) => api.fetch(request));
  }

  /** What a person asked for ends with whoever asked, and with the agent. */
  async #untilStop<T>(signal: AbortSignal, work: (either: AbortSignal) => Promise<T>): Promise<T> {
    using either = new AnySignal(signal, this.#options.stop);
    return await work(either.signal);
  }

  #logStart(): void {
    const { config, identity, queue } = this.#deps;
    if (queue.damaged) logDamage(queue.damaged);
    this.#log.info("Agent {name} started", {
      name: identity.name,
      id: identity.id,
      version: VERSION,
      pid: Deno.pid,
      server: config.agent.server_url,
    });
  }
}

/** The agent does not work without a queue; the next start does what it can. */
function queueLost(cause: unknown): AgentError {
  return new AgentError("failed", `The queue is damaged: ${messageOf(cause)}`, {
    cause,
    hint: "start the agent again: it keeps what can be read",
  });
}
