/**
 * What a scan could not do, as problems.
 *
 * @module
 */

import type { Trouble } from "../problems.ts";
import type { ScanResult } from "./scan/scanner.ts";

/** What could not be looked at. */
export function scanTroubles({ reason, end }: ScanResult): Trouble[] {
  const troubles: Trouble[] = [];
  if (reason !== undefined) {
    troubles.push({
      code: "unreadable",
      subject: "scan",
      message: `the last scan was not complete: ${reason}`,
      hint: "have it tried again: agent modules scan fim",
    });
  }
  if (end !== undefined && end.unseen > 0) {
    troubles.push({
      code: "unreadable",
      subject: end.firstUnseen ?? "/",
      message: `${end.unseen} folders cannot be looked into, such as ${end.firstUnseen}`,
      hint: "let the agent read them, or leave them out: fim.exclude",
    });
  }
  return troubles;
}

/** What there is too much of. */
export function limitTroubles({ end }: ScanResult, maxFiles: number): Trouble[] {
  const over = Object.entries(end?.overLimit ?? {}).sort(([, one], [, other]) => other - one);
  const [most] = over;
  if (most === undefined) return [];
  const total = over.reduce((sum, [, count]) => sum + count, 0);
  return [{
    code: "over_limit",
    subject: most[0],
    message: `${total} files beyond the ${maxFiles} of fim.max_files are not watched, ` +
      `${most[1]} of them in ${most[0]}`,
    hint: "leave some out (fim.exclude), or allow more: fim.max_files",
  }];
}
