/**
 * A server made of a function, for code that takes a `fetch`.
 *
 * @module
 */

import type { FetchLike } from "../../src/agent/comms/connection/server_connection.ts";

/** A `fetch` that remembers what it was asked. */
export interface FakeFetch {
  fetch: FetchLike;
  /** All requests so far, oldest first. */
  requests: Request[];
}

/**
 * Answers each request with what `answer` gives for it; an error it throws is thrown as `fetch`
 * would.
 */
export function fakeFetch(answer: (request: Request) => Response | Promise<Response>): FakeFetch {
  const requests: Request[] = [];
  return {
    requests,
    fetch: async (url, init) => {
      const request = new Request(url, init);
      requests.push(request.clone());
      return await answer(request);
    },
  };
}

/** An answer that never comes; the request can only be aborted. */
export function noAnswer(request: Request): Promise<Response> {
  return new Promise((_, reject) => {
    request.signal.addEventListener("abort", () => reject(request.signal.reason), { once: true });
  });
}
