/**
 * What is answered to events that were accepted.
 *
 * @module
 */

import type { StatefulResult } from "../../shared/protocol/wire.ts";
import type { DocumentChange } from "../documents/document_table.ts";
import type { Answer } from "./answers.ts";

const RESULTS = {
  create: { result: "created", status: 201 },
  update: { result: "updated", status: 200 },
  delete: { result: "deleted", status: 200 },
};

/** To a batch of the stateless stream. */
export const STATELESS_ANSWER: Answer = { status: 204, body: "" };

/** To a batch of the stateful stream: it names every event. */
export function statefulAnswer(
  entries: readonly Pick<DocumentChange, "id" | "operation">[],
): Answer {
  const results = entries.map(({ id, operation }, index): StatefulResult => ({
    index: String(index),
    id,
    ...RESULTS[operation],
  }));
  return { status: 200, body: JSON.stringify({ results }) };
}
