/**
 * The goodbye of an agent that stops on purpose.
 *
 * @module
 */

import type { Logger } from "@logtape/logtape";
import { sendShutdownMessages } from "../../comms/shutdown_messages.ts";

/** Sends the shutdown messages, and says what came of each. Never throws. */
export async function sayGoodbye(
  messages: Parameters<typeof sendShutdownMessages>[0],
  log: Logger,
): Promise<void> {
  const results = await sendShutdownMessages(messages);
  for (const { stream, accepted, reason, unknownToServer } of results) {
    if (unknownToServer) {
      log.debug("The server does not know the shutdown message: {reason}", { stream, reason });
    } else if (accepted) log.info("Shutdown message sent", { stream });
    else log.warn("Shutdown message not sent: {reason}", { stream, reason });
  }
}
