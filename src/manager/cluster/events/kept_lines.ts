/**
 * The lines of a stateful batch, as `event_body.ts` keeps them: header and data by turns, an empty data line for a delete.
 *
 * @module
 */

import type { DocumentChange } from "../../documents/document_table.ts";

/** What the lines do to documents; nothing for none. */
export function changesIn(lines: string): DocumentChange[] {
  if (lines === "") return [];
  const texts = lines.split("\n");
  return texts.flatMap((header, index) =>
    index % 2 === 0 ? [changeOf(header, texts[index + 1])] : []
  );
}

function changeOf(header: string, text = ""): DocumentChange {
  const { module, collector = "", id, operation } = JSON.parse(header);
  const change = { module, collector, id, operation };
  return text === "" ? change : { ...change, text, data: JSON.parse(text) };
}
