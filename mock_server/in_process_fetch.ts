/**
 * A `fetch` that calls the manager of this process, with no port between: for tests of whatever
 * takes a `fetch`.
 *
 * @module
 */

import type { Apps } from "../src/manager/apps.ts";

/** Has the shape of the global `fetch`. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/**
 * A `fetch` for both APIs: paths below `/api/` go to the comms API, all others to the management
 * API. Host and port mean nothing.
 *
 * Like the global one it rejects with a `TypeError` when the connection is cut, and with the
 * signal's reason when aborted.
 */
export function inProcessFetch(apps: Apps): Fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const api = new URL(request.url).pathname.startsWith("/api/") ? apps.comms : apps.management;
    const answer = Promise.resolve(api.fetch(request)).catch((error) => {
      throw new TypeError("Connection failed", { cause: error });
    });
    return await orAborted(answer, init?.signal ?? request.signal);
  };
}

async function orAborted(answer: Promise<Response>, signal: AbortSignal): Promise<Response> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
