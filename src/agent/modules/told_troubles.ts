/**
 * What the log says of a module that fails or cannot be put away.
 *
 * @module
 */

import type { Logger } from "@logtape/logtape";
import { messageOf } from "../../shared/errors.ts";
import type { Collector } from "./collector.ts";
import type { ModuleUnavailable } from "./unavailable.ts";

/** Time for what a module holds open to be put away. */
const CLOSE_TIMEOUT_MS = 2_000;

/** Where something is said of a module. */
interface About {
  log: Logger;
  module: string;
}

/** Says why it cannot work on this machine now. */
export function tellUnavailable({ log, module }: About, { message, hint }: ModuleUnavailable) {
  log.warn("Module {module} cannot work here: {reason}; {hint}", { module, reason: message, hint });
}

/** Says why it failed, and when it starts again. */
export function tellFailure({ log, module }: About, reason: string, waitMs: number): void {
  log.error("Module {module} failed and starts again in {wait_ms} ms: {reason}", {
    module,
    wait_ms: waitMs,
    reason,
  });
}

/** Says that it is left behind, as it does not end. */
export function tellGivenUp({ log, module }: About): void {
  log.warn("Module {module} does not end and is given up", { module });
}

/** Has a collector put away what it holds open; why it could not is said, and is no failure. */
export async function closeCollector(
  { log, module }: About,
  collector: Collector,
): Promise<void> {
  try {
    await collector.close?.(AbortSignal.timeout(CLOSE_TIMEOUT_MS));
  } catch (error) {
    const reason = messageOf(error);
    log.warn("Module {module} was not closed as it should be: {reason}", { module, reason });
  }
}
