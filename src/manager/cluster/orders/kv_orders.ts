/**
 * Orders on the cluster.
 *
 *     number              the last request, and what document ids begin with
 *     cmd.<n>.<i>         command i of request n
 *     tgt.<n>.<chunk>     5,000 orders of it: which command, for which agent
 *     cur.<n>             how many chunks have become orders; without it the request does not exist
 *     once.<name>         the request that was made once for a list of agents of this name
 *     open.<agent>        all orders of an agent that have not ended, in one document
 *
 * What becomes of an order is decided by compare-and-set on its agent's document. Orders that have ended go on to the stream of those
 * that are done, and then leave the document; a node that dies in between is mended by whoever has the duty.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Command, StartAnswer } from "../../../shared/protocol/wire.ts";
import type { CommandReport } from "../../commands/command_report.ts";
import type { NewCommand } from "../../commands/command_request.ts";
import { type OrderKey, parseDocumentId, type Row, WITHDRAWN } from "../../commands/order.ts";
import type { OrderDeadlines } from "../../commands/order_deadlines.ts";
import { groupsOrdered, IN_PROGRESS, type Result, resultIn } from "../../commands/order_results.ts";
import {
  MAX_OFFERED,
  type Offer,
  offerOf,
  type OrderSigner,
  type OrderStream,
} from "../../commands/order_stream.ts";
import type { Membership } from "../../stores/membership.ts";
import type { Orders } from "../../stores/orders.ts";
import type { Bucket, Entry } from "../link/bucket.ts";
import type { DoneOrders } from "./done_orders.ts";
import type { KvAgents } from "../agents/kv_agents.ts";
import { oneByOne } from "../link/one_by_one.ts";
import type { OrderModel } from "./order_model.ts";
import type { OrderRequests } from "./order_requests.ts";
import {
  byAge,
  failed,
  finished,
  givenUp,
  isOfferable,
  isSame,
  offered,
  type OpenOrders,
  type OrderState,
  type OrderTimes,
  progressed,
  withLateResult,
} from "./order_states.ts";
import type { TurnTransaction } from "../link/turn_transaction.ts";

const log = getLogger(["manager", "commands"]);

const OPEN = "open.";
/** The document of the orders for the server itself. */
const SERVER = "server";
const SETTLE_EVERY_MS = 5_000;

/** What {@linkcode KvOrders} works with. */
interface KvOrdersParts {
  bucket: Bucket<OpenOrders>;
  requests: OrderRequests;
  done: DoneOrders;
  model: OrderModel;
  together: TurnTransaction;
  agents: Pick<KvAgents, "setGroups">;
  members: Membership;
  /** Archives and removes what this node knows. */
  deadlines: Pick<OrderDeadlines, "tidy">;
  /** Looks what is pending up. */
  stream: Pick<OrderStream, "pendingAfter" | "prefix">;
  signer: OrderSigner | undefined;
  graceMs: number;
  archiveMs: number;
  /** Told of agents that have orders to be offered. */
  onOfferable(agentId: string): void;
  now(): number;
}

/** Makes another document of one; `undefined` to leave it. */
type Change = (orders: readonly OrderState[]) => OrderState[] | undefined;

/** The orders of a cluster. */
export class KvOrders implements Orders {
  readonly #parts: KvOrdersParts;
  /** The documents as this node knows them. */
  readonly #open = new Map<string, Entry<OpenOrders>>();

  constructor(parts: KvOrdersParts) {
    this.#parts = parts;
  }

  /** Follows the documents. */
  follow() {
    return this.#parts.bucket.follow(
      `${OPEN}*`,
      (entry) => this.#take(entry),
      this.#parts.together,
    );
  }

  create(commands: readonly NewCommand[], nowMs: number): Promise<string[]> {
    return this.#parts.requests.create(commands, nowMs, (order) => this.add(order));
  }

  createOnce(command: NewCommand, nowMs: number): Promise<number> {
    return this.#parts.requests.createOnce(command, nowMs, (...order) => this.add(...order));
  }

  isMade(requestId: number, nowMs: number): boolean {
    return this.#parts.requests.isMade(requestId, nowMs);
  }

  /** Adds an order to those of its agent, unless it is there, or `isDone`. */
  async add(order: OrderState, isDone?: () => Promise<boolean>): Promise<void> {
    const key = { requestId: order.request_id, orderId: order.order_id };
    const name = nameOf(order.agent_id);
    const entry = await this.#parts.bucket.change(name, async (there) => {
      const orders = there?.orders ?? [];
      if (orders.some((one) => isSame(one, key)) || await isDone?.()) return undefined;
      return { orders: [...orders, order] };
    }, this.#open.get(name) ?? { key: name, value: undefined, revision: 0 });
    await this.#parts.together.run(() => this.#take(entry));
  }

  async offer(agentId: string, nowMs: number): Promise<Offer> {
    const nextMs = this.#parts.model.nextOfferMs(agentId);
    if (nextMs === undefined || nextMs > nowMs) return { commands: [], againAtMs: nextMs };
    let taken: OrderState[] = [];
    await this.#change(agentId, (orders) => {
      taken = orders.filter((order) => isOfferable(order, nowMs))
        .sort((one, other) => Number(one.offer_at) - Number(other.offer_at) || byAge(one, other))
        .slice(0, MAX_OFFERED);
      if (taken.length === 0) return undefined;
      return orders.map((order) =>
        taken.includes(order) ? offered(order, this.#times(nowMs)) : order
      );
    });
    const rows = await Promise.all(taken.toSorted(byAge).map((order) => this.#row(order)));
    return { commands: rows.map((row) => this.#offerOf(row, nowMs)), againAtMs: undefined };
  }

  async begin(agentId: string, document: string, nowMs: number): Promise<StartAnswer> {
    const no = (reason: string) => ({ document_id: document, granted: false, reason });
    const key = this.#keyOf(document);
    if (key === undefined) return no("no such order");
    let begun: OrderState | undefined;
    let isOver = false;
    await this.#change(agentId, (orders) => {
      const order = orders.find((one) => isSame(one, key));
      isOver = order !== undefined && (order.finished_at !== null || order.due_at <= nowMs);
      if (order === undefined || isOver) return void (begun = undefined);
      const next = progressed(order, { code: IN_PROGRESS, message: "started" }, this.#times(nowMs));
      begun = next;
      return orders.map((one) => one === order ? next : one);
    });
    if (begun !== undefined) {
      return { document_id: document, granted: true, time_left: (begun.due_at - nowMs) / 1_000 };
    }
    const known = this.#parts.model.find(key);
    return no(isOver || known?.agent_id === agentId ? "it was given up" : "no such order");
  }

  async report(
    agentId: string | null,
    reports: readonly CommandReport[],
    nowMs: number,
  ): Promise<void> {
    for (const { documentId, data } of reports) {
      const key = this.#keyOf(documentId);
      const result = resultIn(data);
      const isKnown = key !== undefined && result !== undefined &&
        await this.#report(agentId, { key, result, nowMs });
      if (!isKnown) {
        log.warn("Report of {agentId} on command {documentId} ignored", { agentId, documentId });
      }
    }
  }

  async giveUp(
    agentId: string,
    { message, sent, nowMs }: { message: string; sent: boolean; nowMs: number },
  ): Promise<boolean> {
    return await this.#end(
      agentId,
      (order) =>
        sent || order.status === "pending" ? failed(order, message, this.#times(nowMs)) : undefined,
    );
  }

  async withdraw(requestId: number, nowMs: number): Promise<void> {
    for (const agentId of this.#parts.model.agentsPending(requestId)) {
      await this.#end(agentId, (order) => {
        if (order.request_id !== requestId || order.status !== "pending") return undefined;
        return failed(order, WITHDRAWN, this.#times(nowMs));
      });
    }
  }

  pendingAfter(last: OrderKey, limit: number): Command[] {
    return this.#parts.stream.pendingAfter(last, limit);
  }

  async settle(nowMs: number): Promise<number | undefined> {
    const { deadlines, model, members, requests } = this.#parts;
    deadlines.tidy(nowMs);
    if (members.holds("deadlines")) {
      const end = (order: OrderState) =>
        order.due_at <= nowMs ? givenUp(order, this.#times(nowMs)) : undefined;
      await oneByOne(model.agentsDue(nowMs), (agentId) => this.#end(agentId, end));
      await this.#mend();
      await requests.mend(nowMs, (order, isDone) => this.add(order, isDone));
    }
    return nowMs + SETTLE_EVERY_MS;
  }

  /** Has orders that have ended leave their documents, where a node died before it had done so. */
  async #mend(): Promise<void> {
    const hasEnded = ({ value }: Entry<OpenOrders>) =>
      value?.orders.some((order) => order.finished_at !== null) === true;
    const left = [...this.#open].filter(([, entry]) => hasEnded(entry));
    await oneByOne(left, ([name]) => this.#leave(name));
  }

  /** Returns false for what is no order of this agent. */
  async #report(
    agentId: string | null,
    { key, result, nowMs }: { key: OrderKey; result: Result; nowMs: number },
  ): Promise<boolean> {
    const isFinal = result.code !== IN_PROGRESS;
    let isOpen = false;
    await this.#change(agentId, (orders) => {
      const order = orders.find((one) => isSame(one, key));
      isOpen = order !== undefined && order.finished_at === null;
      if (order === undefined || !isOpen) return undefined;
      const next = (isFinal ? finished : progressed)(order, result, this.#times(nowMs));
      return orders.map((one) => one === order ? next : one);
    });
    if (isOpen && isFinal) await this.#leave(nameOf(agentId));
    return isOpen || await this.#reportLate(agentId, { key, result, nowMs });
  }

  /** The first result of an order that was given up is kept beside its outcome; others change nothing. */
  async #reportLate(
    agentId: string | null,
    { key, result, nowMs }: { key: OrderKey; result: Result; nowMs: number },
  ): Promise<boolean> {
    const row = this.#parts.model.find(key);
    if (row === undefined || row.agent_id !== agentId) return false;
    if (row.timed_out !== 1 || row.late_result !== null || result.code === IN_PROGRESS) return true;
    const order = { ...row, timeout_s: 0 } as unknown as OrderState;
    await this.#parts.done.add([withLateResult(order, result, nowMs)]);
    await this.#carryOut({ ...order, result_code: result.code });
    return true;
  }

  /** Does what an order that has succeeded says; again, it changes nothing. */
  async #carryOut(order: OrderState): Promise<void> {
    if (order.result_code !== 0 || order.agent_id === null) return;
    const command = await this.#command(order);
    const groups = groupsOrdered(command?.action_name, command?.args);
    if (groups !== undefined) await this.#parts.agents.setGroups(order.agent_id, groups);
  }

  /** Ends open orders of an agent. Returns whether there were any. */
  async #end(
    agentId: string | null,
    end: (order: OrderState) => OrderState | undefined,
  ): Promise<boolean> {
    let ended = 0;
    await this.#change(agentId, (orders) => {
      const next = orders.map((one) => one.finished_at === null ? end(one) ?? one : one);
      ended = next.filter((one, index) => one !== orders[index]).length;
      return ended > 0 ? next : undefined;
    });
    if (ended > 0) await this.#leave(nameOf(agentId));
    return ended > 0;
  }

  /** Orders that have ended have their effect, go on to those that are done, and only then leave the document. */
  async #leave(name: string): Promise<void> {
    const over = this.#open.get(name)?.value?.orders.filter((one) => one.finished_at !== null) ??
      [];
    if (over.length === 0) return;
    for (const order of over) await this.#carryOut(order);
    await this.#parts.done.add(over);
    const keys = new Set(over.map(({ request_id, order_id }) => `${request_id} ${order_id}`));
    const entry = await this.#parts.bucket.change(name, (there) => {
      const left = there?.orders.filter((one) => !keys.has(`${one.request_id} ${one.order_id}`)) ??
        [];
      if (left.length === (there?.orders.length ?? 0)) return undefined;
      return left.length > 0 ? { orders: left } : null;
    }, this.#open.get(name));
    this.#take(entry);
  }

  async #change(agentId: string | null, change: Change): Promise<void> {
    const name = nameOf(agentId);
    const entry = await this.#parts.bucket.change(name, (there) => {
      const orders = change(there?.orders ?? []);
      return orders === undefined ? undefined : { orders };
    }, this.#open.get(name));
    this.#take(entry);
  }

  #take(entry: Entry<OpenOrders>): void {
    const { key, value, revision } = entry;
    if (revision <= (this.#open.get(key)?.revision ?? 0)) return;
    this.#open.set(key, entry);
    if (value === undefined) return;
    this.#parts.model.put(value.orders);
    const nowMs = this.#parts.now();
    const [first] = value.orders.filter((order) => isOfferable(order, nowMs));
    if (typeof first?.agent_id === "string") this.#parts.onOfferable(first.agent_id);
  }

  async #row(order: OrderState): Promise<Row> {
    return { ...order, ...await this.#command(order) };
  }

  #command({ request_id, command }: OrderState): Promise<Row | undefined> {
    return this.#parts.requests.command(request_id, command);
  }

  #offerOf(row: Row, nowMs: number): Command {
    const { graceMs, signer } = this.#parts;
    return offerOf(row, { prefix: this.#prefix, nowMs, graceMs, signer });
  }

  #keyOf(document: string): OrderKey | undefined {
    return parseDocumentId(this.#prefix, document);
  }

  get #prefix(): string {
    return this.#parts.stream.prefix;
  }

  #times(nowMs: number): OrderTimes {
    const { graceMs, archiveMs } = this.#parts;
    return { nowMs, graceMs, archiveMs };
  }
}

function nameOf(agentId: string | null): string {
  return `${OPEN}${agentId ?? SERVER}`;
}
