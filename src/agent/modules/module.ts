/**
 * What a module is: one folder that exports a {@linkcode Module}, and one line in `registry.ts`.
 *
 * From the module come its section of the configuration with schema, samples and documentation, what a reload applies, what a group
 * may set, `agent modules`, its share of the status and the metrics, its commands and its checks. A module knows nothing of the
 * agent but its {@linkcode ModuleContext}.
 *
 * @module
 */

import type { Logger } from "@logtape/logtape";
import type { DatabaseSync } from "node:sqlite";
import type { z } from "zod";
import type { Clock } from "../../shared/clock.ts";
import type { CpuMeter } from "../../shared/cpu_meter.ts";
import type { Platform } from "../../shared/config/platform.ts";
import type { HostInfo } from "../../shared/protocol/wire.ts";
import type { Migration } from "../../shared/sqlite/schema.ts";
import type { Executor } from "../commands/types.ts";
import type { Check } from "./check.ts";
import type { Collector, EventSink } from "./collector.ts";
import type { DeclaredStates, StateKeeper, StateSchema } from "./states.ts";

/** The fields of a module's section; `enabled` is one of them. */
export type ModuleFields = { enabled: z.ZodType<boolean> } & Record<string, z.ZodType>;

/** What the options of a module are once loaded: durations in milliseconds, sizes in bytes. */
export type OptionsOf<Fields extends ModuleFields> =
  & { enabled: boolean }
  & z.output<z.ZodObject<Fields>>;

/** The tables of a module: those that its migrations made, in the database of the queue. */
interface ModuleTables {
  /**
   * Runs `work` in a transaction, shared with other work of this turn. It must change nothing but the database: it may be run again
   * after a rollback.
   *
   * @throws what `work` threw; then nothing of it is stored
   */
  transact<T>(work: (database: DatabaseSync) => T): Promise<T>;
}

/** What a process has used. */
export interface ChildUse {
  /** CPU time, all of it. */
  cpuMs: number;
  /** Most memory that was seen in use. */
  peakBytes: number;
  /** Why it was killed, in one line: what it was at is then not complete. Left out when it was not. */
  killedFor?: string;
}

/** Keeps processes within the bounds of the section `modules`. */
export interface ChildKeeper {
  /**
   * Watches the process `pid`, which the module has started, until it has ended or the signal is aborted. Never rejects. A process that
   * is to end while it is watched: abort first, it may be stopped at the moment.
   *
   * @param options.mapsFiles pages of files, which the system takes back when it needs them, are no memory of its own. @default false
   */
  watch(pid: number, signal: AbortSignal, options?: { mapsFiles?: boolean }): Promise<ChildUse>;
}

/** All that a module may know of the agent. */
export interface ModuleContext {
  /** Where events go, with their checkpoints and the module's own rows in one transaction. */
  sink: EventSink;
  /** The documents at the server that say what the machine has; for a module that declares {@linkcode Module.states}. */
  states?: StateKeeper;
  tables: ModuleTables;
  /** Where the agent's own things are. @default it does not say */
  places?: { dataFolder: string; database: string };
  clock: Clock;
  log: Logger;
  /** Measures what the module does in this process; see its statistics. @default nobody wants to know */
  cpu?: CpuMeter;
  /** For processes that the module starts; left out where none can be watched. */
  children?: ChildKeeper;
  /**
   * From 0 to less than 1, always the same for this agent and module: how far into its spread the first scan after a start is, so that a
   * fleet that starts together does not scan together. @default nobody knows
   */
  fleetShare?: number;
  /** What is known of the machine now. */
  host(): HostInfo;
  /**
   * Why the file at `path`, every link resolved, must not be read although `option` names it: the server's files of groups may name
   * only what this machine allows. `undefined` when it may be read.
   */
  whyNotRead(option: string, path: string): string | undefined;
}

/** A condition on the options of a module; a configuration that does not satisfy it is not valid. */
interface ModuleRule<Options> {
  /** The option that is to blame, without the module's name. */
  readonly option: string;
  /** What would be right, to follow `<option> is <value>, `, or `undefined` when it is. */
  check(options: Options, agent: { schema: StateSchema }): string | undefined;
}

/** A capability of the agent. */
export interface Module<
  Name extends string = string,
  Fields extends ModuleFields = ModuleFields,
> {
  /** Name of its section, of its events' `module`, and on the command line. */
  readonly name: Name;
  /** What it does, as one sentence. */
  readonly about: string;
  /** Its section. Fields are `live` unless they say otherwise: the module is made anew when they change. */
  readonly options: Fields;
  /** What its options must satisfy together with those of the agent. @default nothing */
  readonly rules?: readonly ModuleRule<OptionsOf<Fields>>[];
  /** The only operating systems that it works on. @default all */
  readonly platforms?: readonly Platform[];
  /** It starts programs, at least children of the agent itself. @default false */
  readonly startsPrograms?: boolean;
  /** What it cannot do where the C library cannot be opened, such as `files whose names are not UTF-8`. @default nothing */
  readonly lostWithoutLibc?: string;
  /** The steps that made its tables what they are; a table of its own is called like the module, or begins with its name. */
  readonly migrations?: readonly Migration[];
  /** What it keeps as documents at the server. @default nothing */
  readonly states?: DeclaredStates<OptionsOf<Fields>>;
  /**
   * Makes what works; nothing happens before its `run`. Called again when options change, before what was made last is stopped, so that
   * options it throws for change nothing.
   */
  create(options: OptionsOf<Fields>, context: ModuleContext): Collector | Promise<Collector>;
  /** Runs its commands. `options` gives those in force. Its commands fail while it is disabled. */
  executors?(options: () => OptionsOf<Fields>, context: ModuleContext): readonly Executor[];
  /** What can be looked at to tell whether it can do its work here. */
  checks?(): readonly Check<OptionsOf<Fields>>[];
}

/** `module` as it is; keeps its name and the types of its options for the configuration's type. */
export function defineModule<const Name extends string, Fields extends ModuleFields>(
  module: Module<Name, Fields>,
): Module<Name, Fields> {
  return module;
}
