/**
 * The stateful event of a document.
 *
 * @module
 */

import { canonicalText } from "../../shared/states/document_digest.ts";
import { encodeStateful } from "../../shared/protocol/event_encoder.ts";
import type { Operation } from "./outbox_table.ts";
import type { Source } from "./source_table.ts";
import type { StateRow } from "./state_table.ts";
import type { SourceDeclaration, StateSchema } from "./types.ts";

/** How documents of a source are written. */
export interface EventShape {
  source: Pick<Source, "module" | "collector">;
  declaration: SourceDeclaration;
  schema: StateSchema;
}

/** Encodes the event that creates or updates a document. */
export function encodeState(
  row: StateRow,
  operation: Exclude<Operation, "delete">,
  shape: EventShape,
): string {
  const { module, collector } = shape.source;
  const header = JSON.stringify({ module, collector, id: row.id, operation });
  return `\n${header}\n${dataLine(row, shape)}`;
}

/** Encodes the event that deletes a document. */
export function encodeStateDelete(id: string, { source }: Pick<EventShape, "source">): string {
  const { module, collector } = source;
  return encodeStateful({ module, collector, id, operation: "delete" });
}

/** The canonical text of a row's document, as it was when it changed last. */
export function documentText(
  { key, data }: Pick<StateRow, "key" | "data">,
  { unpack }: SourceDeclaration,
): string {
  if (typeof data === "string") return data;
  return canonicalText(unpack?.({ key, data }) ?? {});
}

function dataLine(row: StateRow, { declaration, schema }: EventShape): string {
  const text = documentText(row, declaration);
  const time = new Date(row.changedMs).toISOString();
  if (schema === "5.0") return lineOfFive(row, { text, time });
  // In canonical order "@" comes first.
  return declaration.hasTimestamp ? `{"@timestamp":"${time}",${text.slice(1)}` : text;
}

/** Schema 5.0 has the checksum and the version in each document; a module with a checksum of its own has written it. */
function lineOfFive(row: StateRow, { text, time }: { text: string; time: string }): string {
  return canonicalText({
    checksum: { hash: { sha1: row.digest.toHex() } },
    ...JSON.parse(text),
    state: { document_version: row.version, modified_at: time },
  });
}
