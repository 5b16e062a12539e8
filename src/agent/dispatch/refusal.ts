/**
 * What a server's refusal of a batch says, and whether two refusals say the same.
 *
 * @module
 */

import type { GiveUpOutcome } from "../../shared/protocol/exchange.ts";

/** A refusal of a whole request. */
export type Refusal = GiveUpOutcome;

/** What differs between two tellings of the same: numbers of lines, ids, what is quoted. */
const VARIABLE = /"[^"]*"|'[^']*'|`[^`]*`|[0-9a-f]{8}-[0-9a-f-]{27}|\d+/gi;

/** Whether two refusals come with the same status and, but for numbers, ids and quotations, the same words. */
export function isSameRefusal(a: Refusal | undefined, b: Refusal): boolean {
  return a !== undefined && a.status === b.status && wordsOf(a) === wordsOf(b);
}

function wordsOf({ reason }: Refusal): string {
  // The same complaint about two events differs in what it quotes.
  return reason.toLowerCase().replace(VARIABLE, "#");
}
