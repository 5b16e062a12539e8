/**
 * A program under measurement, on all processors or on one of them.
 *
 * @module
 */

import { appendTo } from "../../mock_server/demo/append_to.ts";
import { pinned, type ProgramLine } from "../support/pinned.ts";

const STOP_WITHIN_MS = 10_000;

/** A running program whose output goes to a file. Stopped when disposed of. */
export class MeasuredProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #log: string;
  readonly #ended: Promise<void>;
  #running = true;

  /** Starts it; on processor `core` only, when one is given. */
  constructor(program: ProgramLine, log: string, core?: number) {
    const { command, args } = pinned(program, core);
    this.#child = new Deno.Command(command, {
      args: [...args],
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#log = log;
    this.#ended = this.#end();
  }

  get pid(): number {
    return this.#child.pid;
  }

  /**
   * Resolves with what `work` gives.
   *
   * @throws Error with the program's output when it ends before that, or `limitMs` pass; `work`'s
   * signal is aborted then
   */
  async unlessItEnds<T>(limitMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const stop = new AbortController();
    const tooLate = setTimeout(() => stop.abort(new Error("It took too long")), limitMs);
    this.#ended.then(() => stop.abort(new Error("It has ended")));
    try {
      return await work(stop.signal);
    } catch (error) {
      if (!stop.signal.aborted) throw error;
      const output = await Deno.readTextFile(this.#log).catch(() => "");
      throw new Error(`${(stop.signal.reason as Error).message}:\n${output}`, { cause: error });
    } finally {
      clearTimeout(tooLate);
    }
  }

  /** Asks it to stop, and kills it when it doesn't within 10 s. */
  async stop(): Promise<void> {
    this.#signal("SIGTERM");
    const tooLate = setTimeout(() => this.#signal("SIGKILL"), STOP_WITHIN_MS);
    await this.#ended;
    clearTimeout(tooLate);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #signal(signal: Deno.Signal): void {
    if (this.#running) this.#child.kill(signal);
  }

  async #end(): Promise<void> {
    const { stdout, stderr } = this.#child;
    const logged = [stdout, stderr].map((output) => appendTo(this.#log, output));
    await this.#child.status;
    this.#running = false;
    await Promise.all(logged);
  }
}
