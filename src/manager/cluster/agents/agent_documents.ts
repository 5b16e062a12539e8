/**
 * Agents and enrolment tokens as they lie on the cluster, and as rows of what this node knows.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { AgentRow, NewAgent } from "../../agents/agents.ts";
import type { Enrollment, EnrollmentRow } from "../../agents/enrollments.ts";
import { hashSecret, type SaltedHash } from "../../secrets.ts";

/** An agent. */
export interface AgentDocument {
  id: string;
  name: string;
  salt: string;
  hash: string;
  version: string;
  host: Readonly<Record<string, unknown>>;
  groups: readonly string[];
  registered_at: number;
}

/** An enrolment token. */
export interface TokenDocument {
  id: string;
  salt: string;
  hash: string;
  groups: readonly string[];
  uses: number;
  uses_left: number;
  /** The agents that took the newest uses: one that asks again takes no other. */
  used_by: readonly string[];
  expires_at: number;
  created_at: number;
  created_by: string;
}

/** The document of a new agent. */
export function agentDocument(
  { id, name, key, version, host = {}, groups, registeredAtMs }: NewAgent,
): AgentDocument {
  const secret = texts(hashSecret(key));
  return { id, name, ...secret, version, host, groups, registered_at: registeredAtMs };
}

/** What its key is compared with. */
export function secretOf({ salt, hash }: Pick<AgentDocument, "salt" | "hash">): SaltedHash {
  return { salt: Buffer.from(salt, "base64"), hash: Buffer.from(hash, "base64") };
}

/** The row of an agent. */
export function agentRow(
  { registered_at, salt, hash, ...agent }: AgentDocument,
): AgentRow {
  return { ...agent, ...secretOf({ salt, hash }), registeredAtMs: registered_at };
}

/** The document of a new token. */
export function tokenDocument({ salt, hash, ...token }: EnrollmentRow): TokenDocument {
  return {
    id: token.id,
    ...texts({ salt, hash }),
    groups: token.groups,
    uses: token.uses,
    uses_left: token.usesLeft,
    used_by: [],
    expires_at: token.expiresAtMs,
    created_at: token.createdAtMs,
    created_by: token.createdBy,
  };
}

/** The row of a token. */
export function tokenRow(token: TokenDocument): EnrollmentRow {
  const { id, groups, uses, uses_left, expires_at, created_at, created_by } = token;
  const shown: Enrollment = {
    id,
    groups,
    uses,
    usesLeft: uses_left,
    expiresAtMs: expires_at,
    createdAtMs: created_at,
    createdBy: created_by,
  };
  return { ...shown, ...secretOf(token) };
}

function texts({ salt, hash }: SaltedHash): { salt: string; hash: string } {
  return { salt: Buffer.from(salt).toString("base64"), hash: Buffer.from(hash).toString("base64") };
}
