/**
 * Hands batches to the node that watches their agent, which stores them: so one node writes to a subject, and nobody loses a
 * compare-and-set. Only speed depends on it: a node that has no answer within a second stores the batch itself, and of the two that may
 * then try one is first.
 *
 *     <name>.node.<node>.accept      the batch, with its own headers and `Hand-Stream`, `Hand-Subject`, `Hand-Key`, `Hand-Fp`
 *     {"kind":"stored","sequence":7} the answer; an empty one when it could not be told
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { headers as natsHeaders, type Msg, type Subscription } from "@nats-io/transport-node";
import type { ClusterLink } from "../link/cluster_link.ts";
import type { Batch, Stored } from "./subject_log.ts";

const ANSWER_WITHIN_MS = 1_000;
const OWN = "Hand-";

/** Gives and takes batches. */
export class HandOver {
  readonly #link: ClusterLink;
  readonly #withinMs: number;
  #subscription: Subscription | undefined;

  /** @param withinMs how long an answer is waited for; @default a second */
  constructor(link: ClusterLink, withinMs = ANSWER_WITHIN_MS) {
    this.#link = link;
    this.#withinMs = withinMs;
  }

  /** Takes what others hand over from now on. */
  take(store: (batch: Batch) => Promise<Stored>): void {
    this.#subscription = this.#link.connection.subscribe(this.#subject(this.#link.options.node), {
      callback: (_error, message) => void answer(message, store),
    });
  }

  /** Takes nothing any more. */
  stop(): Promise<void> {
    if (!this.#link.connection.isClosed()) this.#subscription?.unsubscribe();
    return Promise.resolve();
  }

  /** Has `node` store a batch. Resolves to `undefined` when that is not known: it may have. */
  async give(node: string, batch: Batch): Promise<Stored | undefined> {
    const headers = natsHeaders();
    for (const [name, value] of Object.entries(headersOf(batch))) headers.set(name, value);
    try {
      const message = await this.#link.connection.request(this.#subject(node), batch.payload, {
        timeout: this.#withinMs,
        headers,
      });
      return message.data.length === 0 ? undefined : message.json<Stored>();
    } catch {
      return undefined;
    }
  }

  #subject(node: string): string {
    return `${this.#link.options.name}.node.${node}.accept`;
  }
}

async function answer(message: Msg, store: (batch: Batch) => Promise<Stored>): Promise<void> {
  const stored = await store(batchIn(message)).catch(() => undefined);
  try {
    message.respond(stored === undefined ? "" : JSON.stringify(stored));
  } catch {
    // The connection is gone: whoever asked stores it itself.
  }
}

function headersOf({ stream, subject, key, fingerprint, headers }: Batch): Record<string, string> {
  return {
    ...headers,
    [`${OWN}Stream`]: stream,
    [`${OWN}Subject`]: subject,
    [`${OWN}Key`]: encodeURIComponent(key),
    [`${OWN}Fp`]: Buffer.from(fingerprint).toString("base64url"),
  };
}

function batchIn({ headers, data }: Msg): Batch {
  const own = (name: string) => headers?.get(`${OWN}${name}`) ?? "";
  const others = [...headers?.keys() ?? []].filter((name) => !name.startsWith(OWN));
  return {
    stream: own("Stream"),
    subject: own("Subject"),
    key: decodeURIComponent(own("Key")),
    fingerprint: Buffer.from(own("Fp"), "base64url"),
    payload: data,
    headers: Object.fromEntries(others.map((name) => [name, headers?.get(name) ?? ""])),
  };
}
