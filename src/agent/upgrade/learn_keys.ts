/**
 * Asking for changes of the keys that sign releases, before a release is looked at: keys that were taken away must not sign it.
 *
 * @module
 */

import { messageOf } from "../../shared/errors.ts";
import { UpgradeRefusal } from "./refusal.ts";
import {
  changedBy,
  type KeyFiles,
  type KeysInForce,
  nextChangeName,
  type ReleaseKeys,
} from "./release_keys.ts";
import { fetchText, type SmallFileDeps } from "./small_file.ts";

/** So many changes are taken at a time; whoever missed more takes the others the next time. */
const MOST_CHANGES = 32;

/** What the asking works with. */
interface LearnDeps extends SmallFileDeps {
  store: ReleaseKeys;
  files: KeyFiles;
  /** By the server's clock. */
  nowMs: number;
  /** Whether what is learnt is kept. */
  keeps: boolean;
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
    const text = await fetchText(name, "cannot know whether keys have changed", deps);
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
