/**
 * What people are told: a result that changed, and the numbers of each scan.
 *
 * @module
 */

import { encodeStateless } from "../../../shared/protocol/event_encoder.ts";
import type { Summary } from "./summary.ts";

const MODULE = "sca";

/** A change of a document, as the states tell of it. */
interface Transition {
  operation: "create" | "update" | "delete";
  before?: { data: string };
  after?: Readonly<Record<string, unknown>>;
}

/** The members that are compared. */
interface CheckDocument {
  check: { name: string; result: string };
}

/** The event of a result that is another than before; `undefined` for any other change. */
export function tellChange({ before, after }: Transition, nowMs: number): string | undefined {
  if (before === undefined || after === undefined) return undefined;
  const { check: was } = JSON.parse(before.data) as CheckDocument;
  const { check } = after as unknown as CheckDocument;
  if (was.result === check.result) return undefined;
  const event = {
    action: "check-change",
    category: ["configuration"],
    type: ["change"],
    created: new Date(nowMs).toISOString(),
    changed_fields: ["check.result"],
    reason: `${check.name}: ${was.result} became ${check.result}`,
  };
  const data = { event, ...after, check: { ...check, previous: { result: was.result } } };
  return encodeStateless({ module: MODULE, collector: "check" }, data);
}

/** The event that gives the results of a policy in numbers. */
export function summaryEvent(
  policy: { id: string; name: string; file: string },
  { summary, nowMs }: { summary: Summary; nowMs: number },
): string {
  const { passed, failed } = summary;
  const event = {
    action: "sca-summary",
    category: ["configuration"],
    type: ["info"],
    created: new Date(nowMs).toISOString(),
    reason: `${policy.name}: ${passed} of ${passed + failed} checks passed`,
  };
  return encodeStateless({ module: MODULE, collector: "policy" }, {
    event,
    policy,
    summary,
  });
}
