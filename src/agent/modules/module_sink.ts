/**
 * The sink of a module that has the options of `event_options.ts`.
 *
 * @module
 */

import type { RedactOption } from "../redaction/redact_option.ts";
import type { EventSink } from "./collector.ts";
import type { ModuleContext } from "./module.ts";
import { PacedSink } from "./paced_sink.ts";
import { withRedaction } from "./redacting_sink.ts";

/** The sink that does what these options ask for. */
export async function sinkFor(
  { redact, max_rate: perSecond }: {
    redact: readonly RedactOption[];
    max_rate?: number | undefined;
  },
  { sink, clock }: Pick<ModuleContext, "sink" | "clock">,
): Promise<EventSink> {
  const paced = perSecond === undefined ? sink : new PacedSink(sink, { perSecond, clock });
  // Outermost, as it is asked for its number.
  return await withRedaction(paced, redact);
}
