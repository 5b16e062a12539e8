/**
 * The module on real sockets, with a sink in memory that takes losses whatever it does with events, as the queue does.
 *
 * @module
 */

import type { Logger } from "@logtape/logtape";
import * as z from "zod";
import type { EventSink, SinkGroup } from "../../../../../src/agent/modules/collector.ts";
import type { ModuleContext } from "../../../../../src/agent/modules/module.ts";
import { SYSLOG_OPTIONS } from "../../../../../src/agent/modules/syslog/options.ts";
import { LibcLibrary } from "../../../../../src/agent/platform/libc/library.ts";
import { Syslog } from "../../../../../src/agent/modules/syslog/syslog.ts";
import { type Clock, systemClock } from "../../../../../src/shared/clock.ts";
import type { CollectionLoss } from "../../../../../src/shared/protocol/stored_events.ts";
import { eventually } from "../../../../support/eventually.ts";
import { TempFolder } from "../../../../support/queues.ts";
import { RecordingSink } from "../../support/recording_sink.ts";

/** Opened once: older runtimes take a library that stays open for a leak of the test that opened it. */
const LIBRARY = new LibcLibrary();
void LIBRARY.libc;

/** An event of the module. */
export interface SyslogEvent {
  header: Record<string, unknown>;
  data: {
    "@timestamp"?: string;
    event: { original: string };
    message: string;
    input: { type: string };
    log: { syslog: Record<string, unknown>; flags?: string[] };
    source?: { ip: string; port: number };
    tls?: { client: { subject: string } };
  };
}

/** What is to be tested. */
interface SceneOptions {
  inputs: (folder: TempFolder) => Record<string, unknown>[];
  /** Such as `1KiB`. @default 64KiB */
  maxMessage?: string;
  clock?: Clock;
}

/** Runs the module from construction until it is disposed. */
export class SyslogScene implements AsyncDisposable, EventSink {
  readonly folder = new TempFolder();
  readonly taken = new RecordingSink();
  /** What it logged beside that it listens. */
  readonly complaints: string[] = [];
  readonly losses: CollectionLoss[] = [];
  readonly #stop = new AbortController();
  readonly #syslog: Syslog;
  readonly #places: string[] = [];
  readonly #ended: Promise<void>;

  /** How many inputs there are. Asking for them again would write their files again while they are read. */
  readonly #inputs: number;

  private constructor({ inputs, maxMessage, clock = systemClock }: SceneOptions) {
    const given = inputs(this.folder);
    this.#inputs = given.length;
    this.#syslog = this.make({ inputs: given, max_message: maxMessage }, clock);
    this.#ended = this.#syslog.run(this.#stop.signal);
  }

  /** Resolves when every input listens, or has failed to. */
  static async open(options: SceneOptions): Promise<SyslogScene> {
    const scene = new SyslogScene(options);
    const settled = () =>
      Promise.resolve(scene.#places.length + (scene.#syslog.report().problems?.length ?? 0));
    await eventually(settled, (inputs) => inputs === scene.#inputs);
    return scene;
  }

  /** Another one of the module, which does not run. */
  make(options: Record<string, unknown>, clock: Clock = systemClock): Syslog {
    const given = z.object(SYSLOG_OPTIONS).parse(options);
    const note = (text: string, values: Record<string, unknown>) => {
      if (text.startsWith("Receiving")) this.#places.push(String(values.place));
      else this.complaints.push(text.replace(/\{(\w+)\}/g, (_, name) => String(values[name])));
    };
    const log = { info: note, warn: note, error: note } as unknown as Logger;
    const context: Pick<ModuleContext, "sink" | "clock" | "log"> = { sink: this, clock, log };
    return new Syslog(given, context as ModuleContext, LIBRARY);
  }

  get syslog(): Syslog {
    return this.#syslog;
  }

  get details(): Record<string, number> {
    return this.#syslog.report().details;
  }

  get events(): SyslogEvent[] {
    return this.taken.events as unknown as SyslogEvent[];
  }

  /** The messages as they came. */
  get originals(): string[] {
    return this.taken.lines;
  }

  /** The port that the system chose for the input of `protocol`. */
  port(protocol: string): number {
    const place = this.#places.find((place) => place.startsWith(`${protocol} `));
    return Number(/:(\d+)$/.exec(place ?? "")?.[1]);
  }

  async append(group: SinkGroup, signal: AbortSignal): Promise<void> {
    this.losses.push(...group.losses ?? []);
    if (group.events.length > 0) await this.taken.append(group, signal);
  }

  checkpoints(): Map<string, string> {
    return new Map();
  }

  /** Resolves with the messages once there are `count`. */
  async received(count: number): Promise<string[]> {
    return await eventually(() => Promise.resolve(this.originals), (all) => all.length >= count);
  }

  /** Resolves once the number has that value. */
  async counts(name: string, value: number): Promise<void> {
    await eventually(() => Promise.resolve(this.details[name]), (found) => found === value);
  }

  /** Resolves once a loss with `reason` is in the ledger. */
  async lost(reason: RegExp): Promise<CollectionLoss> {
    const find = () => Promise.resolve(this.losses.find((loss) => reason.test(loss.reason)));
    return await eventually(find, (loss) => loss !== undefined) as CollectionLoss;
  }

  /** Connects to the input of `protocol`, which is `tcp` or `unix_stream`. */
  async connect(protocol: "tcp" | "unix_stream" = "tcp"): Promise<Deno.Conn> {
    return protocol === "tcp"
      ? await Deno.connect({ hostname: "127.0.0.1", port: this.port("tcp") })
      : await Deno.connect({ transport: "unix", path: this.folder.file("stream") });
  }

  /** Ends the run; what it has open stays with it. */
  async stop(): Promise<void> {
    this.#stop.abort("test");
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    // Lets go of its sockets.
    await this.#syslog.close(AbortSignal.abort("test"));
    this.folder[Symbol.dispose]();
  }
}

const encoder = new TextEncoder();

/** Sends a text by a connection, wholly. */
export async function send(connection: Deno.Conn, text: string): Promise<void> {
  for (let rest = encoder.encode(text); rest.length > 0;) {
    rest = rest.subarray(await connection.write(rest));
  }
}
