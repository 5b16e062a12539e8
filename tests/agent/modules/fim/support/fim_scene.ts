/**
 * The collector of files over a real queue and real files, with a clock that the test moves and a server that keeps documents.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { MIGRATIONS } from "../../../../../src/agent/modules/fim/diff/text_migrations.ts";
import { createFim } from "../../../../../src/agent/modules/fim/create.ts";
import type { Fim } from "../../../../../src/agent/modules/fim/fim.ts";
import { fim } from "../../../../../src/agent/modules/fim/module.ts";
import { FIM_OPTIONS, type FimOptions } from "../../../../../src/agent/modules/fim/options.ts";
import { readHostInfo } from "../../../../../src/agent/platform/host_info.ts";
import { QueueEventSink } from "../../../../../src/agent/queue/event_sink.ts";
import { STATE_SCHEMA } from "../../../../../src/agent/state/schema.ts";
import * as z from "zod";
import type { ModuleProblem } from "../../../../../src/shared/protocol/part_status.ts";
import { eventually } from "../../../../support/eventually.ts";
import { FakeClock } from "../../../../support/fake_clock.ts";
import { TempFolder } from "../../../../support/queues.ts";
import { DocumentServer, StateScene } from "../../../state/support/state_scene.ts";

/** The members of `file` in a document or event. */
export type FileMembers = Record<string, unknown> & {
  path: string;
  hash: { sha256: string | null };
};

/** An event that people are told by. */
export interface ToldEvent {
  event: { action: string; reason: string; changed_fields?: string[] };
  file: FileMembers & { previous?: Record<string, unknown>; content_changes?: string };
  process?: { pid: number; name?: string; executable?: string };
}

/** Options as a file has them. */
type GivenOptions = Partial<z.input<z.ZodObject<typeof FIM_OPTIONS>>>;

/** What a scene goes on with after a restart. */
interface Before {
  server?: DocumentServer;
  clock?: FakeClock;
  agentId?: string;
}

/** The collector, from one start of the agent to its end. `data` holds the agent's database. */
export class FimScene implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly state: StateScene;
  readonly server: DocumentServer;
  readonly signal: AbortSignal;
  readonly #stop = new AbortController();
  #life = new AbortController();
  #collector: Fim | undefined;
  #run: Promise<void> = Promise.resolve();
  #dispose = true;

  constructor(data: TempFolder, before: Before = {}) {
    this.clock = before.clock ?? new FakeClock(Date.now());
    this.server = before.server ?? new DocumentServer();
    this.signal = this.#stop.signal;
    this.state = new StateScene(data, {
      module: "fim",
      agentId: before.agentId ?? "agent-1",
      server: this.server,
      clock: this.clock,
      parts: [STATE_SCHEMA, { name: "module.fim", migrations: MIGRATIONS }],
    });
    this.state.declaration = {
      isActive: true,
      counters: ["checksum"],
      hasTimestamp: false,
      unpack: (state) => fim.states?.unpack?.("file", state) ?? {},
    };
  }

  /** The collector that runs. */
  get collector(): Fim {
    if (this.#collector === undefined) throw new Error("Nothing was started");
    return this.#collector;
  }

  /** Starts a collector; resolves when everything was looked at once. */
  async start(options: GivenOptions): Promise<void> {
    await this.begin(options);
    await this.until(() => this.scans > 0);
  }

  /** {@linkcode start} without waiting. */
  async begin(options: GivenOptions): Promise<void> {
    await this.state.adopt();
    this.#collector = this.#create(options);
    this.#begin();
  }

  /** Goes on with other options, as after a reload. */
  async change(options: GivenOptions): Promise<void> {
    const next = this.#create(options);
    this.#life.abort("changed");
    await this.#run;
    next.takeOver(this.collector);
    this.#collector = next;
    this.#begin();
  }

  #begin(): void {
    this.#life = new AbortController();
    this.#run = this.collector.run(this.#life.signal);
    this.#run.catch(() => {});
  }

  #create(options: GivenOptions): Fim {
    const { queue, keeper } = this.state;
    return createFim(optionsOf(options), {
      sink: new QueueEventSink(queue, "fim"),
      states: keeper,
      tables: { transact: (work) => queue.transact(({ database }) => work(database)) },
      clock: this.clock,
      log: getLogger(["agent", "modules", "fim"]),
      host: readHostInfo,
      whyNotRead: () => undefined,
    });
  }

  /** Scans that have ended since the start. */
  get scans(): number {
    return this.detail("scans");
  }

  /** A number of the report. */
  detail(name: string): number {
    return this.#collector?.report().details[name] ?? 0;
  }

  /** What keeps it from some of its work. */
  get problems(): readonly ModuleProblem[] {
    return this.#collector?.report().problems ?? [];
  }

  /** Everything is looked at once more. */
  async scan(): Promise<void> {
    await this.collector.scan(this.signal);
  }

  /** Lets time pass until it is so: much faster than it does, but no faster than the kernel tells of changes. */
  async until(isSo: () => boolean): Promise<void> {
    const look = async () => {
      await this.clock.advance(200);
      return isSo();
    };
    await eventually(look, (so) => so, { everyMs: 5 });
  }

  /** What people were told since this was asked last. */
  async told(): Promise<ToldEvent[]> {
    return await this.state.told() as ToldEvent[];
  }

  /** What the server shows once everything is sent: file members by path. */
  async shown(): Promise<Map<string, FileMembers>> {
    await this.state.deliver();
    const documents = [...this.server.of("fim", "file").values()] as { file: FileMembers }[];
    return new Map(
      documents.map(({ file }) => [file.path, file] as const)
        .sort(([one], [other]) => one < other ? -1 : 1),
    );
  }

  /** Ends the collector; its queue stays open. */
  async stop(): Promise<void> {
    this.#life.abort("stopping");
    this.#stop.abort("stopping");
    await this.#run;
    await this.#collector?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#dispose) return;
    this.#dispose = false;
    await this.stop();
    this.state[Symbol.dispose]();
  }
}

/** Options with their defaults; a scan takes all of the processor that it can. */
function optionsOf(options: GivenOptions): FimOptions {
  return z.strictObject(FIM_OPTIONS).parse({ enabled: true, max_cpu: 100, ...options });
}
