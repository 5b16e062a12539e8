/**
 * Batches that were accepted elsewhere, before this cluster was used: an import writes down which, without their events. They stand in
 * a message that has no payload, on the subject that the batches would be on.
 *
 *     16 bytes of id, 32 of fingerprint, as often as there are batches; base64url      the header `Known`
 *     {"<batch>":"<answer>"} of stateful ones, deflated; base64url                     the header `Answers`
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { ID_BYTES, idOf } from "./seen_list.ts";

const FINGERPRINT_BYTES = 32;
const ENTRY_BYTES = ID_BYTES + FINGERPRINT_BYTES;

/** Bytes that a batch takes in the header `Known`. */
export const KNOWN_BYTES = ENTRY_BYTES * 4 / 3;

/** A batch that was accepted. */
export interface KnownBatch {
  key: string;
  fingerprint: Uint8Array;
}

/** The header `Known`. */
export function knownText(batches: readonly KnownBatch[]): string {
  const entries = batches.flatMap((
    { key, fingerprint },
  ) => [Buffer.from(idOf(key), "hex"), fingerprint]);
  return Buffer.concat(entries).toString("base64url");
}

/** The fingerprint of a batch that a header names, in base64url; `undefined` when it does not. */
export function fingerprintIn(text: string, key: string): string | undefined {
  const bytes = Buffer.from(text, "base64url");
  const id = Buffer.from(idOf(key), "hex");
  for (let at = 0; at < bytes.length; at += ENTRY_BYTES) {
    if (!bytes.subarray(at, at + ID_BYTES).equals(id)) continue;
    return bytes.subarray(at + ID_BYTES, at + ENTRY_BYTES).toString("base64url");
  }
  return undefined;
}

/** The header `Answers`. @param answers bodies by batch */
export function answersText(answers: Readonly<Record<string, string>>): string {
  return deflateRawSync(JSON.stringify(answers)).toString("base64url");
}

/** The answer to a batch that a header has; `undefined` when it has none. */
export function answerIn(text: string, key: string): string | undefined {
  if (text === "") return undefined;
  const bytes = inflateRawSync(Buffer.from(text, "base64url"));
  const answers: Record<string, string> = JSON.parse(Buffer.from(bytes).toString("utf8"));
  return answers[key];
}
