/**
 * Makes the results of a scan durable: documents, changes that people are told of, and numbers.
 *
 * @module
 */

import { basename } from "node:path";
import { compareKeys } from "../../../shared/states/key_order.ts";
import type { ModuleContext } from "../module.ts";
import type { StateKeeper } from "../states.ts";
import { COLLECTOR } from "./collector_name.ts";
import { documentOf } from "./documents.ts";
import { keptItems } from "./kept_items.ts";
import type { PolicyResults } from "./policy_results.ts";
import { summaryOf } from "./summary.ts";
import { summaryEvent, tellChange } from "./tell.ts";

/** Where results go. */
type CommitContext = Pick<ModuleContext, "clock" | "sink"> & { states: StateKeeper };

/** How the scan was. */
interface ScanEnd {
  /** Why nothing is known of what is not among the results; `undefined` when something is. */
  failure: string | undefined;
  /** Files whose documents stay as they are. */
  left: readonly string[];
  signal: AbortSignal;
}

/** Has the documents compared with the results. What is not among them is deleted, unless the scan failed or its policy is left. */
export async function commitResults(
  policies: readonly PolicyResults[],
  { states, clock }: CommitContext,
  { failure, left, signal }: ScanEnd,
): Promise<void> {
  const items = policies.flatMap((results) => itemsOf(results, states));
  const known = new Set(items.map(({ key }) => key));
  const kept = keptItems(states, new Set(left.map((file) => basename(file))))
    .filter(({ key }) => !known.has(key));
  const all = [...items, ...kept].sort((one, other) => compareKeys(one.key, other.key));
  await states.scan(COLLECTOR, all, {
    signal,
    whyIncomplete: () => failure,
    tell: (transition) => tellChange(transition, clock.now()),
  });
}

/** Tells the numbers of each policy. */
export async function tellNumbers(
  policies: readonly PolicyResults[],
  { sink, clock }: CommitContext,
  signal: AbortSignal,
): Promise<void> {
  const nowMs = clock.now();
  const events = policies.map((results) => {
    const { policy: { id, name }, file } = results;
    return summaryEvent({ id, name, file }, { summary: summaryOf(resultsOf(results)), nowMs });
  });
  if (events.length > 0) await sink.append({ stream: "stateless", events }, signal);
}

/** The results of a policy's checks. */
export function resultsOf({ facts }: PolicyResults): string[] {
  return facts.map(({ outcome }) => outcome.result);
}

function itemsOf({ facts }: PolicyResults, states: StateKeeper) {
  return facts.map((one) => {
    const key = keyOf(one.policy.id, one.check.id);
    return { key, id: states.documentId(key), document: documentOf(one, states.schema) };
  });
}

/** Ids may hold anything, also what parts them. */
function keyOf(policy: string, check: string): string {
  return [policy, check].map((part) => part.replace(/[%:]/g, encodeURIComponent)).join(":");
}
