/**
 * The states of one module, as it sees them: the `StateKeeper` of `modules/states.ts`.
 *
 * @module
 */

import { hash } from "node:crypto";
import { Buffer } from "node:buffer";
import { MergeScan } from "./merge_scan.ts";
import { type GivenItem, prepareItem } from "./prepared_item.ts";
import type { Source } from "./source_table.ts";
import type { StateCore } from "./state_core.ts";
import { type ScanContext, StateScan, touch } from "./state_scan.ts";
import type { StateRow } from "./state_table.ts";
import type { StateSchema } from "./types.ts";

const MAX_PAGE = 1_000;
const EVENT_BYTES = 512;

/** A change that was seen as it happened. */
type GivenChange = { item: GivenItem } | { gone: string };

/** Keeps the states of a module. */
export class ModuleStateKeeper {
  readonly #core: StateCore;
  readonly #module: string;

  constructor(core: StateCore, module: string) {
    this.#core = core;
    this.#module = module;
  }

  get schema(): StateSchema {
    return this.#core.deps.options().schema;
  }

  documentId(text: string | Uint8Array): string {
    const owner = this.schema === "6.0" ? `${this.#core.deps.agentId}:` : "";
    if (typeof text === "string") return hash("sha1", owner + text, "hex");
    return hash("sha1", Buffer.concat([Buffer.from(owner), text]), "hex");
  }

  page(collector: string, afterKey: string, limit: number): StateRow[] {
    return this.#core.look((store) => {
      const source = store.sources.find(this.#module, collector);
      return source === undefined
        ? []
        : store.states.page(source.number, afterKey, Math.min(limit, MAX_PAGE));
    });
  }

  range(
    collector: string,
    keys: { from: string; until: string },
    limit: number,
  ): StateRow[] {
    return this.#core.look((store) => {
      const source = store.sources.find(this.#module, collector);
      return source === undefined
        ? []
        : store.states.range(source.number, keys, Math.min(limit, MAX_PAGE));
    });
  }

  count(collector: string): number {
    return this.#core.look((store) => {
      const source = store.sources.find(this.#module, collector);
      return source === undefined ? 0 : store.states.count(source.number);
    });
  }

  async apply(
    collector: string,
    changes: readonly GivenChange[],
    context: ScanContext,
  ): Promise<void> {
    const name = { module: this.#module, collector };
    const declaration = this.#core.declarationOf(name);
    const prepared = changes.map((change) =>
      "gone" in change ? change : { item: prepareItem(change.item, declaration) }
    );
    const amount = { events: changes.length, bytes: changes.length * EVENT_BYTES };
    const made = await this.#core.commit(name, { ...context, ...amount }, (set, _, source) => ({
      source,
      outcomes: prepared.map((change) => {
        touch(this.#core, source.number, "gone" in change ? change.gone : change.item.key);
        return "gone" in change ? set.gone(change.gone) : set.put(change.item);
      }),
    }));
    const counts = this.#core.counters.of(made.source.number);
    for (const outcome of made.outcomes) {
      if (outcome !== "same" && outcome !== "over_limit") counts[`${outcome}s`]++;
    }
  }

  async scan(
    collector: string,
    items: Iterable<GivenItem> | AsyncIterable<GivenItem>,
    { whyIncomplete, ...context }: ScanContext & { whyIncomplete?: () => string | undefined },
  ) {
    const source = await this.#requireSource(collector);
    const scan = new StateScan(this.#core, source, context);
    try {
      const merge = new MergeScan(this.#core, source, { scan, cpu: context.cpu });
      const reason = await merge.run(items, context.signal) ?? whyIncomplete?.();
      return await scan.finish({ items: merge.items, ...(reason !== undefined && { reason }) });
    } finally {
      scan.end();
    }
  }

  async beginScan(collector: string, context: ScanContext): Promise<StateScan> {
    return new StateScan(this.#core, await this.#requireSource(collector), context);
  }

  async drop(
    collector: string,
    { signal, keeps = () => false }: { signal: AbortSignal; keeps?: (key: string) => boolean },
  ): Promise<number> {
    let dropped = 0;
    for (let after = ""; !signal.aborted;) {
      const keys = this.page(collector, after, MAX_PAGE).map(({ key }) => key);
      if (keys.length === 0) return dropped;
      after = keys.at(-1) ?? after;
      const gone = keys.filter((key) => !keeps(key)).map((key) => ({ gone: key }));
      if (gone.length > 0) await this.apply(collector, gone, { signal });
      dropped += gone.length;
    }
    throw signal.reason;
  }

  plan(collector: string, nextScanAtMs: number | undefined): void {
    const source = this.#core.look((store) => store.sources.find(this.#module, collector));
    if (source !== undefined) this.#core.counters.of(source.number).nextScanAtMs = nextScanAtMs;
  }

  async #requireSource(collector: string): Promise<Source> {
    const known = this.#core.look((store) => store.sources.find(this.#module, collector));
    return known ??
      await this.#core.transact((store) => store.sources.require(this.#module, collector));
  }
}
