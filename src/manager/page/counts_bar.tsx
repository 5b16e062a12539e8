/**
 * What stands on every view: the counts of the fleet, and what keeps the manager from a part of its work.
 *
 * @module
 */

import { ROUTES } from "../http/routes.ts";
import { type FleetCounts, otherLinks, stateLinks, totalOf } from "./fleet_counts.ts";
import { Count } from "./parts.tsx";

/** What is shown. */
interface StandingModel {
  counts: FleetCounts;
  troubles: readonly string[];
}

/** Sent anew whenever it changes. */
export function Standing({ counts, troubles }: StandingModel) {
  const all = {
    label: "Agents",
    value: totalOf(counts),
    href: ROUTES.pageFleet.path,
    kind: "all",
  };
  return (
    <>
      {troubles.length === 0
        ? null
        : <ul class="troubles" role="alert">{troubles.map((one) => <li>{one}</li>)}</ul>}
      <nav class="counts" aria-label="Agents by state">
        <ul>
          {[all, ...stateLinks(counts), ...otherLinks(counts)].map((
            { label, value, href, kind },
          ) => (
            <li>
              <a class={value === 0 ? `${kind} zero` : kind} href={href} data-count={kind}>
                <Count value={value} />
                <span>{label}</span>
              </a>
            </li>
          ))}
        </ul>
      </nav>
    </>
  );
}

/** The same as text. */
export function standing(model: StandingModel): string {
  return String(Standing(model));
}
