/**
 * The status document of a running agent, out of what its parts say.
 *
 * @module
 */

import { type Clock, isoOrNull } from "../../shared/clock.ts";
import type { LogFileStatus } from "../../shared/protocol/part_status.ts";
import type { AgentIdentity } from "../../shared/protocol/agent_identity.ts";
import type { SettledBatch } from "../../shared/protocol/local_api.ts";
import type {
  CommandCounts,
  DispatchStatus,
  ModuleStatus,
  PollerStatus,
  TokenStatus,
  WatchReport,
} from "../../shared/protocol/part_status.ts";
import type { ResponsesStatus } from "../../shared/protocol/responses.ts";
import type {
  SharedConfigReport,
  StateReport,
  StatusDocument,
  UpgradeStatus,
} from "../../shared/protocol/status_document.ts";
import type { Stream } from "../../shared/protocol/wire.ts";
import { acknowledgedReport, agentReport, logReport, type StatusOptions } from "./agent_report.ts";
import { moduleReports } from "./module_report.ts";
import { type QueueFigures, queueReport, streamReport } from "./queue_report.ts";
import { healthOf } from "./health/health.ts";
import type { StatusFacts } from "./health/rule.ts";
import { Steady } from "./steady.ts";
import { StreamHistory } from "./stream_history.ts";
import { StateTracker } from "./state_tracker.ts";

/** The parts that are asked. */
interface StatusSources {
  /** The options in force. */
  options: () => StatusOptions;
  clock: Clock;
  queue: QueueFigures;
  identity: AgentIdentity;
  /** Whether this machine is a copy that goes on as another. @default false */
  isCopy?: boolean;
  tokens: { status(): TokenStatus };
  dispatchers: Record<Stream, { status(): DispatchStatus }>;
  sharedConfig: () => SharedConfigReport;
  poller: { status(): PollerStatus };
  modules: () => ModuleStatus[];
  warnings: () => readonly string[];
  commands: { status(): CommandCounts };
  settlements: { lastAcknowledged(): SettledBatch | undefined };
  watchdog: { status(): WatchReport[] };
  upgrades: { status(): UpgradeStatus };
  metrics: { status(): StatusDocument["metrics"] };
  responses: () => ResponsesStatus;
  logFile: () => LogFileStatus | undefined;
  /** The service manager, where it wants to be told. @default there is none */
  supervisor?: { status(): StatusDocument["service"] } | undefined;
  serverClock: { readonly offsetMs: number | undefined };
  connection: { readonly serverUrl: string; readonly proxy: string | undefined };
}

/** A queue that pushes back now and then is at work; one that has done so for this long is full. */
const FULL_AFTER_MS = 5_000;

/** Servers tell whole seconds: near its bound a difference comes and goes. */
const CLOCK_OFF_AFTER_MS = 10_000;

/** Asks the parts. Built when the agent starts: uptime counts from then. */
export class RunningStatus {
  /** Set once the agent is on its way out. */
  stopping = false;
  readonly #sources: StatusSources;
  readonly #tracker: StateTracker;
  readonly #startedAtMs: number;
  readonly #full = new Steady(FULL_AFTER_MS);
  readonly #diskLow = new Steady(0);
  readonly #clockOff = new Steady(CLOCK_OFF_AFTER_MS);
  readonly #histories = { stateless: new StreamHistory(), stateful: new StreamHistory() };
  #fullSinceMs: number | undefined;
  #diskLowSinceMs: number | undefined;
  #clockOffSinceMs: number | undefined;

  constructor(sources: StatusSources) {
    this.#sources = sources;
    this.#tracker = new StateTracker(sources.clock.now());
    this.#startedAtMs = sources.clock.monotonic();
  }

  /** Since when the queue is full, wall clock; `undefined` while it is not. */
  get fullSinceMs(): number | undefined {
    return this.#fullSinceMs;
  }

  /** The server's clock less this machine's, in milliseconds, while that is too much; else `undefined`. */
  get clockOffMs(): number | undefined {
    return this.#clockOffSinceMs === undefined ? undefined : this.#sources.serverClock.offsetMs;
  }

  /** Whether the disk, and not the bounds of the queue, keeps events out. */
  get diskIsLow(): boolean {
    return this.#diskLowSinceMs !== undefined;
  }

  /** The state as it is now. Call it about once a second: since when a state lasts is only known from the calls. */
  updateState(): StateReport {
    const { tokens, poller, dispatchers, clock } = this.#sources;
    this.#look(clock.now());
    return this.#tracker.update({
      stopping: this.stopping,
      token: tokens.status(),
      poller: poller.status(),
      dispatchers: Object.values(dispatchers).map((dispatcher) => dispatcher.status()),
      queueIsFull: this.#fullSinceMs !== undefined,
    }, clock.now());
  }

  /** The whole document. */
  document(): StatusDocument {
    const { options, clock } = this.#sources;
    const facts = this.#facts();
    return {
      ...facts,
      health: healthOf(facts, { options: options().health, nowMs: clock.now() }),
    };
  }

  #look(nowMs: number): void {
    const { queue, serverClock: { offsetMs = 0 }, options } = this.#sources;
    const isOff = Math.abs(offsetMs) >= options().health.clock_off_by;
    this.#clockOffSinceMs = this.#clockOff.look(isOff, nowMs);
    this.#fullSinceMs = this.#full.look(queue.full, nowMs);
    this.#diskLowSinceMs = this.#diskLow.look(queue.disk.low, nowMs);
    for (const [stream, history] of Object.entries(this.#histories)) {
      history.observe(queue.account(stream as Stream), nowMs);
    }
  }

  #facts(): StatusFacts {
    const { options, queue, identity, clock, modules, ...sources } = this.#sources;
    const state = this.updateState();
    const since = { fullMs: this.#fullSinceMs, diskLowMs: this.#diskLowSinceMs };
    return {
      schema: 1,
      running: true,
      data_folder: options().agent.path.data,
      agent: agentReport(identity, sources),
      pid: Deno.pid,
      uptime_s: Math.round(clock.monotonic() - this.#startedAtMs) / 1000,
      state,
      server: this.#server(),
      shared_config: sources.sharedConfig(),
      commands: this.#commands(),
      configuration: { warnings: [...sources.warnings()] },
      queue: queueReport(queue, options().queue, since),
      streams: { stateless: this.#stream("stateless"), stateful: this.#stream("stateful") },
      ...moduleReports(modules()),
      metrics: sources.metrics.status(),
      log: logReport(sources.logFile()),
      responses: sources.responses(),
      service: sources.supervisor?.status() ?? { reason: null, since: null },
      upgrade: sources.upgrades.status(),
      watchdog: sources.watchdog.status(),
    };
  }

  #server(): StatusDocument["server"] {
    const { options, tokens, settlements, connection, serverClock: { offsetMs } } = this.#sources;
    const { state, expires_at = null } = tokens.status();
    return {
      url: options().agent.server_url,
      in_use: connection.serverUrl,
      proxy: connection.proxy ?? null,
      token: { state, expires_at },
      clock_offset_s: offsetMs === undefined ? null : Math.round(offsetMs) / 1000,
      clock_off_since: isoOrNull(this.#clockOffSinceMs),
      last_acknowledged_batch: acknowledgedReport(settlements.lastAcknowledged()),
    };
  }

  #commands(): StatusDocument["commands"] {
    const { poller, commands, tokens } = this.#sources;
    const { state: polling, since_ms, reason = null, received, cut, last_answer_ms } = poller
      .status();
    // A poll that waits for a token has not been sent yet, and must not read as one that the server holds.
    const hasToken = tokens.status().expires_at !== undefined || tokens.status().state === "valid";
    const state = hasToken || polling !== "waiting" ? polling : "not logged in";
    const since = new Date(since_ms).toISOString();
    const { received: waiting, running, succeeded, failed } = commands.status();
    return {
      state,
      since,
      reason,
      last_answer_at: last_answer_ms === undefined ? null : new Date(last_answer_ms).toISOString(),
      cut_polls: cut,
      received,
      waiting,
      running,
      succeeded,
      failed,
    };
  }

  #stream(stream: Stream) {
    const { queue, clock, dispatchers } = this.#sources;
    return streamReport(queue, stream, {
      nowMs: clock.now(),
      dispatcher: dispatchers[stream].status(),
      past: this.#histories[stream].past,
    });
  }
}
