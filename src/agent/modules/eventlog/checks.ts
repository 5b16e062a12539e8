/**
 * Whether channels can be read, and queries are valid: Windows alone can tell.
 *
 * @module
 */

import type { CheckResult } from "../check.ts";
import { type EventlogSection, wantedChannels } from "./options.ts";
import { EventlogError, Wevtutil } from "./wevtutil.ts";

/** Where Windows has it; the search path of whoever started the agent does not count. */
export const WEVTUTIL = "C:\\Windows\\System32\\wevtutil.exe";

/** Asks each channel for events that nobody has. */
export async function checkChannels(
  options: Pick<EventlogSection, "channels">,
  signal: AbortSignal,
  wevtutil: Wevtutil = new Wevtutil(WEVTUTIL),
): Promise<CheckResult> {
  const channels = wantedChannels(options);
  for (const { channel, query } of channels) {
    try {
      await wevtutil.events({ channel, query, after: Number.MAX_SAFE_INTEGER }, signal);
    } catch (error) {
      if (!(error instanceof EventlogError)) throw error;
      const message = `channel ${channel} with query ${query}: ${error.message}`;
      return { status: "fail", message, try: error.hint };
    }
  }
  return { status: "ok", message: `${channels.length} channels can be read` };
}
