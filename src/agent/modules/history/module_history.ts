/**
 * What happened to modules ever: what was stored when the agent started, and what has happened since. It is stored once a minute and when
 * the agent stops; a kill costs what happened in the last minute.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../../shared/clock.ts";
import type { ModuleStatus, StateStatus } from "../../../shared/protocol/part_status.ts";
import { collectorFigures, type Figures, moduleFigures, together } from "./figures.ts";
import { type HistoryRow, readHistory, writeHistory } from "./history_table.ts";

const SAVE_INTERVAL_MS = 60_000;

/** What a {@linkcode ModuleHistory} is built with. */
interface ModuleHistoryDeps {
  look<T>(read: (database: DatabaseSync) => T): T;
  transact(write: (database: DatabaseSync) => void): Promise<unknown>;
  clock: Clock;
}

/** Adds up over all starts of the agent. */
export class ModuleHistory {
  readonly #deps: ModuleHistoryDeps;
  readonly #before: ReadonlyMap<string, Figures>;
  readonly #beginMs: number;
  #savedMs: number;
  #savedText = "";

  /** Reads what was stored. */
  constructor(deps: ModuleHistoryDeps) {
    this.#deps = deps;
    const { beginMs, rows } = deps.look(readHistory);
    this.#beginMs = beginMs ?? deps.clock.now();
    this.#before = new Map(
      rows.map(({ module, collector, figures }) => [keyOf(module, collector), figures]),
    );
    this.#savedMs = deps.clock.monotonic();
  }

  /** `status` with what happened ever. */
  withEver(status: ModuleStatus): ModuleStatus {
    const since = new Date(this.#beginMs).toISOString();
    const ever = (collector: string, figures: Figures) => ({
      since,
      figures: this.#ever(status.name, collector, figures),
    });
    return {
      ...status,
      ever: ever("", moduleFigures(status)),
      ...(status.states && {
        states: status.states.map((state): StateStatus => ({
          ...state,
          ever: ever(state.collector, collectorFigures(state)),
        })),
      }),
    };
  }

  /** Stores what happened, if that was last done a minute ago. Called once a second. */
  async saveNowAndThen(modules: () => readonly ModuleStatus[]): Promise<void> {
    const { clock } = this.#deps;
    if (clock.monotonic() - this.#savedMs < SAVE_INTERVAL_MS) return;
    this.#savedMs = clock.monotonic();
    await this.save(modules());
  }

  /** Stores what happened. */
  async save(modules: readonly ModuleStatus[]): Promise<void> {
    const rows = modules.flatMap((module) => this.#rowsOf(module));
    const text = JSON.stringify(rows);
    if (text === this.#savedText) return;
    await this.#deps.transact((database) =>
      writeHistory(database, { beginMs: this.#beginMs, rows })
    );
    this.#savedText = text;
  }

  #rowsOf(status: ModuleStatus): HistoryRow[] {
    const { name: module, states = [] } = status;
    const row = (collector: string, figures: Figures): HistoryRow => ({
      module,
      collector,
      figures: this.#ever(module, collector, figures),
    });
    return [
      row("", moduleFigures(status)),
      ...states.map((state) => row(state.collector, collectorFigures(state))),
    ];
  }

  #ever(module: string, collector: string, since: Figures): Figures {
    return together(this.#before.get(keyOf(module, collector)) ?? {}, since);
  }
}

function keyOf(module: string, collector: string): string {
  return JSON.stringify([module, collector]);
}
