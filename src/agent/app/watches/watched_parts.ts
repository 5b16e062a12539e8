/**
 * What the watchdog watches: the dispatchers, and the modules that tell of their progress.
 *
 * @module
 */

import type { Progress, TokenStatus } from "../../../shared/protocol/part_status.ts";
import type { Stream } from "../../../shared/protocol/wire.ts";
import type { WatchedPart } from "./watchdog.ts";

/** The parts, as far as they are watched. */
interface WatchedSources {
  dispatchers: Record<Stream, { progress(requestLimitMs: number): Progress; replace(): void }>;
  modules: {
    progress(name: string): Progress | undefined;
    restart(name: string): Promise<void>;
  };
  moduleNames: readonly string[];
  tokens: { status(): TokenStatus };
  queue: { readonly full: boolean };
  /** The time limit of a request in force. */
  requestTimeoutMs: () => number;
}

/** A batch may need two requests: the first one's token may be refused. */
const REQUESTS_A_BATCH = 2;

/** A module that does not run, or does not tell. */
const UNKNOWN: Progress = { mark: "", waitsFor: "nothing that is known", mayWait: true };

/** All that is watched. */
export function watchedParts(sources: WatchedSources): WatchedPart[] {
  const streams: Stream[] = ["stateless", "stateful"];
  return [
    ...streams.map((stream) => watchedStream(stream, sources)),
    ...sources.moduleNames.map((name) => watchedModule(name, sources)),
  ];
}

function watchedStream(stream: Stream, sources: WatchedSources): WatchedPart {
  const dispatcher = sources.dispatchers[stream];
  return {
    name: `stream ${stream}`,
    progress: () => {
      const limitMs = REQUESTS_A_BATCH * sources.requestTimeoutMs();
      const progress = dispatcher.progress(limitMs);
      const login = loginWaitedFor(sources.tokens.status(), limitMs);
      return login === undefined || progress.mayWait
        ? progress
        : { ...progress, waitsFor: login, mayWait: true };
    },
    rebuild: () => Promise.resolve(dispatcher.replace()),
  };
}

/** Requests wait for a token as long as log-ins fail; one that is under way for too long is no reason. */
function loginWaitedFor(
  { state, for_ms, next_try_in_ms = 0 }: TokenStatus,
  limitMs: number,
): string | undefined {
  if (state === "logging_in") return for_ms <= limitMs ? "a log-in" : undefined;
  const fails = state === "retrying" || state === "refused";
  return fails && next_try_in_ms >= -limitMs ? "a log-in that the server takes" : undefined;
}

function watchedModule(name: string, { modules, queue }: WatchedSources): WatchedPart {
  return {
    name: `module ${name}`,
    progress: () => {
      const progress = modules.progress(name) ?? UNKNOWN;
      if (!queue.full || progress.mayWait) return progress;
      return { ...progress, waitsFor: "room in the queue", mayWait: true };
    },
    rebuild: () => modules.restart(name),
  };
}
