/**
 * The section `eventlog`.
 *
 * @module
 */

import * as z from "zod";
import * as field from "../../../shared/config/fields.ts";
import { EVENT_OPTIONS } from "../event_options.ts";

/** The options of the module. */
export const EVENTLOG_OPTIONS = {
  enabled: field.toggle({
    default: false,
    about: "Whether the event log of Windows is read.",
    shareable: true,
  }),
  channels: field.list(channel(), {
    error: "must be a list such as [{channel: System, query: '*[System[Level<=3]]'}]",
    most: 100,
    about:
      "Channels that are read, each with the events that a query asks for, or with all; when there " +
      "are none, all of Application, Security and System. For example [{channel: System, query: '*[System[Level<=3]]'}].",
    shareable: true,
    neverLess: true,
  }),
  ...EVENT_OPTIONS,
  read_interval: field.duration({
    default: "2s",
    min: "100ms",
    max: "1h",
    about: "How often channels are looked at for new events.",
    shareable: true,
  }),
  start_at: field.choice(["end", "beginning"], {
    default: "end",
    about: "Where to start in a channel that is read for the first time.",
    shareable: true,
  }),
};

/** The options once loaded. */
export type EventlogSection = z.output<z.ZodObject<typeof EVENTLOG_OPTIONS>>;

/** Those that are read. */
export function wantedChannels(
  { channels }: Pick<EventlogSection, "channels">,
): EventlogSection["channels"] {
  if (channels.length > 0) return channels;
  return ["Application", "Security", "System"].map((name) => ({ channel: name, query: "*" }));
}

function channel() {
  const name = "must be the name of a channel, such as Microsoft-Windows-Sysmon/Operational";
  const form = "must be * or an XPath with one condition in brackets, such as *[System[Level<=3]]";
  return z.strictObject({
    // What begins with / would be an option of wevtutil.
    channel: z.string({ error: name }).regex(/^[^/\p{Cc}<>&"'][^\p{Cc}<>&"']{0,254}$/u, {
      error: name,
    })
      .meta({ description: "Name of the channel, such as System." }),
    query: z.string({ error: form }).max(4_096, { error: form })
      .refine(isQuery, { error: form }).default("*")
      .meta({ description: "XPath of the events that are read." }),
  }, {
    error: (issue) =>
      issue.code === "unrecognized_keys" ? undefined : "must be a map such as {channel: System}",
  });
}

/** One pair of brackets holds all of it: only then another condition can be put beside it. */
function isQuery(text: string): boolean {
  if (text === "*") return true;
  if (!/^(\*|Event)\[.*\]$/s.test(text)) return false;
  let depth = 0;
  let quote = "";
  for (const [index, char] of [...text].entries()) {
    if (quote !== "") quote = char === quote ? "" : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === "[") depth++;
    else if (char === "]" && --depth === 0 && index < [...text].length - 1) return false;
  }
  return depth === 0 && quote === "";
}
