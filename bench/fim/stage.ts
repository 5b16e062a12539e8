/**
 * The collector of files over a queue of its own, with real scans in children.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import * as z from "zod";
import { createFim } from "../../src/agent/modules/fim/create.ts";
import { MIGRATIONS } from "../../src/agent/modules/fim/diff/text_migrations.ts";
import type { Fim } from "../../src/agent/modules/fim/fim.ts";
import { fim } from "../../src/agent/modules/fim/module.ts";
import { readHostInfo } from "../../src/agent/platform/host_info.ts";
import { QueueEventSink } from "../../src/agent/queue/event_sink.ts";
import type { Queue } from "../../src/agent/queue/queue.ts";
import { adoptStates } from "../../src/agent/state/adopt_states.ts";
import { STATE_SCHEMA } from "../../src/agent/state/schema.ts";
import { StateCore } from "../../src/agent/state/state_core.ts";
import { ModuleStateKeeper } from "../../src/agent/state/state_keeper.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { openQueue, type TempFolder } from "../../tests/support/queues.ts";

/** A collector that works. */
export class FimStage implements AsyncDisposable {
  readonly queue: Queue;
  readonly keeper: ModuleStateKeeper;
  readonly collector: Fim;
  readonly #stop = new AbortController();
  readonly #core: StateCore;
  #run: Promise<void> = Promise.resolve();

  constructor(folder: TempFolder, options: Record<string, unknown>) {
    this.queue = openQueue(folder, {
      parts: [STATE_SCHEMA, { name: "module.fim", migrations: MIGRATIONS }],
      now: Date.now,
    });
    this.#core = new StateCore({
      queue: this.queue,
      clock: systemClock,
      agentId: "0190a1b2-0000-7000-8000-000000000000",
      options: () => ({
        schema: "6.0",
        window: 2_000,
        integrityIntervalMs: 86_400_000,
        resync: "off",
      }),
      declarationOf: () => ({
        isActive: true,
        counters: ["checksum"],
        hasTimestamp: false,
        unpack: (state) => fim.states?.unpack?.("file", state) ?? {},
      }),
    });
    this.keeper = new ModuleStateKeeper(this.#core, "fim");
    const parsed = z.strictObject(fim.options).parse({
      enabled: true,
      max_cpu: 100,
      scan_spread: "0s",
      ...options,
    });
    const { queue } = this;
    this.collector = createFim(parsed, {
      sink: new QueueEventSink(queue, "fim"),
      states: this.keeper,
      tables: { transact: (work) => queue.transact(({ database }) => work(database)) },
      places: { dataFolder: folder.path, database: folder.file("agent.db") },
      clock: systemClock,
      log: getLogger(["bench"]),
      host: readHostInfo,
      whyNotRead: () => undefined,
    });
  }

  /** Starts it; resolves once everything was looked at. */
  async start(): Promise<void> {
    await adoptStates(this.#core, () => Promise.resolve(0));
    this.#run = this.collector.run(this.#stop.signal);
    await this.until(() => this.detail("scans") > 0);
  }

  async scan(): Promise<void> {
    await this.collector.scan(this.#stop.signal);
  }

  detail(name: string): number {
    return this.collector.report().details[name] ?? 0;
  }

  /** Looks each 20 ms; rejects with what it does instead. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await Promise.race([this.#run, new Promise((resolve) => setTimeout(resolve, 20))]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort("over");
    await this.#run;
    await this.collector.close();
    this.queue.close();
  }
}
