/**
 * The section `journald`.
 *
 * @module
 */

import * as z from "zod";
import * as field from "../../../shared/config/fields.ts";
import { EVENT_OPTIONS } from "../event_options.ts";
import { fieldName, filter } from "./filter_options.ts";

const MOST_FIELDS = 200;

/** The options of the module. */
export const JOURNALD_OPTIONS = {
  enabled: field.toggle({
    default: false,
    about: "Whether systemd's journal is followed.",
    shareable: true,
  }),
  filters: field.list(filter(), {
    error: "must be a list such as [{units: [nginx.service], priority: warning}]",
    most: 100,
    about: "Which entries are taken: those that one of these takes, or all when there are none. " +
      "A filter takes what meets all that it says. For example " +
      "[{units: [nginx, ssh]}, {priority: err, exclude: {identifiers: [CRON]}}].",
    shareable: true,
    neverLess: true,
  }),
  fields: shownFields({
    about: "Fields of the journal that an event shows beside its message: none, all, or a list " +
      "such as [PRIORITY, _PID].",
    shareable: true,
  }),
  ...EVENT_OPTIONS,
  start_at: field.choice(["end", "boot", "beginning"], {
    default: "end",
    about:
      "Where to start when the journal is followed for the first time: at what is written from " +
      "then on, with the last boot of the machine, or with all there is.",
    shareable: true,
  }),
  namespace: optionalNamespace({
    about: "Journal of a namespace (LogNamespace= of a unit) in place of the machine's; * for all.",
  }),
  directory: field.optionalPath({
    about:
      "Folder of journal files in place of the machine's own, such as /host/var/log/journal in a container.",
  }),
};

/** The options once loaded. */
export type JournaldSection = z.output<z.ZodObject<typeof JOURNALD_OPTIONS>>;

function optionalNamespace({ about }: { about: string }) {
  const error =
    "must be the name of a namespace, such as web, +web for that and the machine's, or *";
  return z.string({ error }).regex(/^(\*|\+?[A-Za-z0-9][A-Za-z0-9_.@-]{0,254})$/, { error })
    .optional()
    .meta({ kind: "text", description: about });
}

function shownFields({ about, shareable }: { about: string; shareable: boolean }) {
  const error =
    `must be none, all, or a list of 1 to ${MOST_FIELDS} fields such as [PRIORITY, _PID]`;
  const names = z.array(fieldName(), { error }).min(1, { error }).max(MOST_FIELDS, { error });
  return z.union([z.enum(["none", "all"]), names], { error }).default("none")
    .meta({ kind: "list", description: about, shareable });
}
