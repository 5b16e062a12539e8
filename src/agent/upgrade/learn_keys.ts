/**
 * Asking for changes of the keys that sign releases, before a release is looked at: keys that were taken away must not sign it.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import { messageOf } from "../../shared/errors.ts";
import { MAX_MANIFEST_BYTES } from "../../shared/releases/manifest.ts";
import type { FileSource } from "./download.ts";
import { UpgradeRefusal } from "./refusal.ts";
import {
  changedBy,
  type KeyFiles,
  type KeysInForce,
  nextChangeName,
  type ReleaseKeys,
} from "./release_keys.ts";

/** So many changes are taken at a time; whoever missed more takes the others the next time. */
const MOST_CHANGES = 32;
const MOST_TRIES = 8;

/** What the asking works with. */
interface LearnDeps {
  store: ReleaseKeys;
  files: KeyFiles;
  source: FileSource;
  /** By the server's clock. */
  nowMs: number;
  /** Whether what is learnt is kept. */
  keeps: boolean;
  retryWaits: { next(afterMs?: number): number };
  clock: Pick<Clock, "sleep">;
  signal: AbortSignal;
}

/** The keys in force now, and why a change that was there is none of them. */
export interface LearntKeys extends KeysInForce {
  problem: string | undefined;
}

/**
 * Takes the changes that are there, each signed by the keys before.
 *
 * @throws {UpgradeRefusal} `no_keys`, or `download_failed` when it cannot be known whether there is a change
 * @throws the signal's reason
 */
export async function learnKeys(deps: LearnDeps): Promise<LearntKeys> {
  const { store, files, nowMs, keeps } = deps;
  const known = orRefusal(() => store.inForce(files));
  let force = known;
  let problem: string | undefined;
  const learnt: string[] = [];
  while (learnt.length < MOST_CHANGES) {
    const name = nextChangeName(force);
    const text = await fetchText(name, deps);
    if (text === undefined) break;
    const next = changedBy(text, force, nowMs);
    if (typeof next === "string") {
      problem = `"${name}" changes no keys: ${next}`;
      break;
    }
    force = next;
    learnt.push(text);
  }
  if (keeps && learnt.length > 0) orRefusal(() => store.keep(files, learnt));
  return { ...force, problem };
}

function orRefusal<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new UpgradeRefusal("no_keys", messageOf(error), { cause: error });
  }
}

/** The text of a file; `undefined` when there is none. */
async function fetchText(
  name: string,
  { source, retryWaits, clock, signal }: LearnDeps,
): Promise<string | undefined> {
  for (let tries = 1;; tries++) {
    const body = new SmallBody();
    const request = { name, sha256: "", offset: 0, signal };
    const outcome = await source.read(request, body).catch((error) => {
      if (body.isFull) return { kind: "done" as const };
      throw error;
    });
    if (outcome.kind === "done") return body.text;
    if (outcome.kind === "give_up") return undefined;
    if (tries >= MOST_TRIES) {
      const said = `cannot know whether keys have changed ("${name}"): ${outcome.reason}`;
      throw new UpgradeRefusal("download_failed", said);
    }
    await clock.sleep(retryWaits.next(outcome.afterMs), signal);
  }
}

/** Takes a little more than a manifest may have at most, which tells that it is none, and no more. */
class SmallBody {
  #bytes = new Uint8Array(0);

  get isFull(): boolean {
    return this.#bytes.length > MAX_MANIFEST_BYTES + 1;
  }

  get text(): string {
    return new TextDecoder().decode(this.#bytes);
  }

  start(): void {
    this.#bytes = new Uint8Array(0);
  }

  write(bytes: Uint8Array): Promise<void> {
    const part = bytes.subarray(0, MAX_MANIFEST_BYTES + 2 - this.#bytes.length);
    const joined = new Uint8Array(this.#bytes.length + part.length);
    joined.set(this.#bytes);
    joined.set(part, this.#bytes.length);
    this.#bytes = joined;
    return this.isFull ? Promise.reject(new RangeError("too long")) : Promise.resolve();
  }
}
