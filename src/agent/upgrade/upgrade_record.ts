/**
 * `upgrade.json` of the data folder: what is under way, what came of it, and which releases this machine has seen.
 *
 *     { "schema": 1, "highest_release": 37, "previous": "1.3.2",
 *       "attempt": { "state": "trial", "from": "1.3.2", "to": "1.4.0", "release": 37, "since": "…", "document_id": "…" },
 *       "last": { "from", "to", "release", "code", "reason", "message", "at", "document_id", "announced" },
 *       "earlier": [], "failed": [{ "release": 36, "reason": "died" }],
 *       "probation": { "from": "1.3.2", "to": "1.4.0", "release": 37, "document_id": null, "deaths": 1, "is_running": true } }
 *
 * A crash leaves `attempt`. Which version `current` names decides then: that one rename of the link is the moment from which on a new
 * version counts. `highest_release` never falls, so that nobody brings back an old release; `failed` are those that are not tried
 * again by themselves. `earlier` are outcomes before the last one that nobody may have been told of yet: one upgrade can follow
 * another within a second.
 *
 * @module
 */

import { join } from "node:path";
import * as z from "zod";
import { readOwnFile } from "../../shared/files/private_file.ts";
import { writeFileAtomically } from "../identity/atomic_write.ts";

const FILE_NAME = "upgrade.json";
const MOST_FAILED = 32;
const MOST_EARLIER = 32;

const attempt = z.object({
  /** `prepare`: nothing of the agent has changed; `trial`: the new version runs, and the old one watches it. */
  state: z.enum(["prepare", "trial"]),
  from: z.string(),
  to: z.string(),
  release: z.number().nullable(),
  since: z.string(),
  /** The order that it is for. */
  document_id: z.string().nullable(),
});

const outcome = z.object({
  from: z.string(),
  to: z.string().nullable(),
  release: z.number().nullable(),
  code: z.union([z.literal(0), z.literal(1), z.literal(3)]),
  /** A word for programs; `null` for a success. */
  reason: z.string().nullable(),
  message: z.string(),
  /** JSON with more of it. */
  data: z.string().optional(),
  at: z.string(),
  document_id: z.string().nullable(),
  /** Whether the event that tells of it is in the queue. */
  announced: z.boolean(),
});

const probation = z.object({
  from: z.string(),
  to: z.string(),
  release: z.number().nullable(),
  /** The order that it was upgraded for. */
  document_id: z.string().nullable(),
  /** How often it did not end in good order. */
  deaths: z.number().int().nonnegative(),
  /** Whether it runs, or ran when it died. */
  is_running: z.boolean(),
});

const form = z.object({
  schema: z.literal(1),
  highest_release: z.number().int().nonnegative(),
  /** The version that was in use before the one of now. */
  previous: z.string().nullable(),
  attempt: attempt.nullable(),
  last: outcome.nullable(),
  /** Oldest first. */
  earlier: z.array(outcome).default([]),
  failed: z.array(z.object({ release: z.number(), reason: z.string() })),
  probation: probation.nullable().default(null),
});

/** What is under way. */
export type UpgradeAttempt = z.output<typeof attempt>;

/** What came of one. */
export type UpgradeOutcome = z.output<typeof outcome>;

/** A version in its first minutes. */
export type Probation = z.output<typeof probation>;

/** All of the file. */
export type UpgradeState = z.output<typeof form>;

const NOTHING: UpgradeState = {
  schema: 1,
  highest_release: 0,
  previous: null,
  attempt: null,
  last: null,
  earlier: [],
  failed: [],
  probation: null,
};

/** Reads and writes the record; a process has one of them. Whoever writes holds the lock of the data folder, or watches who does. */
export class UpgradeRecord {
  readonly #path: string;
  /** What could not be written, on a full disk: for this process it counts all the same. */
  #unwritten: UpgradeState | undefined;

  constructor(dataFolder: string) {
    this.#path = join(dataFolder, FILE_NAME);
  }

  /**
   * What it says; nothing when there is none.
   *
   * @throws what the file system says, or that it is no such record: a file that was there must not be taken for none, or an old
   *   release could come back
   */
  read(): UpgradeState {
    if (this.#unwritten !== undefined) return this.#unwritten;
    try {
      return form.parse(JSON.parse(readOwnFile(this.#path)));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return NOTHING;
      if (error instanceof z.ZodError || error instanceof SyntaxError) {
        throw new Error(`"${this.#path}" is damaged`, { cause: error });
      }
      throw error;
    }
  }

  /** The same for whoever only shows it: nothing when it cannot be read. */
  look(): UpgradeState {
    try {
      return this.read();
    } catch {
      return NOTHING;
    }
  }

  /** Notes what is under way. */
  begin(attempt: UpgradeAttempt): void {
    const { highest_release, ...state } = this.read();
    const highest = Math.max(highest_release, attempt.release ?? 0);
    this.#write({ ...state, highest_release: highest, attempt });
  }

  /** Notes what came of it. Another version that is in use from now on is on probation. */
  end(
    last: UpgradeOutcome,
    { blames = false, endsProbation = false }: { blames?: boolean; endsProbation?: boolean } = {},
  ): void {
    const state = this.read();
    const probation = probationAfter(last) ?? (endsProbation ? null : state.probation);
    const { release, reason } = last;
    const others = state.failed.filter((one) => one.release !== release);
    const failed = blames && release !== null
      ? [...others, { release, reason: reason ?? "" }].slice(-MOST_FAILED)
      : last.code === 0
      ? others
      : state.failed;
    const { code, from, to } = last;
    const previous = code === 0 && to !== null && to !== from ? from : state.previous;
    const earlier = [...state.earlier, ...(state.last === null ? [] : [state.last])].slice(
      -MOST_EARLIER,
    );
    this.#write({ ...state, attempt: null, last, earlier, previous, failed, probation });
  }

  /** Notes how the version does that was taken into use last; `null` once its first minutes are over. */
  noteProbation(probation: Probation | null): void {
    this.#write({ ...this.read(), probation });
  }

  /** What came of the upgrade that an order asked for; `undefined` when nothing is known of it. */
  outcomeOf(documentId: string): UpgradeOutcome | undefined {
    return outcomesIn(this.look()).findLast(({ document_id }) => document_id === documentId);
  }

  /** The outcomes of which no event tells yet, oldest first. */
  unannounced(): UpgradeOutcome[] {
    return outcomesIn(this.look()).filter(({ announced }) => !announced);
  }

  /** The events that tell of all outcomes so far are in the queue. */
  announced(): void {
    const { last, earlier, ...state } = this.read();
    if (last === null) return;
    const told = (one: UpgradeOutcome) => ({ ...one, announced: true });
    this.#write({ ...state, last: told(last), earlier: earlier.map(told) });
  }

  #write(state: UpgradeState): void {
    this.#unwritten = state;
    writeFileAtomically(this.#path, `${JSON.stringify(state)}\n`);
    this.#unwritten = undefined;
  }
}

function probationAfter({ code, from, to, release, document_id }: UpgradeOutcome) {
  if (code !== 0 || to === null || to === from) return undefined;
  return { from, to, release, document_id, deaths: 0, is_running: false };
}

function outcomesIn({ earlier, last }: UpgradeState): UpgradeOutcome[] {
  return last === null ? earlier : [...earlier, last];
}
