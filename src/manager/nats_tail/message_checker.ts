/**
 * Decides whether a message is what it says: by its signature, its time and its number.
 *
 * @module
 */

import canonicalize from "canonicalize";
import * as z from "zod";
import {
  boundBytes,
  HEADER,
  type MessageIdentity,
  type Payload,
  signedBytes,
} from "../nats/envelope.ts";
import type { PayloadDecipher } from "../nats/payload_cipher.ts";
import type { VerifyingKey } from "../nats/signing_keys.ts";
import { type Range, ReplayGuard } from "./replay_guard.ts";

/** A message as it came. */
export interface ReceivedMessage {
  subject: string;
  headers: ReadonlyMap<string, readonly string[]>;
  payload: Uint8Array<ArrayBuffer>;
}

/** What came of checking a message. */
export type Verdict =
  | {
    /** `unverified` without a key to check signatures with. */
    result: "verified" | "unverified";
    identity: MessageIdentity;
    /** `undefined` when it is encrypted and there is no key. */
    document: unknown;
    /** Numbers that are missing before this one. */
    missing: Range | undefined;
  }
  | { result: "refused"; subject: string; reason: string }
  /** Seen before, and no wonder: there is nothing to say about it. */
  | { result: "known" };

/** What a {@linkcode MessageChecker} is built with. */
interface CheckerOptions {
  /** By id; with none of them signatures are not checked. */
  verifyingKeys: ReadonlyMap<string, VerifyingKey>;
  /** By id. */
  deciphers: ReadonlyMap<string, PayloadDecipher>;
  /** How much older than now a message may be, or younger, in milliseconds. */
  windowMs: number;
}

const NUMBER = z.string().regex(/^\d{1,16}$/).transform(Number).pipe(z.int());

class Refusal extends Error {}

/** Checks messages; remembers which it has seen. */
export class MessageChecker {
  readonly #options: CheckerOptions;
  readonly #replays = new ReplayGuard();

  constructor(options: CheckerOptions) {
    this.#options = options;
  }

  /**
   * Checks a message that came at `nowMs`, in milliseconds since 1970. Whatever it is, never throws.
   *
   * @param mayRepeat true when a genuine message that was seen before is to be expected
   */
  async check(
    message: ReceivedMessage,
    nowMs: number,
    { mayRepeat = false }: { mayRepeat?: boolean } = {},
  ): Promise<Verdict> {
    try {
      return await this.#accept(message, { nowMs, mayRepeat });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const reason = error instanceof Refusal ? why : `it can't be checked: ${why}`;
      return { result: "refused", subject: message.subject, reason };
    }
  }

  /** Nothing of a message is believed, remembered or decrypted before its signature is checked. */
  async #accept(
    message: ReceivedMessage,
    { nowMs, mayRepeat }: { nowMs: number; mayRepeat: boolean },
  ): Promise<Verdict> {
    const identity = identityOf(message);
    const payload = payloadOf(message);
    const verified = this.#options.verifyingKeys.size > 0;
    if (verified) await this.#verify(message, identity, payload);
    this.#checkTime(identity, nowMs);
    const sighting = this.#replays.see(identity.node, identity.sequence);
    if (sighting.kind === "repeated") {
      if (mayRepeat) return { result: "known" };
      throw new Refusal(`replayed: number ${identity.sequence} has been seen before`);
    }
    return {
      result: verified ? "verified" : "unverified",
      identity,
      document: await this.#document(identity, payload),
      missing: sighting.kind === "gap" ? sighting.missing : undefined,
    };
  }

  async #verify(
    message: ReceivedMessage,
    identity: MessageIdentity,
    payload: Payload,
  ): Promise<void> {
    const keyId = header(message, HEADER.keyId, "not signed");
    const key = this.#options.verifyingKeys.get(keyId);
    if (key === undefined) throw new Refusal(`signed with an unknown key: ${keyId}`);
    const signature = base64(header(message, HEADER.signature, "not signed"));
    if (!await key.verify(signature, signedBytes(identity, payload, keyId))) {
      throw new Refusal("forged or changed: the signature does not match");
    }
  }

  #checkTime({ timestamp }: MessageIdentity, nowMs: number): void {
    const ageMs = nowMs - timestamp;
    const seconds = Math.round(Math.abs(ageMs) / 1_000);
    if (ageMs > this.#options.windowMs) {
      throw new Refusal(`replayed: it is ${seconds} s old`);
    }
    if (-ageMs > this.#options.windowMs) {
      throw new Refusal(`its time lies ${seconds} s in the future`);
    }
  }

  async #document(identity: MessageIdentity, payload: Payload): Promise<unknown> {
    if ("document" in payload) return payload.document;
    const decipher = this.#options.deciphers.get(payload.encryptionKeyId);
    if (decipher === undefined) return undefined;
    try {
      const bound = boundBytes(identity, payload.encryptionKeyId);
      return parsed(await decipher.decrypt(payload, bound));
    } catch (error) {
      if (error instanceof Refusal) throw error;
      throw new Refusal(`it can't be decrypted with the key ${payload.encryptionKeyId}`);
    }
  }
}

function identityOf(message: ReceivedMessage): MessageIdentity {
  return {
    subject: message.subject,
    node: header(message, HEADER.node),
    sequence: number(message, HEADER.sequence),
    timestamp: number(message, HEADER.timestamp),
  };
}

function payloadOf(message: ReceivedMessage): Payload {
  if (!message.headers.has(HEADER.encryptionKeyId)) return { document: parsed(message.payload) };
  return {
    encryptionKeyId: header(message, HEADER.encryptionKeyId),
    nonce: base64(header(message, HEADER.nonce)),
    ciphertext: message.payload,
  };
}

function header(message: ReceivedMessage, name: string, otherwise = `no header ${name}`): string {
  const values = message.headers.get(name) ?? [];
  const [value] = values;
  if (value === undefined) throw new Refusal(otherwise);
  if (values.length > 1) throw new Refusal(`the header ${name} stands there more than once`);
  return value;
}

function number(message: ReceivedMessage, name: string): number {
  const { data } = NUMBER.safeParse(header(message, name));
  if (data === undefined) throw new Refusal(`the header ${name} is not a number`);
  return data;
}

function base64(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    throw new Refusal("a header is not base64");
  }
}

function parsed(bytes: Uint8Array<ArrayBuffer>): unknown {
  const document = json(bytes);
  try {
    // What has no canonical form (lone surrogates, numbers that are too large) can't be signed.
    canonicalize(document);
  } catch {
    throw new Refusal("the document is not valid JSON for a signature");
  }
  return document;
}

function json(bytes: Uint8Array<ArrayBuffer>): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new Refusal("the document is not JSON");
  }
}
