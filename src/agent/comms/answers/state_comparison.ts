/**
 * Reads what a server says of digests that it was asked to compare.
 *
 * @module
 */

import type { RetryOutcome } from "../../../shared/protocol/exchange.ts";
import { isObject } from "./answer.ts";

/** What came of a comparison; `unsupported` when the server does not know the question. */
export type StateComparison =
  | {
    kind: "compared";
    /** Buckets that are not the same. */
    differ: readonly number[];
    /** What the server has in some of them: document id to digest in hex. */
    documents: ReadonlyMap<number, ReadonlyMap<string, string>>;
  }
  | { kind: "unsupported" }
  | RetryOutcome;

const BUCKETS = 256;

/** `undefined` when it is no answer to the question. */
export function readComparison(body: unknown): StateComparison | undefined {
  if (!isObject(body) || !Array.isArray(body.differ)) return undefined;
  const differ = body.differ.filter(isBucket);
  if (differ.length !== body.differ.length) return undefined;
  const documents = new Map<number, ReadonlyMap<string, string>>();
  for (const [bucket, known] of Object.entries(isObject(body.documents) ? body.documents : {})) {
    if (isBucket(Number(bucket)) && isObject(known)) documents.set(Number(bucket), textsIn(known));
  }
  return { kind: "compared", differ, documents };
}

function textsIn(known: Record<string, unknown>): Map<string, string> {
  const texts = Object.entries(known).filter((one): one is [string, string] =>
    typeof one[1] === "string"
  );
  return new Map(texts);
}

function isBucket(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < BUCKETS;
}
