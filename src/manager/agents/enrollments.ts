/**
 * Enrolment tokens: whoever shows one may register an agent, and nothing else. So no user's password has to lie on the machines.
 *
 * A token is `enr_<id>_<secret>`; of the secret, 32 random bytes, only a salted hash is kept. One that has been used up is kept
 * until it expires: an agent whose answer was lost asks again with it, and is known by its id and key.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { hashSecret, matchesSecret, type SaltedHash } from "../secrets.ts";

const SECRET_BYTES = 32;
const PATTERN = /^enr_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;

/** What a new token allows. */
export interface NewEnrollment {
  /** Groups that its agents are put in. */
  groups: readonly string[];
  /** How many agents may register with it. */
  uses: number;
  /** Milliseconds since 1970. */
  expiresAtMs: number;
  /** Who made it. */
  createdBy: string;
}

/** A token as it is shown, without its secret. */
export interface Enrollment extends NewEnrollment {
  id: string;
  usesLeft: number;
  createdAtMs: number;
}

/** A token as it is kept. */
export interface EnrollmentRow extends Enrollment, SaltedHash {}

/** Makes a token; its text is nowhere but in what this returns. */
export function newEnrollment(
  wanted: NewEnrollment,
  nowMs: number,
): { row: EnrollmentRow; token: string } {
  const id = randomBytes(8).toString("hex");
  const secret = Buffer.from(randomBytes(SECRET_BYTES)).toString("base64url");
  const row = { ...wanted, ...hashSecret(secret), id, usesLeft: wanted.uses, createdAtMs: nowMs };
  return { row, token: `enr_${id}_${secret}` };
}

/** The id in the text of a token; `undefined` when it has not the form of one. */
export function tokenId(text: string): string | undefined {
  return PATTERN.exec(text)?.[1];
}

/** The table of enrolment tokens. */
export class EnrollmentTable {
  readonly #insert: StatementSync;
  readonly #find: StatementSync;
  readonly #list: StatementSync;
  readonly #use: StatementSync;
  readonly #remove: StatementSync;
  readonly #tidy: StatementSync;

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare(
      `INSERT OR REPLACE INTO enrollment_tokens
         (id, salt, hash, groups, uses, uses_left, expires_at, created_at, created_by)
       VALUES (:id, :salt, :hash, :groups, :uses, :left, :expires, :created, :by)`,
    );
    this.#find = db.prepare("SELECT * FROM enrollment_tokens WHERE id = ?");
    this.#list = db.prepare("SELECT * FROM enrollment_tokens ORDER BY created_at, id");
    this.#use = db.prepare(
      // In one statement: two registrations must not share the last use.
      "UPDATE enrollment_tokens SET uses_left = uses_left - 1 WHERE id = ? AND uses_left > 0",
    );
    this.#remove = db.prepare("DELETE FROM enrollment_tokens WHERE id = ?");
    this.#tidy = db.prepare("DELETE FROM enrollment_tokens WHERE expires_at <= ?");
  }

  /** Makes a token; its text is returned this once. Expired ones are forgotten. */
  add(wanted: NewEnrollment, nowMs: number): { id: string; token: string } {
    const { row, token } = newEnrollment(wanted, nowMs);
    this.#tidy.run(nowMs);
    this.put(row);
    return { id: row.id, token };
  }

  /** Has a token be as it is kept elsewhere. */
  put(row: EnrollmentRow): void {
    const { id, salt, hash, groups, uses, usesLeft, expiresAtMs, createdAtMs, createdBy } = row;
    this.#insert.run({
      id,
      salt,
      hash,
      groups: JSON.stringify(groups),
      uses,
      left: usesLeft,
      expires: expiresAtMs,
      created: createdAtMs,
      by: createdBy,
    });
  }

  /** The token of this text, used up or not; `undefined` when it is unknown or has expired. */
  find(token: string, nowMs: number): Enrollment | undefined {
    const [, id = "", secret = ""] = PATTERN.exec(token) ?? [];
    const row = this.#find.get(id);
    // Told apart they would say which ids there are.
    if (row === undefined || Number(row.expires_at) <= nowMs) return undefined;
    const kept = { salt: row.salt as Uint8Array, hash: row.hash as Uint8Array };
    return matchesSecret(secret, kept) ? toEnrollment(row) : undefined;
  }

  /** Takes one use; false when none is left. Call it inside the transaction that registers the agent. */
  use(id: string): boolean {
    return this.#use.run(id).changes > 0;
  }

  /** All that have not been forgotten, oldest first. */
  list(): Enrollment[] {
    return this.#list.all().map(toEnrollment);
  }

  /** Ends a token. Returns false when there is none. */
  remove(id: string): boolean {
    return this.#remove.run(id).changes > 0;
  }
}

function toEnrollment(row: Record<string, unknown>): Enrollment {
  return {
    id: String(row.id),
    groups: JSON.parse(String(row.groups)),
    uses: Number(row.uses),
    usesLeft: Number(row.uses_left),
    expiresAtMs: Number(row.expires_at),
    createdAtMs: Number(row.created_at),
    createdBy: String(row.created_by),
  };
}
