/**
 * The running agent: builds its parts, starts them in order, stops them in order.
 *
 * Start: lock, database, identity, local API, log-in, dispatchers, poll, collectors. A server that is away is no reason to
 * stop: the agent collects and waits.
 *
 * Stop: the collectors first; then what is queued has until half of `shutdown_notify_timeout` to leave; then both shutdown messages go
 * past the queue with the rest of the time; the database is closed last.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { aborted } from "./any_signal.ts";
import { AgentLineSource } from "./assembly/agent_line.ts";
import { appendLocalEvents } from "./assembly/local_events.ts";
import { IdleMemory } from "./assembly/idle_memory.ts";
import { encodeLossNotice } from "./assembly/loss_notice.ts";
import {
  createBackoff,
  createDispatcher,
  createLink,
  databasePath,
  type Link,
  queueOptions,
} from "./assembly/parts.ts";
import { rememberSettlements } from "./assembly/remember_settlements.ts";
import { RunningStatus } from "./assembly/running_status.ts";

import type { Clock } from "./clock.ts";
import { CollectorRunner } from "./collectors/collector_runner.ts";
import { createCollectors } from "./collectors/registry.ts";
import { describeCommand } from "./commands/describe_command.ts";
import { Poller } from "./commands/poller.ts";
import { sendGoodbye } from "./comms/goodbye.ts";
import type { AgentConfig } from "./config/schema.ts";
import { createControlApi } from "./control/control_api.ts";
import { endpointIn, listen, type Listener } from "./control/endpoint.ts";
import type { Settlements } from "./control/settlements.ts";
import type { Dispatcher } from "./dispatch/dispatcher.ts";
import { AgentError, messageOf } from "./errors.ts";
import { prepareDataFolder } from "./identity/data_folder.ts";
import { lockDataFolder } from "./identity/data_folder_lock.ts";
import { readHostInfo } from "./identity/host_info.ts";
import { type Identity, IdentityFile } from "./identity/identity_file.ts";
import { setAside } from "./queue/database.ts";
import { QueueEventSink } from "./queue/event_sink.ts";
import { Queue } from "./queue/queue.ts";
import type { Batch } from "./queue/types.ts";
import { VERSION } from "./version.ts";

/** How often losses are announced and the state is looked at, in milliseconds. */
const HOUSEKEEPING_INTERVAL_MS = 1_000;

/** What {@linkcode runAgent} needs. */
export interface RunOptions {
  config: AgentConfig;
  clock: Clock;
  /** Aborted when the agent shall stop. */
  stop: AbortSignal;
}

/**
 * Runs the agent until `stop` is aborted and everything is put away.
 *
 * @throws {AgentError} `data_folder_locked`, `folder_unusable`, `not_registered`, `failed`; or whatever a part could not go on for
 */
export async function runAgent(options: RunOptions): Promise<void> {
  const { config, clock } = options;
  const folder = config.agent.path.data;
  prepareDataFolder(folder);
  using _lock = lockDataFolder(folder);
  const damage = new AbortController();
  const onDamage = (error: unknown) => damage.abort(error);
  using queue = Queue.open(queueOptions(config, { clock, onDamage }));
  const file = new IdentityFile(folder);
  const log = getLogger(["agent"]);
  const identity = file.load((text) => log.warn(text));
  using link = createLink(config, { identity, file, clock });
  const agent = new Agent({ ...options, queue, identity, link });
  try {
    await agent.run(damage.signal);
  } catch (error) {
    throw damage.signal.aborted ? putAway(queue, options, error) : error;
  }
}

/** The parts at work. */
class Agent {
  readonly #options: RunOptions & { queue: Queue; identity: Identity; link: Link };
  readonly #log = getLogger(["agent"]);
  readonly #work = new AbortController();
  readonly #agentLine: AgentLineSource;
  readonly #dispatchers: Record<"stateless" | "stateful", Dispatcher<Batch>>;
  readonly #poller: Poller;
  readonly #collectors: CollectorRunner;
  readonly #settlements: Settlements;
  readonly #status: RunningStatus;

  constructor(options: RunOptions & { queue: Queue; identity: Identity; link: Link }) {
    const { config, clock, queue, identity, link: { client, tokens } } = options;
    this.#options = options;
    this.#settlements = rememberSettlements(queue, clock);
    this.#agentLine = new AgentLineSource({ identity, readHostInfo, clock });
    const parts = { queue, client, agentLine: this.#agentLine, clock };
    this.#dispatchers = {
      stateless: createDispatcher("stateless", config, parts),
      stateful: createDispatcher("stateful", config, parts),
    };
    this.#poller = new Poller({
      poll: (signal) => client.poll(signal),
      onCommands: (commands) => this.#logCommands(commands),
      retryWaits: createBackoff(config),
      clock,
    });
    this.#collectors = new CollectorRunner(createCollectors(config, { clock }), {
      sinkFor: (name) => new QueueEventSink(queue, name),
      clock,
    });
    this.#status = new RunningStatus({
      config,
      clock,
      queue,
      identity,
      tokens,
      dispatchers: this.#dispatchers,
      poller: this.#poller,
      collectors: this.#collectors,
      settlements: this.#settlements,
    });
  }

  /** Starts everything, waits for the stop signal, damage or a part's failure, stops everything. */
  async run(damage: AbortSignal): Promise<void> {
    const { stop } = this.#options;
    const listener = this.#listen();
    try {
      this.#logStart();
      const failure = this.#startParts();
      await Promise.race([failure, aborted(stop), aborted(damage)]);
      damage.throwIfAborted();
      await this.#shutDown();
    } finally {
      this.#work.abort();
      await listener.close();
    }
  }

  /** Rejects when a part cannot go on. */
  #startParts(): Promise<unknown> {
    const { link: { tokens } } = this.#options;
    const { signal } = this.#work;
    const parts = [
      tokens.run(signal),
      this.#dispatchers.stateless.run(signal),
      this.#dispatchers.stateful.run(signal),
      this.#poller.run(signal),
      this.#keepHouse(signal),
    ];
    this.#collectors.start(this.#work.signal);
    return Promise.all(parts);
  }

  async #shutDown(): Promise<void> {
    const { clock, config } = this.#options;
    const timeoutMs = config.agent.shutdown_notify_timeout;
    const deadline = AbortSignal.timeout(timeoutMs);
    const startedAt = clock.monotonic();
    this.#status.stopping = true;
    this.#log.info("Stopping");
    await this.#collectors.stop();
    await this.#flush(AbortSignal.timeout(timeoutMs / 2));
    this.#work.abort();
    await this.#sayGoodbye(deadline);
    const left = this.#options.queue;
    this.#log.info("Stopped", {
      left_in_queue: left.account("stateless").queued.events +
        left.account("stateful").queued.events,
      took_ms: Math.round(clock.monotonic() - startedAt),
    });
  }

  /** Lets what is queued leave, as far as the time goes. */
  async #flush(deadline: AbortSignal): Promise<void> {
    const { stateless, stateful } = this.#dispatchers;
    await Promise.allSettled([stateless.flush(deadline), stateful.flush(deadline)]);
  }

  async #sayGoodbye(deadline: AbortSignal): Promise<void> {
    const { clock, link: { client, tokens } } = this.#options;
    const results = await sendGoodbye({
      client,
      token: tokens.current(),
      agentLine: this.#agentLine.line(),
      nowMs: clock.now(),
      signal: deadline,
    });
    for (const { stream, accepted, reason } of results) {
      if (accepted) this.#log.info("Shutdown message sent", { stream });
      else this.#log.warn("Shutdown message not sent: {reason}", { stream, reason });
    }
  }

  async #keepHouse(signal: AbortSignal): Promise<void> {
    const { clock, queue } = this.#options;
    const memory = new IdleMemory();
    while (!signal.aborted) {
      this.#status.look();
      memory.look(queue.account("stateless").taken.events, clock.monotonic());
      try {
        const losses = await queue.announceLosses(encodeLossNotice);
        for (const loss of losses) this.#log.error("Events were lost: {reason}", { ...loss });
      } catch (error) {
        this.#log.error("Cannot announce losses: {reason}", { reason: messageOf(error) });
      }
      await clock.sleep(HOUSEKEEPING_INTERVAL_MS, signal).catch(() => {});
    }
  }

  #listen(): Listener {
    const { queue, config } = this.#options;
    const api = createControlApi({
      status: () => this.#status.document(),
      metrics: async (document) => (await import("./control/metrics.ts")).metricsText(document),
      append: (stream, lines, signal) => appendLocalEvents(queue, { stream, lines, signal }),
      settlements: this.#settlements,
    });
    return listen(endpointIn(config.agent.path.run), (request) => api.fetch(request));
  }

  #logCommands(commands: readonly unknown[]): Promise<void> {
    for (const command of commands) {
      const described = describeCommand(command);
      if (described === undefined) this.#log.warn("The server sent something that is no command");
      else this.#log.info("Command {action} arrived; this version runs none", described);
    }
    return Promise.resolve();
  }

  #logStart(): void {
    const { config, identity, queue } = this.#options;
    if (queue.damaged) {
      this.#log.error("The queue was damaged and a new one was begun: {reason}", queue.damaged);
    }
    this.#log.info("Agent {name} started", {
      name: identity.name,
      id: identity.id,
      version: VERSION,
      pid: Deno.pid,
      server: config.agent.server_url,
    });
  }
}

/** Sets a database aside that turned out damaged while it was open; the next start begins a new one. */
function putAway(queue: Queue, { config, clock }: RunOptions, cause: unknown): AgentError {
  const path = databasePath(config.agent.path.data);
  queue.close();
  const target = setAside(path, clock.now());
  return new AgentError("failed", `The queue was damaged and is now "${target}"`, {
    cause,
    hint: "start the agent again; it begins a new queue",
  });
}
