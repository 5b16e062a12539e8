/**
 * The documents of policies that cannot be looked at for a while: they stay as they are, and keep nothing else from being told or deleted.
 *
 * @module
 */

import type { StateKeeper } from "../states.ts";
import { COLLECTOR } from "./collector_name.ts";

/** A document with what it is known by. */
interface KeptItem {
  key: string;
  id: string;
  document: Readonly<Record<string, unknown>>;
}

const PAGE = 1_000;

/** The documents that are known of the policies in `files` (their names without folders). */
export function keptItems(
  states: Pick<StateKeeper, "page">,
  files: ReadonlySet<string>,
): KeptItem[] {
  const kept: KeptItem[] = [];
  if (files.size === 0) return kept;
  for (let after = "";;) {
    const page = states.page(COLLECTOR, after, PAGE);
    for (const { key, id, data } of page) {
      const document = JSON.parse(typeof data === "string" ? data : new TextDecoder().decode(data));
      if (files.has(document.policy?.file)) kept.push({ key, id, document });
    }
    const last = page.at(-1);
    if (last === undefined) return kept;
    after = last.key;
  }
}
