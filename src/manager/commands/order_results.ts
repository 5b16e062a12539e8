/**
 * Results: what agents say became of their orders.
 *
 * The first word that an agent is on it (code 2) begins the order's time anew: it has to be done within its timeout from then on.
 *
 * The first final result ends an order. Whatever comes after that changes nothing, with one
 * exception: an order that the manager had given up keeps the first result beside its outcome.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import * as z from "zod";
import type { StartAnswer } from "../../shared/protocol/wire.ts";
import type { CommandReport } from "./command_report.ts";
import type { Memberships } from "../agents/memberships.ts";
import {
  isoTime,
  numberOf,
  type OrderKey,
  parseDocumentId,
  type Row,
  WITH_COMMAND,
} from "./order.ts";

const log = getLogger(["manager", "commands"]);

/** The code of a result that is not final. */
export const IN_PROGRESS = 2;

const REPORT = z.object({
  command: z.object({
    result: z.object({
      code: z.int().min(0).max(3),
      message: z.string().nullish(),
      data: z.unknown().optional(),
    }),
  }),
});
const SET_GROUP_ARGS = z.object({ groups: z.array(z.string()) });

/** What an agent says became of an order. */
export type Result = z.infer<typeof REPORT>["command"]["result"];

/** The result in a report; `undefined` when it is none. */
export function resultIn(data: unknown): Result | undefined {
  return REPORT.safeParse(data).data?.command.result;
}

/** The groups that an order puts its agent in once it is carried out; `undefined` for other orders. */
export function groupsOrdered(actionName: unknown, args: unknown): string[] | undefined {
  if (actionName !== "set-group") return undefined;
  return SET_GROUP_ARGS.safeParse(JSON.parse(String(args))).data?.groups;
}

/** What an {@linkcode OrderResults} is built with. */
interface OrderResultsOptions {
  /** See {@linkcode OrderStream.prefix}. */
  prefix: string;
  memberships: Memberships;
  /** How much longer than its timeout an order is waited for, in milliseconds. */
  offerGraceMs: number;
  /** How long a finished order stays among the others, in milliseconds. */
  archiveAfterMs: number;
}

interface Found {
  key: OrderKey;
  table: "orders" | "orders_archive";
  row: Row;
}

/** Applies results. */
export class OrderResults {
  readonly #options: OrderResultsOptions;
  readonly #find: Record<Found["table"], StatementSync>;
  readonly #addLate: Record<Found["table"], StatementSync>;
  readonly #progress: StatementSync;
  readonly #finish: StatementSync;

  constructor(db: DatabaseSync, options: OrderResultsOptions) {
    this.#options = options;
    this.#find = {
      orders: prepareFind(db, "orders"),
      orders_archive: prepareFind(db, "orders_archive"),
    };
    this.#addLate = {
      orders: prepareAddLate(db, "orders"),
      orders_archive: prepareAddLate(db, "orders_archive"),
    };
    this.#progress = db.prepare(
      `UPDATE orders SET status = 'sent', offer_at = NULL, sent_at = coalesce(sent_at, :now),
         due_at = iif(result_code IS ${IN_PROGRESS}, due_at, max(due_at, :now + :wait)),
         result_code = :code, result_message = :message, result_data = :data
       WHERE request_id = :request AND order_id = :order`,
    );
    this.#finish = db.prepare(
      `UPDATE orders SET status = iif(:code = 0, 'success', 'failure'), offer_at = NULL,
         sent_at = coalesce(sent_at, :now), finished_at = :now, due_at = :now + :archive,
         result_code = :code, result_message = :message, result_data = :data
       WHERE request_id = :request AND order_id = :order`,
    );
  }

  /**
   * Applies what `agentId` (`null` for the server itself) reports. Call it inside a transaction.
   * What is no result of one of its orders is logged and left alone.
   */
  apply(agentId: string | null, { documentId, data }: CommandReport, nowMs: number): void {
    const result = resultIn(data);
    const found = this.#lookUp(documentId);
    // An agent may speak of its own orders only, whatever ids it has heard of.
    if (result === undefined || found === undefined || found.row.agent_id !== agentId) {
      const why = result === undefined ? "it has no result" : "no such order of this agent";
      log.warn("Report of {agentId} on command {documentId} ignored: {why}", {
        agentId,
        documentId,
        why,
      });
      return;
    }
    this.#applyTo(found, result, nowMs);
  }

  /**
   * An agent asks whether it may begin an order. Once it may, the order is waited for as after a report that it has begun, so that
   * nothing is run whose failure was told before. Asked again, the answer is the same. Call it inside a transaction.
   */
  begin(agentId: string, documentId: string, nowMs: number): StartAnswer {
    const found = this.#lookUp(documentId);
    const no = (reason: string) => ({ document_id: documentId, granted: false, reason });
    if (found === undefined || found.row.agent_id !== agentId) return no("no such order");
    if (found.row.finished_at !== null || numberOf(found.row, "due_at") <= nowMs) {
      return no("it was given up");
    }
    this.#applyTo(found, { code: IN_PROGRESS, message: "started" }, nowMs);
    const leftMs = numberOf(this.#lookUp(documentId)?.row, "due_at") - nowMs;
    return { document_id: documentId, granted: true, time_left: leftMs / 1_000 };
  }

  #applyTo(found: Found, result: Result, nowMs: number): void {
    const open = found.row.finished_at === null;
    if (result.code === IN_PROGRESS) {
      // "In progress" that comes after the end is an old message, or one that came twice.
      if (open) {
        this.#progress.run({
          ...values(found.key, result),
          now: nowMs,
          wait: numberOf(found.row, "timeout_s") * 1_000 + this.#options.offerGraceMs,
        });
      }
      return;
    }
    if (open) this.#end(found.key, result, nowMs);
    else if (!this.#keepLate(found, result, nowMs)) return;
    if (result.code === 0) this.#updateMembership(found.row);
  }

  #end(key: OrderKey, result: Result, nowMs: number): void {
    const archive = this.#options.archiveAfterMs;
    this.#finish.run({ ...values(key, result), now: nowMs, archive });
  }

  /** Returns whether it was the first one for an order given up. */
  #keepLate({ key, table, row }: Found, result: Result, nowMs: number): boolean {
    // Only the first word after the deadline counts; repeats of it change nothing.
    if (row.timed_out !== 1 || row.late_result !== null) return false;
    const { code, message = null, data = null } = result;
    const late = JSON.stringify({ code, message, data, received_at: isoTime(nowMs) });
    this.#addLate[table].run(late, key.requestId, key.orderId);
    return true;
  }

  #updateMembership(row: Row): void {
    if (typeof row.agent_id !== "string") return;
    const groups = groupsOrdered(row.action_name, row.args);
    if (groups !== undefined) this.#options.memberships.replace(row.agent_id, groups);
  }

  #lookUp(documentId: string): Found | undefined {
    const key = parseDocumentId(this.#options.prefix, documentId);
    if (key === undefined) return undefined;
    // Results come late: an order may have been archived meanwhile.
    for (const table of ["orders", "orders_archive"] as const) {
      const row = this.#find[table].get(key.requestId, key.orderId);
      if (row !== undefined) return { key, table, row };
    }
    return undefined;
  }
}

function values({ requestId, orderId }: OrderKey, { code, message, data }: Result) {
  return {
    request: requestId,
    order: orderId,
    code,
    message: message ?? null,
    data: data === undefined || data === null ? null : JSON.stringify(data),
  };
}

function prepareFind(db: DatabaseSync, table: Found["table"]): StatementSync {
  return db.prepare(
    `SELECT o.agent_id, o.finished_at, o.due_at, o.timed_out, o.late_result, c.action_name, c.args, c.timeout_s
     FROM ${table} AS o ${WITH_COMMAND} WHERE o.request_id = ? AND o.order_id = ?`,
  );
}

function prepareAddLate(db: DatabaseSync, table: Found["table"]): StatementSync {
  return db.prepare(`UPDATE ${table} SET late_result = ? WHERE request_id = ? AND order_id = ?`);
}
