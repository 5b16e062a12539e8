/**
 * Under what everything was seen last, kept over restarts as a checkpoint.
 *
 * @module
 */

import type { EventSink } from "../collector.ts";
import { PathRules, type RuleOptions } from "./rules/path_rules.ts";
import type { Baseline } from "./tell/news.ts";

/** With when that was: wall clock, milliseconds. */
export interface SeenBaseline extends Baseline {
  atMs: number;
}

const BASELINE = "baseline";
const LIMIT = "limit_told";

/** Reads and writes it. */
export class BaselineStore {
  readonly #sink: EventSink;

  constructor(sink: EventSink) {
    this.#sink = sink;
  }

  /** `undefined` when not everything has been seen yet, or that cannot be read. */
  read(): SeenBaseline | undefined {
    const text = this.#sink.checkpoints().get(BASELINE);
    if (text === undefined) return undefined;
    try {
      const { configured, rules, at_ms } = JSON.parse(text) as {
        configured: string;
        rules: RuleOptions;
        at_ms: number;
      };
      return { configured, rules: new PathRules(rules), atMs: at_ms };
    } catch {
      return undefined;
    }
  }

  async write({ configured, rules, atMs }: SeenBaseline, signal: AbortSignal): Promise<void> {
    const value = JSON.stringify({ configured, rules: rules.options, at_ms: atMs });
    await this.#save({ key: BASELINE, value }, [], signal);
  }

  /** Whether people know that there are more files than may be. */
  get isLimitTold(): boolean {
    return this.#sink.checkpoints().has(LIMIT);
  }

  /** Tells it once, or that it is over. */
  async setLimit(event: string | undefined, signal: AbortSignal): Promise<void> {
    const value = event === undefined ? null : "yes";
    await this.#save({ key: LIMIT, value }, event === undefined ? [] : [event], signal);
  }

  async #save(
    checkpoint: { key: string; value: string | null },
    events: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    await this.#sink.append({ stream: "stateless", events, checkpoints: [checkpoint] }, signal);
  }
}
