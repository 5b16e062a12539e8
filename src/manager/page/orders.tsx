/**
 * The view Orders: what was asked for, newest first, and how far it is.
 *
 * @module
 */

import type { RequestSummary } from "../commands/request_views.ts";
import { ROUTES } from "../http/routes.ts";
import { link } from "./format.ts";
import { type Counts, Progress, StatusCounts, totalOf } from "./order_progress.tsx";
import { Ago, Cell, Count, Pager, Table } from "./parts.tsx";

/** What the view shows. */
interface OrdersModel {
  requests: readonly RequestSummary[];
  /** Of all orders. */
  counts: Counts;
  /** The request that the page begins before. */
  before: number | undefined;
  hasMore: boolean;
  nowMs: number;
}

/** The view. */
export function Orders({ requests, counts, before, hasMore, nowMs }: OrdersModel) {
  const path = ROUTES.pageOrders.path;
  return (
    <>
      <h1>Orders</h1>
      <section
        id="list"
        aria-label="Requests"
        hx-get={link(path, { before })}
        hx-trigger="orders from:body throttle:2s"
        hx-select="#list"
        hx-swap="outerMorph"
      >
        <StatusCounts counts={counts} filter={{}} />
        {requests.length === 0 ? <p class="empty">Nothing was ordered.</p> : (
          <Table
            label="Requests"
            heads={["Request", "Action", "For", "Asked by", "When", "Orders", "Progress"]}
          >
            {requests.map((request) => <RequestRow request={request} nowMs={nowMs} />)}
          </Table>
        )}
        <Pager
          first={before === undefined ? undefined : path}
          next={hasMore ? link(path, { before: requests.at(-1)?.requestId }) : undefined}
        />
      </section>
    </>
  );
}

function RequestRow({ request, nowMs }: { request: RequestSummary; nowMs: number }) {
  const { requestId, action, target, user, source, commands, createdAtMs, counts } = request;
  const total = totalOf(counts);
  return (
    <tr id={`request-${requestId}`}>
      <Cell label="Request">
        <a href={link(ROUTES.pageOrderList.path, { request: requestId })}>{requestId}</a>
      </Cell>
      <Cell label="Action">
        {commands === 1 ? action : `${action} and ${commands - 1} more`}
      </Cell>
      <Cell label="For">{`${target.type} ${target.id}`}</Cell>
      <Cell label="Asked by">{`${user}, ${source}`}</Cell>
      <Cell label="When">
        <Ago at={new Date(createdAtMs).toISOString()} nowMs={nowMs} />
      </Cell>
      <Cell label="Orders">
        <Count value={total} />
      </Cell>
      <Cell label="Progress">
        <Progress counts={counts} filter={{ request: requestId }} />
      </Cell>
    </tr>
  );
}
