/**
 * Makes the module out of its options.
 *
 * @module
 */

import type { ModuleContext } from "../module.ts";
import { Journald } from "./journald.ts";
import { findJournalctl } from "./journalctl.ts";
import type { JournaldSection } from "./options.ts";

/** Makes it; nothing is started yet. */
export function createJournald(
  { filters, fields, start_at, namespace, directory }: JournaldSection,
  context: ModuleContext,
): Journald {
  return new Journald({
    program: findJournalctl(),
    filters,
    shown: fields,
    startAt: start_at,
    namespace,
    directory,
  }, context);
}
