/**
 * Starts the same program again after a graceful stop.
 *
 * There is no `exec` here, so a restart takes one of two ways. Where `AGENT_SUPERVISED` is set by a service unit, or
 * `AGENT_RESTARTED_BY` by an agent that restarted before, the process ends with {@linkcode RESTART_STATUS} and is started again by
 * the one above it. Otherwise it stays, as little more than a pipe for signals: the terminal and whoever waits for its process id
 * see one program that goes on.
 *
 * @module
 */

import { type Clock, systemClock } from "../../shared/clock.ts";
import type { ReloadRequests } from "./signals.ts";
import { variablesForSuccessor } from "./environment.ts";
import { ownProgram } from "./own_program.ts";

/** The process that may be started again. */
export interface RestartingProcess {
  /** Environment variables by name. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the program must stop, with the name of the signal as the reason. */
  readonly signal: AbortSignal;
  /** Requests to read the configuration again; they are passed on. */
  readonly reloads: Pick<ReloadRequests, "listen">;
}

/** Tells whoever started the agent to start it again: EX_TEMPFAIL of sysexits.h. */
const RESTART_STATUS = 75;
/** Set by whoever starts the agent again when it ends with that status. */
const SUPERVISED = "AGENT_SUPERVISED";
/** Set by an agent for the one that it restarts into: its own process id. */
const RESTARTED_BY = "AGENT_RESTARTED_BY";
const PARENT_CHECK_INTERVAL_MS = 1_000;

/** True when somebody starts the program again that ends with {@linkcode RESTART_STATUS}, so that it need not do so itself. */
export function isStartedAgain(env: RestartingProcess["env"]): boolean {
  return env[SUPERVISED] !== undefined || env[RESTARTED_BY] !== undefined;
}

/** How a program is started again. */
interface RestartOptions {
  /** A process that runs in place of this one already. @default there is none */
  first?: Promise<{ code: number; signal: string | null }> | undefined;
  /** The executable; asked each time. @default that of this process */
  executable?: (() => string | undefined) | undefined;
  /** Told of an end that nobody wanted; whether the program is to be started again all the same. @default it is not */
  isRevived?: (() => boolean) | undefined;
  /** In milliseconds. @default 1000 */
  revivalWaitMs?: number;
}

/** Ends that starting again does not change, as in the unit of systemd; 130 and 143: somebody ended it. */
const WANTED_ENDS: readonly number[] = [0, 2, 4, 5, 8, 15, 130, 143];

/** Starts the program again as often as it asks for it; gives the exit status of the last one. */
export async function restartProgram(
  process: RestartingProcess,
  { first, executable, isRevived, revivalWaitMs = 1_000 }: RestartOptions = {},
): Promise<number> {
  const { env, signal } = process;
  if (isStartedAgain(env)) return RESTART_STATUS;
  for (let running = first;; running = undefined) {
    const { code, signal: endedBy } = await (running ?? runOnce(process, executable?.()));
    // Passed on before it could hear one: it would read its configuration anew, and it does so now.
    const wasDeaf = endedBy === "SIGHUP";
    if (signal.aborted) return code;
    if (code === RESTART_STATUS || wasDeaf) continue;
    if (WANTED_ENDS.includes(code) || !isRevived?.()) return code;
    await systemClock.sleep(revivalWaitMs, signal).catch(() => {});
    if (signal.aborted) return code;
  }
}

/**
 * Aborted when the agent that restarted into this one is gone: killed with SIGKILL it could not pass that on, and its place
 * must become free. It may be gone before this one has begun. Never aborted for an agent that was started in another way.
 */
export function parentGone(
  { env, signal }: Pick<RestartingProcess, "env" | "signal">,
  clock: Clock,
): AbortSignal {
  const gone = new AbortController();
  const parent = env[RESTARTED_BY];
  if (parent !== undefined) watch(Number(parent), { gone, clock, signal });
  return gone.signal;
}

async function watch(
  parent: number,
  { gone, clock, signal }: { gone: AbortController; clock: Clock; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted && Deno.ppid === parent) {
    await clock.sleep(PARENT_CHECK_INTERVAL_MS, signal).catch(() => {});
  }
  gone.abort("SIGTERM");
}

async function runOnce(
  process: RestartingProcess,
  executable: string | undefined,
): Promise<Deno.CommandStatus> {
  const child = startSuccessor(process, { executable, stderr: "inherit" });
  using _signals = passSignals(process, child);
  return await child.status;
}

/** Starts an agent in the place of this one, with the same arguments. */
export function startSuccessor(
  { env }: Pick<RestartingProcess, "env">,
  { executable, variables = {}, stderr }: {
    /** @default that of this process */
    executable?: string | undefined;
    /** Variables beside those of this process. */
    variables?: Record<string, string>;
    stderr: "inherit" | "piped";
  },
): Deno.ChildProcess {
  const { path, args, env: own } = ownProgram(Deno.args);
  return new Deno.Command(executable ?? path, {
    args,
    clearEnv: true,
    // By the last the new process notices when the one that waits for it is killed.
    env: { ...variablesForSuccessor(env), ...own, ...variables, [RESTARTED_BY]: String(Deno.pid) },
    stdin: "inherit",
    stdout: "inherit",
    stderr,
  }).spawn();
}

/** Passes on to `child` what this process is told, until it is disposed. */
export function passSignals(
  { signal, reloads }: Pick<RestartingProcess, "signal" | "reloads">,
  child: { kill(signal: Deno.Signal): void },
): Disposable {
  const send = (name: Deno.Signal) => {
    try {
      child.kill(name);
    } catch {
      // It has ended.
    }
  };
  const stop = () => send(signal.reason === "SIGINT" ? "SIGINT" : "SIGTERM");
  const killWith = () => send("SIGKILL");
  signal.addEventListener("abort", stop, { once: true });
  // A second signal ends this process at once; the one below must not outlive it.
  globalThis.addEventListener("unload", killWith);
  const ignoreReloads = reloads.listen(() => send("SIGHUP"));
  return {
    [Symbol.dispose]() {
      signal.removeEventListener("abort", stop);
      globalThis.removeEventListener("unload", killWith);
      ignoreReloads();
    },
  };
}
