/**
 * Counts files until it is told to end.
 *
 * @module
 */

import type { Collector, CollectorReport } from "../../../../../src/agent/modules/collector.ts";
import type { ModuleContext } from "../../../../../src/agent/modules/module.ts";
import { encodeStateless } from "../../../../../src/shared/protocol/event_encoder.ts";
import { lastCount, saveCount } from "./table.ts";

/** Durations in milliseconds. */
interface FileCounterOptions {
  folder: string;
  interval: number;
  hidden: boolean;
}

export class FileCounter implements Collector {
  readonly #options: FileCounterOptions;
  readonly #context: ModuleContext;
  #files = 0;

  constructor(options: FileCounterOptions, context: ModuleContext) {
    this.#options = options;
    this.#context = context;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.scan(signal);
      await this.#context.clock.sleep(this.#options.interval, signal).catch(() => {});
    }
  }

  async scan(signal: AbortSignal): Promise<void> {
    const { sink, tables, clock, log } = this.#context;
    const { folder } = this.#options;
    const files = this.#files = this.#count();
    const before = await tables.transact((database) => lastCount(database, folder));
    if (files === before) return;
    log.info("{folder} has {files} files", { folder, files });
    const nowMs = clock.now();
    // The event and the row: after a crash there are both or neither, so that no change is told twice.
    await sink.append({
      stream: "stateless",
      events: [encodeStateless({ module: "file_count" }, { folder, files })],
      write: (database) => saveCount(database, { folder, files, nowMs }),
    }, signal);
  }

  report(): CollectorReport {
    return { details: { files: this.#files } };
  }

  #count(): number {
    const names = Array.from(Deno.readDirSync(this.#options.folder), ({ name }) => name);
    return names.filter((name) => this.#options.hidden || !name.startsWith(".")).length;
  }
}
