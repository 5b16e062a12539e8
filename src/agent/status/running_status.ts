/**
 * The status document of a running agent, out of what its parts say.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
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
import type { StateReport, StatusDocument } from "../../shared/protocol/status_document.ts";
import type { Stream } from "../../shared/protocol/wire.ts";
import { acknowledgedReport, agentReport, type StatusOptions } from "./agent_report.ts";
import { moduleReports } from "./module_report.ts";
import { type QueueFigures, queueReport, streamReport } from "./queue_report.ts";
import { StateTracker } from "./state_tracker.ts";

/** The parts that are asked. */
interface StatusSources {
  /** The options in force. */
  options: () => StatusOptions;
  clock: Clock;
  queue: QueueFigures;
  identity: AgentIdentity;
  tokens: { status(): TokenStatus };
  dispatchers: Record<Stream, { status(): DispatchStatus }>;
  poller: { status(): PollerStatus };
  modules: () => ModuleStatus[];
  commands: { status(): CommandCounts };
  settlements: { lastAcknowledged(): SettledBatch | undefined };
  watchdog: { status(): WatchReport[] };
}

/** Asks the parts. Built when the agent starts: uptime counts from then. */
export class RunningStatus {
  /** Set once the agent is on its way out. */
  stopping = false;
  readonly #sources: StatusSources;
  readonly #tracker: StateTracker;
  readonly #startedAtMs: number;

  constructor(sources: StatusSources) {
    this.#sources = sources;
    this.#tracker = new StateTracker(sources.clock.now());
    this.#startedAtMs = sources.clock.monotonic();
  }

  /** The state as it is now. Call it about once a second: since when a state lasts is only known from the calls. */
  updateState(): StateReport {
    const { tokens, poller, dispatchers, clock } = this.#sources;
    return this.#tracker.update({
      stopping: this.stopping,
      token: tokens.status(),
      poller: poller.status(),
      dispatchers: Object.values(dispatchers).map((dispatcher) => dispatcher.status()),
    }, clock.now());
  }

  /** The whole document. */
  document(): StatusDocument {
    const { options, queue, identity, clock, modules, watchdog } = this.#sources;
    return {
      schema: 1,
      running: true,
      agent: agentReport(identity),
      pid: Deno.pid,
      uptime_s: Math.round(clock.monotonic() - this.#startedAtMs) / 1000,
      state: this.updateState(),
      server: this.#server(),
      commands: this.#commands(),
      queue: queueReport(queue, options().queue),
      streams: { stateless: this.#stream("stateless"), stateful: this.#stream("stateful") },
      ...moduleReports(modules()),
      watchdog: watchdog.status(),
    };
  }

  #server(): StatusDocument["server"] {
    const { options, tokens, settlements } = this.#sources;
    const { state, expires_at = null } = tokens.status();
    return {
      url: options().agent.server_url,
      token: { state, expires_at },
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
    });
  }
}
