/**
 * Waiting for a server that may have fallen silent.
 *
 * @module
 */

import { StoreUnavailable } from "../../stores/unavailable.ts";

/** What `work` resolves to. @throws StoreUnavailable when it takes longer than `ms` milliseconds */
export async function timely<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new StoreUnavailable("The cluster takes nothing now: a server is silent")),
      ms,
    );
  });
  return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
