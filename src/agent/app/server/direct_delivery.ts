/**
 * Delivery of a few events without a running agent: the same queue, the same log-in, the same dispatcher, for just these events.
 *
 * @module
 */

import { AnySignal } from "../../../shared/any_signal.ts";
import type { Stream } from "../../../shared/protocol/wire.ts";
import type { AgentConfig } from "../../config/schema.ts";
import type { Secrets } from "../../../shared/log/secrets.ts";
import type { Clock } from "../../../shared/clock.ts";
import { parseEventLines } from "../../control/event_lines.ts";
import type { SettlementHistory } from "../../control/settlement_history.ts";
import { lockDataFolder } from "../../identity/data_folder_lock.ts";
import { readHostInfo } from "../../platform/host_info.ts";
import { IdentityFile } from "../../identity/identity_file.ts";
import { hintForCause } from "../../status/health/server_hints.ts";
import { Queue } from "../../queue/queue.ts";
import { AgentLineSource } from "../agent_line.ts";
import { appendLocalEvents } from "../queue/local_events.ts";
import { recordSettlements } from "../queue/record_settlements.ts";
import type { DeliveryProblem, SpanReport } from "../../../shared/protocol/local_api.ts";
import type { FailureCause } from "../../../shared/protocol/exchange.ts";
import type { DispatchStatus } from "../../../shared/protocol/part_status.ts";
import type { EventSpan } from "../../../shared/protocol/stored_events.ts";
import { createDispatcher } from "./dispatchers.ts";
import { queueOptions } from "../queue/queue_settings.ts";
import { createServerLink, type ServerLink } from "./server_link.ts";

/** Holds the data folder while it delivers. */
export class DirectDelivery implements AsyncDisposable {
  readonly #config: AgentConfig;
  readonly #clock: Clock;
  readonly #resources: DisposableStack;
  readonly #queue: Queue;
  readonly #link: ServerLink;
  readonly #agentLine: AgentLineSource;
  readonly #settlements: SettlementHistory;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[] = [];
  readonly #statuses: (() => DispatchStatus)[] = [];

  /**
   * Takes the data folder of `config`.
   *
   * @throws {AgentError} `data_folder_locked`, `not_registered`, `folder_unusable` or `failed`
   */
  constructor(config: AgentConfig, { clock, secrets }: { clock: Clock; secrets: Secrets }) {
    this.#config = config;
    this.#clock = clock;
    const file = new IdentityFile(config.agent.path.data);
    const identity = file.load();
    // Whatever was opened is closed again when a later step fails; move() keeps it once all is well.
    using resources = new DisposableStack();
    resources.use(lockDataFolder(config.agent.path.data));
    this.#queue = resources.use(Queue.open(queueOptions(config, { clock })));
    this.#link = resources.use(createServerLink(config, { identity, file, clock, secrets }));
    this.#agentLine = new AgentLineSource({ identity, readHostInfo, clock });
    this.#settlements = recordSettlements(this.#queue, clock);
    this.#resources = resources.move();
  }

  /** Set when the queue found in the data folder was damaged and set aside. */
  get damaged(): Queue["damaged"] {
    return this.#queue.damaged;
  }

  /** Stores encoded events and begins to send them. */
  async append(stream: Stream, lines: string, signal: AbortSignal): Promise<EventSpan> {
    const events = parseEventLines(stream, new TextEncoder().encode(lines));
    const span = await appendLocalEvents(this.#queue, { stream, events, signal });
    const dispatcher = createDispatcher(stream, () => this.#config, {
      queue: this.#queue,
      client: this.#link.client,
      agentLine: this.#agentLine,
      clock: this.#clock,
      within: span,
    });
    this.#statuses.push(() => dispatcher.status());
    this.#running.push(dispatcher.run(this.#stop.signal));
    // Without it the events would wait until a batch is full or its interval is over.
    this.#running.push(dispatcher.flush(this.#stop.signal).catch(() => {}));
    return span;
  }

  /** What became of a span; waits up to `waitMs` milliseconds for news. */
  async report(span: EventSpan, waitMs: number): Promise<SpanReport> {
    const report = this.#settlements.report(span);
    if (report.open_events === 0) return report;
    using limit = new AnySignal(AbortSignal.timeout(waitMs), this.#stop.signal);
    await this.#settlements.next(limit.signal);
    return this.#settlements.report(span);
  }

  /** Why nothing arrives, if anything is known to be wrong. */
  problem(): Promise<DeliveryProblem | undefined> {
    const { state, reason, cause } = this.#link.tokens.status();
    if (reason !== undefined) {
      const hint = this.#hintFor(cause, reason);
      return Promise.resolve({ step: "log in", refused: state === "refused", reason, hint });
    }
    const failure = this.#statuses.map((status) => status().failure).find((one) => one);
    if (failure === undefined) return Promise.resolve(undefined);
    const hint = this.#hintFor(failure.cause, failure.reason);
    return Promise.resolve({ step: "send", refused: false, reason: failure.reason, hint });
  }

  #hintFor(cause: FailureCause | undefined, reason: string): string | undefined {
    // Of an unknown cause there is nothing better to say than what comes next anyway.
    if (cause === undefined || cause === "other") return undefined;
    return hintForCause(cause, {
      reason,
      url: this.#config.agent.server_url,
      isRunning: false,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#running);
    this.#resources.dispose();
  }
}
