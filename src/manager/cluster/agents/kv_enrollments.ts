/**
 * The enrolment tokens on the cluster: `enr.<id>`.
 *
 * @module
 */

import type { Enrollment, NewEnrollment } from "../../agents/enrollments.ts";
import { newEnrollment, tokenId } from "../../agents/enrollments.ts";
import type { Store } from "../../store.ts";
import type { Enrollments } from "../../stores/agents.ts";
import { type TokenDocument, tokenDocument, tokenRow } from "./agent_documents.ts";
import type { Bucket, Entry } from "../link/bucket.ts";

/** So many agents are remembered that took the newest uses of a token. */
const REMEMBERED = 100;

/** The tokens of a cluster. */
export class KvEnrollments implements Enrollments {
  readonly #bucket: Bucket<TokenDocument>;
  readonly #store: Store;
  readonly #revisions = new Map<string, number>();

  constructor(bucket: Bucket<TokenDocument>, store: Store) {
    this.#bucket = bucket;
    this.#store = store;
  }

  /** Follows the tokens. */
  follow() {
    return this.#bucket.follow("enr.*", (entry) => this.#take(entry));
  }

  async add(wanted: NewEnrollment, nowMs: number): Promise<{ id: string; token: string }> {
    const { row, token } = newEnrollment(wanted, nowMs);
    const document = tokenDocument(row);
    const over = this.#store.enrollments.list().filter(({ expiresAtMs }) => expiresAtMs <= nowMs);
    await Promise.all(over.map(({ id }) => this.remove(id)));
    this.#take(await this.#bucket.change(`enr.${row.id}`, () => document));
    return { id: row.id, token };
  }

  async find(token: string, nowMs: number): Promise<Enrollment | undefined> {
    const id = tokenId(token);
    if (id === undefined) return undefined;
    const known = this.#store.enrollments.find(token, nowMs);
    if (known !== undefined) return known;
    // It may have been made at another node a moment ago.
    this.#take(await this.#bucket.get(`enr.${id}`));
    return this.#store.enrollments.find(token, nowMs);
  }

  list(): Promise<Enrollment[]> {
    return Promise.resolve(this.#store.enrollments.list());
  }

  async remove(id: string): Promise<boolean> {
    if (!/^[0-9a-f]{16}$/.test(id)) return false;
    const entry = await this.#bucket.change(
      `enr.${id}`,
      (there) => there === undefined ? undefined : null,
    );
    this.#take(entry);
    return entry.changed;
  }

  /** Takes one use for an agent, which may ask again; false when none is left. */
  async use(id: string, agentId: string): Promise<boolean> {
    const entry = await this.#bucket.change(`enr.${id}`, (there) => {
      if (there === undefined || there.uses_left === 0 || there.used_by.includes(agentId)) {
        return undefined;
      }
      const used_by = [...there.used_by, agentId].slice(-REMEMBERED);
      return { ...there, uses_left: there.uses_left - 1, used_by };
    });
    this.#take(entry);
    return entry.value?.used_by.includes(agentId) ?? false;
  }

  #take({ key, value, revision }: Entry<TokenDocument>): void {
    if (revision <= (this.#revisions.get(key) ?? 0)) return;
    this.#revisions.set(key, revision);
    const { enrollments } = this.#store;
    if (value === undefined) enrollments.remove(key.slice("enr.".length));
    else enrollments.put(tokenRow(value));
  }
}
