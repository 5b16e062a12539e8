/**
 * What a signature of an order or of a group's file is of, and what of it travels beside them. Ed25519 (RFC 8032) over the canonical
 * form (RFC 8785) of
 *
 *     {"action":{"args":…,"name":…,"version":…},"agent_id":…,"document_id":…,"expires_at":…,"issued_at":…,"key_id":…,
 *      "purpose":"agent-order","source":…,"start_within":…,"timeout":…,"user":…}
 *     {"file_name":…,"key_id":…,"purpose":"agent-file","sha256":…,"version":…}
 *
 * That is all that an agent goes by or writes down of an order; what is missing in one is `null`. An order carries its signature in the member `signature`, a file in the header {@linkcode FILE_SIGNATURE_HEADER} as JSON. Who knows
 * neither ignores them. `purpose` keeps what was signed as one thing from being shown as another.
 *
 * @module
 */

import { createHash } from "node:crypto";
import * as z from "zod";
import type { Command } from "../protocol/wire.ts";
import { canonicalBytes } from "./canonical.ts";

/** Header of the answer that brings a file. */
export const FILE_SIGNATURE_HEADER = "agent-file-signature";

const keyId = z.string().regex(/^[0-9a-f]{16}$/);
const value = z.base64().max(200);

/** The member `signature` of an order. Times are ISO 8601 in UTC. */
export const orderSignature = z.object({
  key_id: keyId,
  issued_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
  value,
});

/** What is said beside an order. */
export type OrderSignature = z.output<typeof orderSignature>;

/** The header of a file, as JSON. */
export const fileSignature = z.object({
  key_id: keyId,
  /** Grows with each change of the file. */
  version: z.int().nonnegative(),
  value,
});

/** What is said beside a file. */
export type FileSignature = z.output<typeof fileSignature>;

/** What of an order is signed. */
interface SignedOrder {
  document_id: string;
  agent_id: string;
  action: Command["action"];
  source?: string | null | undefined;
  user?: string | null | undefined;
  timeout?: number | null | undefined;
  start_within?: number | null | undefined;
}

/** The bytes that the signature of an order is of. */
export function signedOrderBytes(
  { document_id, agent_id, action, source, user, timeout, start_within }: SignedOrder,
  { key_id, issued_at, expires_at }: Omit<OrderSignature, "value">,
): Uint8Array<ArrayBuffer> {
  const { name, version = null, args = {} } = action;
  return canonicalBytes({
    purpose: "agent-order",
    document_id,
    agent_id,
    action: { name, version, args },
    source: source ?? null,
    user: user ?? null,
    timeout: timeout ?? null,
    start_within: start_within ?? null,
    key_id,
    issued_at,
    expires_at,
  });
}

/** The bytes that the signature of a file is of. */
export function signedFileBytes(
  { name, content }: { name: string; content: Uint8Array },
  { key_id, version }: Omit<FileSignature, "value">,
): Uint8Array<ArrayBuffer> {
  const sha256 = createHash("sha256").update(content).digest("hex");
  return canonicalBytes({ purpose: "agent-file", file_name: name, sha256, version, key_id });
}
