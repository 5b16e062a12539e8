/**
 * Exports events: page after page, until there is nothing newer or for as long as somebody wants.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import { AgentError, messageOf } from "../../shared/errors.ts";
import type { EventPage } from "./event_source.ts";

const LOOK_AGAIN_MS = 1_000;
const TRY_AGAIN_MS = 5_000;

/** What an export works with. */
interface ExportOptions {
  clock: Clock;
  source: { page(after: string, signal: AbortSignal): Promise<EventPage> };
  /** Number of the event that it goes on behind. */
  after: string;
  /** Whether it goes on once there is nothing newer, and through faults that pass. */
  follow: boolean;
  write(text: string): void | Promise<void>;
  /** Told of what is missing, and of what is tried again. */
  warn(text: string): void;
  /** Ends it behind a whole page. */
  signal: AbortSignal;
}

/** Returns the number of the last event that was written. */
export async function exportEvents(options: ExportOptions): Promise<string> {
  const { clock, follow, signal, write, warn } = options;
  let { after } = options;
  while (!signal.aborted) {
    const page = await pageAfter(after, options);
    if (page === undefined) continue;
    if (page.missing !== undefined) {
      warn(`${page.missing} after number ${after} are no longer kept`);
    }
    if (page.text !== "") await write(page.text);
    else if (!follow) return after;
    else await clock.sleep(LOOK_AGAIN_MS, signal).catch(() => {});
    after = page.last;
  }
  return after;
}

/** `undefined` when it is to be tried again. */
async function pageAfter(
  after: string,
  { source, follow, signal, clock, warn }: ExportOptions,
): Promise<EventPage | undefined> {
  try {
    return await source.page(after, signal);
  } catch (error) {
    if (signal.aborted) return undefined;
    const refused = error instanceof AgentError && error.code === "credentials_refused";
    if (!follow || refused) throw error;
    warn(`${messageOf(error)}; trying again`);
    await clock.sleep(TRY_AGAIN_MS, signal).catch(() => {});
    return undefined;
  }
}
