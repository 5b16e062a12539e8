/**
 * Reads channels of the Windows event log, one after the other, again and again: wevtutil has no way to be told of new events.
 *
 * @module
 */

import { isoOrNull } from "../../../shared/clock.ts";
import { messageOf } from "../../../shared/errors.ts";
import type { ModuleProblem, Progress } from "../../../shared/protocol/part_status.ts";
import type { Collector, CollectorReport } from "../collector.ts";
import { redactionsOf } from "../redacting_sink.ts";
import type { ModuleContext } from "../module.ts";
import { Pulse } from "../pulse.ts";
import { ModuleUnavailable } from "../unavailable.ts";
import { Channel, type ChannelCounts } from "./channel.ts";
import { EventlogError, Wevtutil } from "./wevtutil.ts";

/** A channel that cannot be read is asked so many times less often. */
const PATIENCE = 30;

/** What is read, and how. */
export interface EventlogOptions {
  /** Path of wevtutil. */
  program: string;
  channels: readonly { channel: string; query: string }[];
  readIntervalMs: number;
  startAt: "end" | "beginning";
}

/** A channel that cannot be read. */
interface Trouble {
  message: string;
  hint: string;
  sinceMs: number;
  /** Monotonic. */
  nextMs: number;
}

/** The module at work. */
export class Eventlog implements Collector {
  readonly #options: EventlogOptions;
  readonly #context: Pick<ModuleContext, "sink" | "clock" | "log">;
  readonly #channels: readonly Channel[];
  readonly #counts: ChannelCounts = { cut: 0, cut_bytes: 0, cleared: 0, gaps: 0 };
  readonly #troubles = new Map<Channel, Trouble>();
  readonly #pulse = new Pulse();

  constructor(options: EventlogOptions, context: Pick<ModuleContext, "sink" | "clock" | "log">) {
    this.#options = options;
    this.#context = context;
    const { program, startAt } = options;
    const { sink, clock } = context;
    const common = { startAt, wevtutil: new Wevtutil(program), sink, counts: this.#counts };
    this.#channels = options.channels.map((one) =>
      new Channel({ ...one, ...common, now: () => clock.now() })
    );
  }

  /** See {@linkcode Collector.run}. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    try {
      while (!signal.aborted) {
        for (const channel of this.#channels) await this.#look(channel, signal);
        const wait = clock.sleep(this.#options.readIntervalMs, signal);
        await this.#pulse.during("the next look", wait);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** See {@linkcode Collector.progress}. */
  progress(): Progress {
    return this.#pulse.progress();
  }

  /** See {@linkcode Collector.report}. */
  report(): CollectorReport {
    const problems = [...this.#troubles].map(([{ name }, trouble]) => problemOf(name, trouble));
    return {
      details: {
        channels: this.#channels.length,
        ...this.#counts,
        ...redactionsOf(this.#context.sink),
      },
      problems,
      ...(problems[0] && { lastError: problems[0].message }),
    };
  }

  /** A channel that cannot be read does not keep the others from being read. */
  async #look(channel: Channel, signal: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    this.#pulse.beat();
    if ((this.#troubles.get(channel)?.nextMs ?? 0) > clock.monotonic()) return;
    try {
      await channel.look(signal);
      this.#troubles.delete(channel);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) throw noWevtutil(error);
      if (!(error instanceof EventlogError)) throw error;
      this.#note(channel, error);
    }
  }

  #note(channel: Channel, error: EventlogError): void {
    const { clock, log } = this.#context;
    const before = this.#troubles.get(channel);
    const { message, hint } = error;
    const isNew = before?.message !== message;
    if (isNew) {
      log.warn("Channel {channel} cannot be read: {reason}", {
        channel: channel.name,
        reason: message,
      });
    }
    const nextMs = clock.monotonic() + PATIENCE * this.#options.readIntervalMs;
    this.#troubles.set(channel, {
      message,
      hint,
      sinceMs: before?.sinceMs ?? clock.now(),
      nextMs,
    });
  }
}

function problemOf(channel: string, { message, hint, sinceMs }: Trouble): ModuleProblem {
  return {
    code: "unreadable",
    subject: channel,
    message: `channel ${channel} cannot be read: ${message}`,
    since: isoOrNull(sinceMs) ?? "",
    hint,
  };
}

function noWevtutil(error: Error): ModuleUnavailable {
  return new ModuleUnavailable(`wevtutil cannot be started: ${messageOf(error)}`, {
    hint: "disable it: agent modules disable eventlog",
  });
}
