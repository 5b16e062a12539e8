/**
 * Follows the unified log of macOS.
 *
 * `log stream` tells what comes, and forgets what nobody was there for; `log show` tells what was. After a start the stream is begun
 * first, so that nothing falls between the two; then what was written since the last time is shown, and then the stream is read. Both
 * tell some messages again, which are known by time, trace, thread and text.
 *
 * @module
 */

import { messageOf } from "../../../shared/errors.ts";
import { encodeStateless } from "../../../shared/protocol/event_encoder.ts";
import type { Progress } from "../../../shared/protocol/part_status.ts";
import { type CommandEnding, CommandStream } from "../../process/command_stream.ts";
import { boundedText } from "../bounded_text.ts";
import type { Collector, CollectorReport } from "../collector.ts";
import { DuePieces } from "../due_pieces.ts";
import { EventGroup } from "../event_group.ts";
import { redactionsOf } from "../redacting_sink.ts";
import type { ModuleContext } from "../module.ts";
import { Pulse } from "../pulse.ts";
import { RestartPace } from "../restart_pace.ts";
import { ModuleUnavailable } from "../unavailable.ts";
import { LogLines, type LogMessage } from "./log_lines.ts";
import { OVERLAP_US, Place } from "./place.ts";

const HEADER = { module: "logcollector", collector: "macos-uls" };
const KEY = "unifiedlog";

/** What is followed, and how. */
interface UnifiedlogOptions {
  /** Path of log(1). */
  program: string;
  /** A predicate; `undefined` for all messages. */
  query: string | undefined;
  level: "default" | "info" | "debug";
  types: readonly string[];
  /** How long an event waits for others to be committed with. @default 100 */
  gatherMs?: number;
}

/** The module at work. */
export class Unifiedlog implements Collector {
  readonly #options: UnifiedlogOptions;
  readonly #context: Pick<ModuleContext, "sink" | "clock" | "log">;
  readonly #pulse = new Pulse();
  readonly #pace: RestartPace;
  readonly #counts = { repeated: 0, cut: 0, cut_bytes: 0, too_long: 0 };
  readonly #group = new EventGroup();
  #place: Place;
  #lastError: string | undefined;

  constructor(
    options: UnifiedlogOptions,
    context: Pick<ModuleContext, "sink" | "clock" | "log">,
  ) {
    this.#options = options;
    this.#context = context;
    this.#pace = new RestartPace(context.clock);
    this.#place = new Place(0);
  }

  /** See {@linkcode Collector.run}. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#context;
    try {
      while (!signal.aborted) {
        const startedMs = clock.monotonic();
        this.#lastError = await this.#follow(signal);
        const waitMs = this.#pace.ended({ ranMs: clock.monotonic() - startedMs });
        if (signal.aborted) return;
        log.warn("The unified log is read anew in {wait_ms} ms: {reason}", {
          wait_ms: waitMs,
          reason: this.#lastError,
        });
        await this.#pulse.during("another log stream", clock.sleep(waitMs, signal));
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
    const problems = !this.#pace.isTooOften ? [] : [{
      code: "unreadable" as const,
      subject: "unified log",
      message: `log ended more than five times in ten minutes: ${this.#lastError}`,
      since: new Date(this.#context.clock.now()).toISOString(),
      hint: "log stream --predicate says what is wrong with a query",
    }];
    return {
      details: {
        ...this.#counts,
        ...redactionsOf(this.#context.sink),
        restarts: this.#pace.count,
      },
      problems,
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
    };
  }

  /** Follows until `log stream` ends; says why it did. */
  async #follow(signal: AbortSignal): Promise<string> {
    const shown = await this.#begin(signal);
    const stream = this.#start("stream", []);
    try {
      if (shown !== undefined) {
        const { code, reason } = await this.#read(this.#start("show", ["--start", shown]), signal);
        if (code !== 0) return reason;
      }
      return (await this.#read(stream, signal)).reason;
    } finally {
      stream.kill();
      await stream.ended();
    }
  }

  /** Finds the place; gives the time from which on the log is shown, if it was read before. */
  async #begin(signal: AbortSignal): Promise<string | undefined> {
    const { sink, clock } = this.#context;
    this.#group.take();
    const known = Place.parse(sink.checkpoints().get(KEY) ?? "");
    this.#place = known ?? new Place(clock.now() * 1_000);
    if (known !== undefined) return showTime(known.atUs - OVERLAP_US);
    await this.#store(signal);
    return undefined;
  }

  #start(command: "stream" | "show", more: readonly string[]): CommandStream {
    const { program, query, level, types } = this.#options;
    const where = query === undefined ? [] : ["--predicate", query];
    const args = [command, "--style", "ndjson", ...where, ...levelArgs(command, level), ...more];
    const kinds = command === "stream" ? types.flatMap((type) => ["--type", type]) : [];
    try {
      return new CommandStream({ program, args: [...args, ...kinds] });
    } catch (error) {
      throw new ModuleUnavailable(`log cannot be started: ${messageOf(error)}`, {
        hint: "disable it: agent modules disable unifiedlog",
      });
    }
  }

  async #read(command: CommandStream, signal: AbortSignal): Promise<CommandEnding> {
    const { clock } = this.#context;
    const { gatherMs = 100 } = this.#options;
    const kill = () => command.kill();
    signal.addEventListener("abort", kill, { once: true });
    const incoming = new DuePieces(command, clock);
    const lines = new LogLines();
    let dueAtMs: number | undefined;
    let ending: CommandEnding;
    try {
      for (;;) {
        const piece = await this.#pulse.during("the next message", incoming.next(dueAtMs));
        this.#pulse.beat();
        if (piece === undefined) break;
        if (piece !== "due") { for (const message of lines.push(piece)) this.#take(message); }
        const isDue = this.#group.isFull || clock.monotonic() >= (dueAtMs ?? Infinity);
        if (isDue) await this.#store(signal);
        dueAtMs = this.#group.size === 0 ? undefined : dueAtMs ?? clock.monotonic() + gatherMs;
      }
      if (this.#group.size > 0) await this.#store(signal);
    } finally {
      this.#counts.too_long += lines.tooLong;
      signal.removeEventListener("abort", kill);
      kill();
      ending = await command.ended();
    }
    return ending;
  }

  #take(message: LogMessage): void {
    if (!this.#place.take(message)) {
      this.#counts.repeated++;
      return;
    }
    const { timestamp, atUs } = message;
    // As upstream has it: without the fraction, and the zone behind a blank.
    const shown = timestamp.replace(/\.\d+/, " ");
    const { text: original, cutBytes } = boundedText(`${shown} ${message.message}`);
    if (cutBytes > 0) this.#counts.cut++;
    this.#counts.cut_bytes += cutBytes;
    const created = new Date(this.#context.clock.now()).toISOString();
    this.#group.add(encodeStateless(HEADER, {
      event: { original, created, provider: "macos-uls" },
      ...(cutBytes > 0 && { log: { flags: ["truncated"] } }),
      "@timestamp": new Date(atUs / 1_000).toISOString(),
    }));
  }

  async #store(signal: AbortSignal): Promise<void> {
    await this.#context.sink.append({
      stream: "stateless",
      events: this.#group.take(),
      checkpoints: [{ key: KEY, value: this.#place.serialize() }],
    }, signal);
  }
}

/** `show` has switches in place of a level. */
function levelArgs(command: "stream" | "show", level: UnifiedlogOptions["level"]): string[] {
  if (command === "stream") return ["--level", level];
  return { default: [], info: ["--info"], debug: ["--info", "--debug"] }[level];
}

function showTime(atUs: number): string {
  const iso = new Date(Math.max(0, atUs) / 1_000).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}+0000`;
}
