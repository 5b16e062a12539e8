/**
 * The manager without its ports: all parts put together, to be called in-process or to be served.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { type Apps, createApp } from "./app.ts";
import { type Clock, systemClock } from "./clock.ts";
import { openAcceptClient } from "./command_manager/accept_client.ts";
import { CommandManager } from "./command_manager/command_manager.ts";
import { LoginLimit } from "./comms_api/login_limit.ts";
import { FaultPlan } from "./faults.ts";
import { DEFAULTS, type ManagerOptions } from "./manager_options.ts";
import { PollRegistry } from "./poll_registry.ts";
import { Recorder } from "./record.ts";
import { RequestCounter } from "./request_counter.ts";
import { hashSecret } from "./secrets.ts";
import { Store } from "./store/store.ts";
import { Tokens } from "./tokens.ts";

/** Options of a manager in-process: those of the program, and a clock. */
export interface OpenOptions extends Partial<ManagerOptions> {
  /** @default the clock of the machine */
  clock?: Clock;
}

/** A manager that runs in this process. */
export interface Manager extends AsyncDisposable {
  apps: Apps;
  store: Store;
  polls: PollRegistry;
  commands: CommandManager;
  faults: FaultPlan;
  /** Only with a record file. */
  recorder: Recorder | undefined;
  /**
   * Ends what waits, at once: open polls and injected faults. What comes later does not wait
   * either.
   */
  endWaits(): void;
  /** Ends what waits, and the work on orders, writes the record, and closes the store. */
  close(): Promise<void>;
}

/**
 * Puts a manager together. Ports, host and TLS of the options mean nothing here.
 *
 * @throws RangeError for a fault that cannot be read, Error when a file cannot be opened or belongs
 * to another manager
 */
export async function openManager(options: OpenOptions = {}): Promise<Manager> {
  const settings: ManagerOptions & { clock: Clock } = {
    ...DEFAULTS,
    clock: systemClock,
    ...options,
  };
  const faults = faultPlan(settings);
  await makeFolders(settings.dataFolder);
  const store = openStore(settings);
  try {
    return await assemble(settings, store, faults);
  } catch (error) {
    store.close();
    throw error;
  }
}

type Settings = ManagerOptions & { clock: Clock };

async function assemble(settings: Settings, store: Store, faults: FaultPlan): Promise<Manager> {
  const { clock, dataFolder } = settings;
  const tokens = await openTokens(settings);
  const polls = new PollRegistry({ clock, timeoutMs: settings.pollTimeoutMs });
  const commands = new CommandManager({ ...settings, store, polls });
  const recorder = await openRecorder(settings, store);
  const apps = createApp({
    clock,
    store,
    tokens,
    logins: new LoginLimit(settings),
    polls,
    commands,
    faults,
    requests: new RequestCounter(),
    user: { name: settings.user, password: hashSecret(settings.password) },
    maxBodyBytes: settings.maxBodyBytes,
    startedAtMs: clock.now(),
    ...(recorder && { recorder }),
    ...(dataFolder !== undefined && { filesFolder: join(dataFolder, "files") }),
  });
  const acceptClient = openAcceptClient({
    ...settings,
    inProcess: (request) => Promise.resolve(apps.management.fetch(request)),
    token: () => tokens.issue("management", settings.user),
  });
  commands.start((orders, signal) => acceptClient.post(orders, signal));
  const endWaits = () => {
    polls.stop();
    faults.stop();
  };
  const close = async () => {
    endWaits();
    await commands.stop();
    acceptClient.close();
    await recorder?.close();
    store.close();
  };
  return {
    apps,
    store,
    polls,
    commands,
    faults,
    recorder,
    endWaits,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function makeFolders(dataFolder: string | undefined): Promise<void> {
  if (dataFolder === undefined) return;
  await Deno.mkdir(dataFolder, { recursive: true, mode: 0o700 });
  await Deno.mkdir(join(dataFolder, "files"), { recursive: true });
}

function openStore({ dataFolder, keepEvents, idempotencyKeys }: Settings): Store {
  const path = dataFolder === undefined ? ":memory:" : join(dataFolder, "manager.db");
  return new Store({ path, keepEvents, idempotencyKeys });
}

function openTokens({ clock, dataFolder, tokenTtlMs }: Settings): Promise<Tokens> {
  const keyFile = dataFolder === undefined ? undefined : join(dataFolder, "token_key.json");
  return Tokens.open({ clock, ttlMs: tokenTtlMs, ...(keyFile && { keyFile }) });
}

async function openRecorder(settings: Settings, store: Store): Promise<Recorder | undefined> {
  const { clock, recordFile } = settings;
  if (recordFile !== undefined) {
    return await Recorder.open({ store, clock, path: resolve(recordFile) });
  }
  store.recordMarker.clear();
  return undefined;
}

function faultPlan({ clock, faults, faultSeed }: Settings): FaultPlan {
  return new FaultPlan({ clock, specs: faults, seed: faultSeed });
}
