/**
 * Single orders, as a table and as a list with pages.
 *
 * @module
 */

import type { OrderStatus } from "../commands/order.ts";
import { ROUTES } from "../http/routes.ts";
import { link } from "./format.ts";
import { type Counts, KINDS, Progress, STATUS_NAMES, StatusCounts } from "./order_progress.tsx";
import { Ago, Cell, Count, Pager, Table } from "./parts.tsx";

/** An order as `GET /manager/orders` has it. */
export type OrderDocument = Readonly<Record<string, unknown>>;

/** What the list of single orders shows. */
interface OrderListModel {
  parameters: Readonly<Partial<Record<string, string>>>;
  orders: readonly OrderDocument[];
  /** How many match, on all pages. */
  matching: number;
  next: string | undefined;
  /** Of the request that is asked for. */
  counts: Counts | undefined;
  nameOf: (agentId: string) => string | undefined;
  nowMs: number;
}

/** Single orders, oldest first. */
export function OrderList(
  { parameters, orders, matching, next, counts, nameOf, nowMs }: OrderListModel,
) {
  const path = ROUTES.pageOrderList.path;
  const { request, status, agent, cursor, ...others } = parameters;
  const filter = { ...others, request, status, agent };
  return (
    <>
      <h1>{request === undefined ? "Orders" : `Request ${request}`}</h1>
      <section
        id="list"
        aria-label="Orders"
        hx-get={link(path, parameters)}
        hx-trigger="orders from:body throttle:2s"
        hx-select="#list"
        hx-swap="outerMorph"
      >
        {counts === undefined ? null : (
          <>
            <p>
              <Progress counts={counts} filter={{ request: Number(request) }} />
            </p>
            <StatusCounts counts={counts} filter={{ request: Number(request) }} />
          </>
        )}
        <p class="found">
          <Count value={matching} /> {matching === 1 ? "order" : "orders"}
          {status === undefined ? "" : ` with the status ${status}`}
          {agent === undefined ? "" : ` for the agent ${agent}`}
          {matching > orders.length ? `, ${orders.length} on this page` : ""}
        </p>
        <OrderTable orders={orders} nameOf={nameOf} nowMs={nowMs} />
        <Pager
          first={cursor === undefined ? undefined : link(path, filter)}
          next={next === undefined ? undefined : link(path, { ...filter, cursor: next })}
        />
      </section>
    </>
  );
}

/** What a table of orders shows. */
interface OrderTableModel {
  orders: readonly OrderDocument[];
  /** The name of an agent; without this all orders are for one, and nobody has to be told which. */
  nameOf?: (agentId: string) => string | undefined;
  nowMs: number;
}

/** Orders as a table. */
export function OrderTable({ orders, nameOf, nowMs }: OrderTableModel) {
  if (orders.length === 0) return <p class="empty">No order is like this.</p>;
  const target = nameOf === undefined ? [] : ["For"];
  return (
    <Table label="Orders" heads={["Status", "Order", "Action", ...target, "Made", "Result"]}>
      {orders.map((order) => <OrderRow order={order} nowMs={nowMs} {...(nameOf && { nameOf })} />)}
    </Table>
  );
}

function OrderRow(
  { order, nameOf, nowMs }: Omit<OrderTableModel, "orders"> & { order: OrderDocument },
) {
  const status = order.status as OrderStatus;
  const { name } = order.action as { name: string };
  const result = order.result as { message: unknown } | null;
  return (
    <tr id={`order-${order.document_id}`}>
      <Cell label="Status">
        <span class={`pill ${KINDS[status]}`}>{STATUS_NAMES[status]}</span>
      </Cell>
      <Cell label="Order">{`${order.request_id}-${order.order_id}`}</Cell>
      <Cell label="Action">{name}</Cell>
      {nameOf === undefined ? null : (
        <Cell label="For">
          <Target order={order} nameOf={nameOf} />
        </Cell>
      )}
      <Cell label="Made">
        <Ago at={String(order.created_at)} nowMs={nowMs} />
      </Cell>
      <Cell label="Result">{result === null ? "" : String(result.message ?? "")}</Cell>
    </tr>
  );
}

function Target(
  { order, nameOf }: { order: OrderDocument } & Required<Pick<OrderTableModel, "nameOf">>,
) {
  const { type, id } = order.target as { type: string; id: string };
  if (type !== "agent") return <>{`${type} ${id}`}</>;
  const name = nameOf(id);
  // Its orders outlive an agent that is removed.
  return name === undefined
    ? <code>{id}</code>
    : <a href={ROUTES.pageAgent.path.replace(":id", id)}>{name}</a>;
}
