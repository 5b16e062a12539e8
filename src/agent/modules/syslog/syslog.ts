/**
 * The collector: its inputs, each on its own, so that one that cannot listen keeps no other from it.
 *
 * @module
 */

import { AnySignal } from "../../../shared/any_signal.ts";
import type { ModuleProblem, Progress } from "../../../shared/protocol/part_status.ts";
import { LibcLibrary } from "../../platform/libc/library.ts";
import type { Collector, CollectorReport } from "../collector.ts";
import { redactionsOf } from "../redacting_sink.ts";
import type { ModuleContext } from "../module.ts";
import { Counts } from "./counts.ts";
import { UdpInput } from "./datagram/udp_input.ts";
import { UnixDatagramInput } from "./datagram/unix_datagram_input.ts";
import type { Input, InputDeps } from "./input.ts";
import { Intake } from "./intake.ts";
import type { SyslogOptions } from "./options.ts";
import { StreamInput } from "./stream/stream_input.ts";
import { listenProblem } from "./listen_problem.ts";

/** When an input that could not listen tries again. */
const RETRY_MS = 10_000;

/** Receives messages of syslog. */
export class Syslog implements Collector {
  readonly #context: ModuleContext;
  readonly #counts = new Counts();
  readonly #intake: Intake;
  readonly #inputs: readonly Input[];
  /** Why an input does not work, by its number. */
  readonly #problems = new Map<number, ModuleProblem>();

  constructor(
    options: SyslogOptions,
    context: ModuleContext,
    library: LibcLibrary = new LibcLibrary(),
  ) {
    this.#context = context;
    const { sink, clock, log } = context;
    this.#intake = new Intake(sink, clock);
    const common = { clock, log, library, counts: this.#counts, intake: this.#intake };
    this.#inputs = options.inputs.map((input) =>
      inputOf({ ...common, options: input, maxMessageBytes: options.max_message })
    );
  }

  async run(signal: AbortSignal): Promise<void> {
    const failure = new AbortController();
    using stop = new AnySignal(signal, failure.signal);
    const endAll = (error: unknown) => {
      failure.abort("another part failed");
      throw error;
    };
    const parts = [
      this.#intake.run(stop.signal),
      ...this.#inputs.map((input, index) => this.#keepReceiving(input, index, stop.signal)),
    ];
    const ends = await Promise.allSettled(parts.map((part) => part.catch(endAll)));
    const failed = ends.find((end) => end.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  takeOver(previous: Collector): void {
    if (!(previous instanceof Syslog)) return;
    this.#intake.takeOver(previous.#intake);
    this.#counts.add(previous.#counts);
    for (const before of previous.#inputs) {
      for (const input of this.#inputs) input.takeOver?.(before);
      before.close?.();
    }
  }

  async close(signal: AbortSignal): Promise<void> {
    for (const input of this.#inputs) input.close?.();
    await this.#intake.close(signal);
  }

  report(): CollectorReport {
    const problems = [...this.#problems.values()];
    const details = {
      inputs: this.#inputs.length,
      ...this.#counts.details(),
      ...redactionsOf(this.#context.sink),
    };
    const [first] = problems;
    return { details, problems, ...(first && { lastError: first.message }) };
  }

  progress(): Progress {
    const mark = String(this.#counts.messages);
    return { mark, waitsFor: "messages", mayWait: true };
  }

  async #keepReceiving(input: Input, index: number, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#context;
    while (!signal.aborted) {
      let listens = false;
      const onListening = () => {
        listens = true;
        this.#problems.delete(index);
        log.info("Receiving syslog at {place}", { place: input.place });
      };
      try {
        await input.run(signal, onListening);
      } catch (error) {
        // Then it is not the place: the runner starts all of it again.
        if (listens) throw error;
        this.#noteProblem(input, index, error);
        await clock.sleep(RETRY_MS, signal).catch(() => {});
      }
    }
  }

  #noteProblem(input: Input, index: number, error: unknown): void {
    const { clock, log } = this.#context;
    const { reason, hint } = listenProblem(error);
    const message = `Cannot receive syslog at ${input.place}: ${reason}`;
    const before = this.#problems.get(index);
    const since = before?.since ?? new Date(clock.now()).toISOString();
    this.#problems.set(index, {
      code: "cannot_listen",
      subject: input.place,
      message,
      since,
      hint,
    });
    // It is tried again and again: only what is new is told.
    if (before?.message !== message) log.error("{message}", { message });
  }
}

function inputOf(deps: InputDeps): Input {
  switch (deps.options.protocol) {
    case "udp":
      return new UdpInput(deps);
    case "unix_dgram":
      return new UnixDatagramInput(deps);
    default:
      return new StreamInput(deps);
  }
}
