/**
 * A manager that can be made to misbehave, and that writes down what it receives.
 *
 * @module
 */

import { resolve } from "node:path";
import { type Clock, systemClock } from "../src/shared/clock.ts";
import type { EventReader, ManagerExtension } from "../src/manager/extension.ts";
import { type RunningManager, startManager } from "../src/manager/server.ts";
import { type Manager, openManager, type OpenOptions } from "../src/manager/manager.ts";
import type { Store } from "../src/manager/store.ts";
import { FaultPlan } from "./faults.ts";
import { Recorder } from "./record.ts";
import { RecordMarkerTable } from "./record_marker.ts";
import { RECORD_SCHEMA } from "./record_schema.ts";

/** What a mock manager is told beside the options of a manager. */
export interface MockOptions {
  /** See `fault_spec.ts`. @default none */
  faults?: readonly string[];
  /** Decides which requests the faults hit. @default 1 */
  faultSeed?: number;
  /** File that gains one line for each event, see `record.ts`. @default none */
  recordFile?: string;
}

/** How a mock manager is opened. */
type OpenMockOptions = Omit<OpenOptions, "extension"> & MockOptions;

/** A mock manager in this process. */
interface MockManager extends Manager {
  /** Only with a record file. */
  recorder: Recorder | undefined;
}

/**
 * Puts a mock manager together; see {@linkcode openManager}.
 *
 * @throws RangeError for a fault that cannot be read
 */
export async function openMockManager(options: OpenMockOptions = {}): Promise<MockManager> {
  const mock = new Mock(options);
  const manager = await openManager({ ...options, extension: mock });
  return { ...manager, recorder: mock.recorder };
}

/**
 * Starts a mock manager on its two ports; see {@linkcode startManager}.
 *
 * @throws RangeError for a fault that cannot be read
 */
export async function startMockManager(options: OpenMockOptions = {}): Promise<RunningManager> {
  return await startManager({ ...options, extension: new Mock(options) });
}

/** What makes a manager a mock. */
class Mock implements ManagerExtension {
  readonly #recordFile: string | undefined;
  readonly #faults: FaultPlan;
  readonly cutsConnections: boolean;
  readonly schemaParts = [RECORD_SCHEMA];
  readonly middleware: ManagerExtension["middleware"];
  recorder: Recorder | undefined;

  constructor({ faults = [], faultSeed = 1, recordFile, clock = systemClock }: OpenMockOptions) {
    this.#recordFile = recordFile;
    this.#faults = new FaultPlan({ clock, specs: faults, seed: faultSeed });
    this.middleware = (api) => this.#faults.middleware(api);
    this.cutsConnections = faults.length > 0;
  }

  async openEventReader(store: Store, clock: Clock): Promise<EventReader | undefined> {
    const marker = new RecordMarkerTable(store.database);
    if (this.#recordFile === undefined) {
      marker.clear();
      return undefined;
    }
    const { events } = store;
    this.recorder = await Recorder.open({ events, marker, clock, path: resolve(this.#recordFile) });
    return this.recorder;
  }

  endWaits(): void {
    this.#faults.stop();
  }
}
