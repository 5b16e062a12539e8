/**
 * Makes of a document what goes out: encrypted and signed as far as there are keys.
 *
 * @module
 */

import { boundBytes, HEADER, type MessageIdentity, type Payload, signedBytes } from "./envelope.ts";
import type { StoredMessage } from "./outbox.ts";
import type { PayloadCipher } from "./payload_cipher.ts";
import type { SigningKey } from "./signing_keys.ts";

/** A message as it is given to NATS. */
export interface OutgoingMessage {
  /** The same whenever the same message is sent: node and sequence number. */
  id: string;
  subject: string;
  headers: Readonly<Record<string, string>>;
  payload: Uint8Array<ArrayBuffer>;
}

/** What a {@linkcode MessageSealer} is built with. */
interface SealerOptions {
  node: string;
  signingKey: SigningKey | undefined;
  cipher: PayloadCipher | undefined;
}

/** Seals messages of one node. */
export class MessageSealer {
  readonly #options: SealerOptions;

  constructor(options: SealerOptions) {
    this.#options = options;
  }

  /** Seals a message that is sent at `nowMs`, in milliseconds since 1970. */
  async seal(message: StoredMessage, nowMs: number): Promise<OutgoingMessage> {
    const { node } = this.#options;
    const { subject, sequence } = message;
    const identity: MessageIdentity = { subject, node, sequence, timestamp: nowMs };
    const document = new TextEncoder().encode(message.document);
    const payload = await this.#encrypted(identity, document) ??
      { document: JSON.parse(message.document) };
    return {
      id: `${node}-${sequence}`,
      subject,
      headers: {
        [HEADER.node]: node,
        [HEADER.sequence]: String(sequence),
        [HEADER.timestamp]: String(nowMs),
        ...encryptionHeaders(payload),
        ...await this.#signatureHeaders(identity, payload),
      },
      payload: "ciphertext" in payload ? payload.ciphertext : document,
    };
  }

  async #encrypted(
    identity: MessageIdentity,
    document: Uint8Array<ArrayBuffer>,
  ): Promise<Payload | undefined> {
    const { cipher } = this.#options;
    if (cipher === undefined) return undefined;
    const bound = boundBytes(identity, cipher.keyId);
    return { encryptionKeyId: cipher.keyId, ...await cipher.encrypt(document, bound) };
  }

  async #signatureHeaders(
    identity: MessageIdentity,
    payload: Payload,
  ): Promise<Record<string, string>> {
    const { signingKey } = this.#options;
    if (signingKey === undefined) return {};
    const signature = await signingKey.sign(signedBytes(identity, payload, signingKey.id));
    return { [HEADER.keyId]: signingKey.id, [HEADER.signature]: signature.toBase64() };
  }
}

function encryptionHeaders(payload: Payload): Record<string, string> {
  if (!("nonce" in payload)) return {};
  return {
    [HEADER.encryptionKeyId]: payload.encryptionKeyId,
    [HEADER.nonce]: payload.nonce.toBase64(),
  };
}
