/**
 * How far orders are: as words, as a bar, and as counts that lead to lists.
 *
 * @module
 */

import { ORDER_STATUSES, type OrderStatus } from "../commands/order.ts";
import { ROUTES } from "../http/routes.ts";
import { link } from "./format.ts";
import { Count, type Share, StackedBar } from "./parts.tsx";

/** The statuses as people call them, in the order in which they stand in a bar. */
export const STATUS_NAMES = {
  success: "Done",
  failure: "Failed",
  sent: "Sent",
  pending: "Pending",
} as const satisfies Record<OrderStatus, string>;

/** What is not sent yet is the rest, not a warning. */
export const KINDS = {
  success: "success",
  failure: "failure",
  sent: "sent",
  pending: "waiting",
} as const satisfies Record<OrderStatus, string>;

/** How many orders stand where. */
export type Counts = Readonly<Record<OrderStatus, number>>;

/** How far the orders of a request are. */
export function Progress({ counts, filter }: { counts: Counts; filter: OrderLink }) {
  const done = counts.success + counts.failure;
  const label = `${done} of ${totalOf(counts)} have ended, ${counts.failure} failed`;
  return (
    <span class="progress">
      <StackedBar shares={sharesOf(counts, filter)} label={label} />
      <small>{label}</small>
    </span>
  );
}

type OrderLink = Readonly<{ request?: number; agent?: string }>;

function sharesOf(counts: Counts, filter: OrderLink): Share[] {
  return (Object.keys(STATUS_NAMES) as OrderStatus[]).map((status) => ({
    label: STATUS_NAMES[status],
    value: counts[status],
    href: link(ROUTES.pageOrderList.path, { ...filter, status }),
    kind: KINDS[status],
  }));
}

/** The counts, each of which leads to its list. */
export function StatusCounts({ counts, filter }: { counts: Counts; filter: OrderLink }) {
  return (
    <nav class="counts" aria-label="Orders by status">
      <ul>
        {sharesOf(counts, filter).map(({ label, value, href, kind }) => (
          <li>
            <a
              class={value === 0 ? `${kind} zero` : kind}
              href={href}
              data-orders={kind === KINDS.pending ? "pending" : kind}
            >
              <Count value={value} />
              <span>{label}</span>
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** How many orders these are. */
export function totalOf(counts: Counts): number {
  return ORDER_STATUSES.reduce((sum, status) => sum + counts[status], 0);
}
