/**
 * What travels beside a document, in the headers of its message, and what of all that is signed and
 * bound.
 *
 * A document says neither which message it is nor, except for a keep-alive, who sent it, so a
 * signature of the document alone would let a forger send it again as another message. What is
 * signed is therefore an envelope around it, in the canonical form of RFC 8785:
 *
 *     {"encryption":…,"key_id":…,"node":…,"payload":…,"sequence":…,"subject":…,"timestamp":…}
 *
 * `payload` is the document, and `encryption` null; of an encrypted one they are the ciphertext in
 * base64 and `{"key_id":…,"nonce":…}`. So documents are encrypted first and signed then: signature,
 * gaps and replays can be checked without the power to read, and nothing is decrypted that was not
 * signed. An encrypted document is also bound (as additional data) to
 *
 *     {"key_id":…,"node":…,"sequence":…,"subject":…,"timestamp":…}
 *
 * with the encryption's `key_id`, so that it can't be moved to another message even where nothing
 * is signed.
 *
 * @module
 */

import { canonicalBytes } from "../../shared/signing/canonical.ts";

/** Names of the headers. */
export const HEADER = {
  node: "Agent-Node",
  sequence: "Agent-Sequence",
  /** When the message was sent, in milliseconds since 1970. */
  timestamp: "Agent-Timestamp",
  keyId: "Agent-Key-Id",
  /** Base64. */
  signature: "Agent-Signature",
  encryptionKeyId: "Agent-Encryption-Key-Id",
  /** Base64; see `payload_cipher.ts`. */
  nonce: "Agent-Nonce",
} as const;

/** Which message it is. */
export interface MessageIdentity {
  subject: string;
  node: string;
  sequence: number;
  /** When the message was sent, in milliseconds since 1970. */
  timestamp: number;
}

/** What a message carries: a document, or one that is encrypted. */
export type Payload =
  | { document: unknown }
  | {
    encryptionKeyId: string;
    nonce: Uint8Array<ArrayBuffer>;
    ciphertext: Uint8Array<ArrayBuffer>;
  };

/** The bytes that a signature by the key `keyId` is of. */
export function signedBytes(
  identity: MessageIdentity,
  payload: Payload,
  keyId: string,
): Uint8Array<ArrayBuffer> {
  const carried = "document" in payload ? { encryption: null, payload: payload.document } : {
    encryption: { key_id: payload.encryptionKeyId, nonce: payload.nonce.toBase64() },
    payload: payload.ciphertext.toBase64(),
  };
  return canonicalBytes({ ...members(identity), ...carried, key_id: keyId });
}

/** The bytes that an encrypted document is bound to. */
export function boundBytes(
  identity: MessageIdentity,
  encryptionKeyId: string,
): Uint8Array<ArrayBuffer> {
  return canonicalBytes({ ...members(identity), key_id: encryptionKeyId });
}

function members({ subject, node, sequence, timestamp }: MessageIdentity): MessageIdentity {
  return { subject, node, sequence, timestamp };
}
