/**
 * Does the server show what the machine has? Asked from time to time, source by source; what differs is mended.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import {
  BucketDigests,
  bucketOf,
  documentDigest,
  isPassing,
} from "../../shared/states/document_digest.ts";
import type { Source } from "./source_table.ts";
import type { StateCore } from "./state_core.ts";
import { documentText } from "./state_event.ts";
import { isStateId, type StateRow } from "./state_table.ts";
import type { DigestAnswer, StateServer } from "./types.ts";

/** What came of a comparison. */
type IntegrityResult = "same" | "mending" | "unsupported" | "later";

const PAGE = 1_000;

/** Compares one source with the server, and promises what mends the difference. Rejects only when the signal is aborted. */
export async function compareSource(
  core: StateCore,
  server: StateServer,
  { source, signal }: { source: Source; signal: AbortSignal },
): Promise<IntegrityResult> {
  const before = changesOf(core, source);
  const digests = new BucketDigests();
  for await (const row of rowsOf(core, source, signal)) {
    digests.add(row.id, sentDigest(core, source, row));
  }
  const answer = await server.compare(source, digests.toHex(), signal);
  if (answer.kind !== "compared") return answer.kind === "unsupported" ? "unsupported" : "later";
  // What changed meanwhile is on its way, and says nothing of the rest.
  if (changesOf(core, source) !== before) return "later";
  const mended = answer.differ.length === 0 ? 0 : await mend(core, source, { answer, signal });
  const inSync = answer.differ.length === 0 ? "yes" : "no";
  core.counters.of(source.number).inSync = { says: inSync, atMs: core.deps.clock.now() };
  if (answer.differ.length === 0) return "same";
  if (mended > 0) {
    core.log.warn("The server did not show what the machine has of {module}/{collector}", {
      module: source.module,
      collector: source.collector,
      sent_again: mended,
    });
    core.wake();
  }
  return "mending";
}

/** Promises every document of a source again; resolves with their number. */
export async function repeatAll(
  core: StateCore,
  source: Source,
  { signal, part = () => true }: { signal: AbortSignal; part?: (row: StateRow) => boolean },
): Promise<number> {
  let repeated = 0;
  for await (const rows of pagesOf(core, source, signal)) {
    const chosen = rows.filter(part);
    await core.transact((store, transaction) => {
      const changes = core.changeSet(source, transaction, { mayFeed: false });
      for (const { key } of chosen) {
        const row = store.states.get(source.number, key);
        if (row !== undefined && !isRefused(store.refused.get(source.number, key), row)) {
          changes.repeat(row);
        }
      }
    });
    repeated += chosen.length;
  }
  core.wake();
  return repeated;
}

/** Sends again what differs in the buckets that differ, and deletes what is surplus there. */
async function mend(
  core: StateCore,
  source: Source,
  { answer: { differ, documents }, signal }: { answer: DigestAnswer; signal: AbortSignal },
): Promise<number> {
  const buckets = new Set(differ);
  // What has another kind of id is not ours, whoever told the server of it.
  const surplus = new Set(
    [...documents.values()].flatMap((known) => [...known.keys()]).filter(isStateId),
  );
  const repeated = await repeatAll(core, source, {
    signal,
    part: (row) => {
      const bucket = bucketOf(row.id);
      surplus.delete(row.id);
      const known = documents.get(bucket);
      const digest = sentDigest(core, source, row).toHex();
      return buckets.has(bucket) && known?.get(row.id) !== digest;
    },
  });
  if (surplus.size > 0) {
    await core.transact((_, transaction) => {
      const changes = core.changeSet(source, transaction, { mayFeed: false });
      for (const id of surplus) changes.deleteSurplus(id);
    });
  }
  return repeated + surplus.size;
}

/** The digest of a document as the server has it: counters and all. */
function sentDigest(core: StateCore, source: Source, row: StateRow): Uint8Array {
  const declaration = core.declarationOf(source);
  const isSame = declaration.counters.every(isPassing) && core.deps.options().schema === "6.0";
  if (isSame) return row.digest;
  return documentDigest(JSON.parse(documentText(row, declaration)));
}

function isRefused(refused: { digest: Uint8Array } | undefined, { digest }: StateRow): boolean {
  return refused !== undefined && Buffer.compare(refused.digest, digest) === 0;
}

/** Changes whenever a state of the source does. */
function changesOf(core: StateCore, { number }: Source): number {
  const { creates, updates, deletes } = core.counters.of(number);
  return creates + updates + deletes;
}

async function* rowsOf(core: StateCore, source: Source, signal: AbortSignal) {
  for await (const rows of pagesOf(core, source, signal)) yield* rows;
}

/** All rows in pages; others on the event loop have their turn between them. */
async function* pagesOf(core: StateCore, { number }: Source, signal: AbortSignal) {
  for (let after = "";;) {
    signal.throwIfAborted();
    const rows = core.look((store) => store.states.page(number, after, PAGE));
    if (rows.length === 0) return;
    yield rows;
    after = rows.at(-1)?.key ?? after;
    await new Promise((done) => setTimeout(done));
  }
}
