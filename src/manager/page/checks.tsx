/**
 * How the checks of a machine's configuration came out, by policy.
 *
 * @module
 */

import type { PolicyResults } from "../documents/document_views.ts";
import { ROUTES } from "../http/routes.ts";
import { link, number } from "./format.ts";
import { StackedBar } from "./parts.tsx";

/** The words of the documents, and the colour of each. */
const RESULTS = {
  "Passed": "success",
  "Failed": "failure",
  "Not applicable": "none",
  "Not run": "pending",
} as const;

/** A bar and a score for each policy: the part of the checks with a verdict that passed. */
export function PolicyBars(
  { agentId, policies }: { agentId: string; policies: readonly PolicyResults[] },
) {
  if (policies.length === 0) return <p class="empty">No policy is checked.</p>;
  const href = link(ROUTES.pageDocuments.path.replace(":id", agentId), { module: "sca" });
  return (
    <ul class="policies">
      {policies.map(({ policy, results }) => {
        const shares = Object.entries(RESULTS).map(([label, kind]) => ({
          label,
          kind,
          href,
          value: results[label] ?? 0,
        }));
        const said = shares.filter(({ value }) => value > 0)
          .map(({ label, value }) => `${number(value)} ${label.toLowerCase()}`).join(", ");
        return (
          <li>
            <a href={href}>{policy.trim() === "" ? "A policy without a name" : policy}</a>
            <strong>{scoreOf(results)}</strong>
            <StackedBar shares={shares} label={said} />
            <small>{said}</small>
          </li>
        );
      })}
    </ul>
  );
}

function scoreOf({ Passed: passed = 0, Failed: failed = 0 }: PolicyResults["results"]): string {
  return passed + failed === 0 ? "–" : `${Math.floor(passed / (passed + failed) * 100)} %`;
}
