/**
 * The counts of the fleet, in sight on every view.
 *
 * @module
 */

import { ROUTES } from "../http/routes.ts";
import { type FleetCounts, otherLinks, stateLinks, totalOf } from "./fleet_counts.ts";
import { Count } from "./parts.tsx";

/** What stands in the bar; sent anew whenever a count changes. */
export function CountsBar({ counts }: { counts: FleetCounts }) {
  const all = {
    label: "Agents",
    value: totalOf(counts),
    href: ROUTES.pageFleet.path,
    kind: "all",
  };
  return (
    <ul>
      {[all, ...stateLinks(counts), ...otherLinks(counts)].map(({ label, value, href, kind }) => (
        <li>
          <a class={value === 0 ? `${kind} zero` : kind} href={href} data-count={kind}>
            <Count value={value} />
            <span>{label}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}
