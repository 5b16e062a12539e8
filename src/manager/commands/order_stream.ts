/**
 * The orders stream: commands become orders, and orders are offered to agents.
 *
 * An order is offered from its creation on, again a grace after each offer, and no more once its
 * agent has said that it is on it or how it ended. So an answer that was lost on its way costs the
 * grace, and an agent may see an order more than once.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Command } from "../../shared/protocol/wire.ts";
import { InvalidRequest } from "../invalid_request.ts";
import { transaction } from "../../shared/sqlite/transaction.ts";
import type { NewCommand } from "./command_request.ts";
import {
  documentId,
  numberOf,
  ORDER_FIELDS,
  type OrderKey,
  type Row,
  toCommand,
  toOffer,
  WITH_COMMAND,
} from "./order.ts";

/** Orders that one request may lead to. */
export const MAX_ORDERS_PER_REQUEST = 500_000;
/** Orders that one answer to a poll may have. */
export const MAX_OFFERED = 100;

/** The agents that a target stands for, by what {@linkcode expandedBy} says of it. */
const TARGETS = {
  agent: "SELECT id AS agent_id FROM agents WHERE id = :target",
  group: "SELECT agent_id FROM memberships WHERE group_name = :target",
  everybody: "SELECT id AS agent_id FROM agents WHERE :target = '*'",
  agents: "SELECT id AS agent_id FROM agents WHERE id IN (SELECT value FROM json_each(:target))",
  server: "SELECT NULL AS agent_id WHERE :target <> ''",
} as const;

/** The id of the group that every agent is in. */
const EVERYBODY = "*";

/** What is offered to an agent now, and when to look again. */
export interface Offer {
  commands: Command[];
  /** Milliseconds since 1970; `undefined` when only a new order can change something. */
  againAtMs: number | undefined;
}

/** What an {@linkcode OrderStream} is built with. */
export interface OrderStreamOptions {
  /** How long after an offer the next one of the same order comes, in milliseconds. */
  offerGraceMs: number;
  /** Signs what is offered. @default nothing is signed */
  signer?: OrderSigner;
}

/** What orders are signed with. */
export interface OrderSigner {
  order(
    command: Command,
    times: { issuedMs: number; nowMs: number; dueMs: number },
  ): Command["signature"];
}

/** Makes orders and offers them. */
export class OrderStream {
  /** First part of every document id; random, made with the database. */
  readonly prefix: string;
  readonly #db: DatabaseSync;
  readonly #offerGraceMs: number;
  readonly #signer: OrderSigner | undefined;
  readonly #nextRequest: StatementSync;
  readonly #addCommand: StatementSync;
  readonly #expand: Record<keyof typeof TARGETS, StatementSync>;
  readonly #offered: StatementSync;
  readonly #nextOffer: StatementSync;
  readonly #markSent: StatementSync;
  readonly #pending: StatementSync;

  constructor(db: DatabaseSync, { offerGraceMs, signer }: OrderStreamOptions) {
    this.#signer = signer;
    this.#db = db;
    this.#offerGraceMs = offerGraceMs;
    this.prefix = orderPrefix(db);
    this.#nextRequest = db.prepare(
      "UPDATE order_numbering SET last_request = last_request + 1 RETURNING last_request",
    );
    this.#addCommand = db.prepare(
      "INSERT INTO order_commands VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    this.#expand = {
      agent: prepareExpansion(db, TARGETS.agent),
      group: prepareExpansion(db, TARGETS.group),
      everybody: prepareExpansion(db, TARGETS.everybody),
      agents: prepareExpansion(db, TARGETS.agents),
      server: prepareExpansion(db, TARGETS.server),
    };
    this.#offered = db.prepare(
      `SELECT ${ORDER_FIELDS} FROM orders AS o ${WITH_COMMAND}
       WHERE o.agent_id = :agent AND o.offer_at <= :now AND o.due_at > :now
       ORDER BY o.offer_at, o.request_id, o.order_id LIMIT ${MAX_OFFERED}`,
    );
    this.#nextOffer = db.prepare(
      "SELECT min(offer_at) AS at FROM orders WHERE agent_id = ? AND offer_at > ?",
    );
    this.#markSent = db.prepare(
      `UPDATE orders SET status = 'sent', offers = offers + 1, offer_at = :now + :grace,
         due_at = iif(sent_at IS NULL, :now + :timeout + :grace, due_at),
         sent_at = coalesce(sent_at, :now)
       WHERE request_id = :request AND order_id = :order`,
    );
    this.#pending = db.prepare(
      `SELECT ${ORDER_FIELDS} FROM orders AS o ${WITH_COMMAND}
       WHERE o.status = 'pending' AND (o.request_id, o.order_id) > (?, ?)
       ORDER BY o.request_id, o.order_id LIMIT ?`,
    );
  }

  /**
   * Makes the orders of one request, all or none, and returns their document ids.
   *
   * @throws InvalidRequest when a target matches no agent, or the orders are too many
   */
  create(commands: readonly NewCommand[], nowMs: number): string[] {
    return transaction(this.#db, () => {
      const requestId = numberOf(this.#nextRequest.get(), "last_request");
      let orders = 0;
      commands.forEach((command, index) => {
        this.#store(requestId, index, command);
        orders += this.#expandOne({ requestId, orderId: orders }, index, command, nowMs);
        if (orders > MAX_ORDERS_PER_REQUEST) {
          throw new InvalidRequest(`The request has more than ${MAX_ORDERS_PER_REQUEST} orders`);
        }
      });
      return Array.from(
        { length: orders },
        (_, index) => documentId(this.prefix, { requestId, orderId: index + 1 }),
      );
    });
  }

  /** Takes what there is for an agent, oldest first, and writes it down as sent. */
  offer(agentId: string, nowMs: number): Offer {
    const rows = this.#offered.all({ agent: agentId, now: nowMs });
    if (rows.length === 0) {
      const at = this.#nextOffer.get(agentId, nowMs)?.at ?? null;
      return { commands: [], againAtMs: at === null ? undefined : Number(at) };
    }
    transaction(this.#db, () => {
      for (const row of rows) this.#send(row, nowMs);
    });
    return {
      commands: rows.toSorted(byAge).map((row) => this.#signed(row, nowMs)),
      againAtMs: undefined,
    };
  }

  /** Pending orders of agents and servers alike, oldest first. */
  pendingAfter({ requestId, orderId }: OrderKey, limit: number): Command[] {
    return this.#pending.all(requestId, orderId, limit).map((row) => this.#command(row));
  }

  #signed(row: Row, nowMs: number): Command {
    const { prefix } = this;
    return offerOf(row, { prefix, nowMs, graceMs: this.#offerGraceMs, signer: this.#signer });
  }

  #command(row: Row): Command {
    return toCommand(this.prefix, row);
  }

  #store(requestId: number, index: number, { source, user, target, action, timeout }: NewCommand) {
    const args = JSON.stringify(action.args);
    this.#addCommand.run(
      requestId,
      index,
      source,
      user,
      target.type,
      target.id,
      action.name,
      action.version,
      args,
      timeout,
    );
  }

  /** Returns how many orders the command has. `last` is the newest order so far. */
  #expandOne(
    last: OrderKey,
    index: number,
    { target, timeout }: NewCommand,
    nowMs: number,
  ): number {
    const { changes } = this.#expand[targetKind(target)].run({
      request: last.requestId,
      last: last.orderId,
      command: index,
      now: nowMs,
      due: nowMs + timeout * 1_000,
      target: expandedBy(target),
    });
    if (changes > 0) return Number(changes);
    throw new InvalidRequest(`commands[${index}].target.id matches no agent: "${target.id}"`);
  }

  #send(row: Row, nowMs: number): void {
    this.#markSent.run({
      now: nowMs,
      grace: this.#offerGraceMs,
      timeout: numberOf(row, "timeout_s") * 1_000,
      request: numberOf(row, "request_id"),
      order: numberOf(row, "order_id"),
    });
  }
}

/** An order as it goes to its agent, signed where there is a signer. `row` is as it was before this offer. */
export function offerOf(
  row: Row,
  { prefix, nowMs, graceMs, signer }: {
    prefix: string;
    nowMs: number;
    graceMs: number;
    signer: OrderSigner | undefined;
  },
): Command {
  const command = toOffer(prefix, row, { nowMs, graceMs });
  const lifeMs = numberOf(row, "timeout_s") * 1_000 + graceMs;
  const signature = signer?.order(command, {
    issuedMs: numberOf(row, "created_at"),
    nowMs,
    // The first offer moves the deadline, later ones do not.
    dueMs: row.sent_at === null ? nowMs + lifeMs : numberOf(row, "due_at"),
  });
  return signature === undefined ? command : { ...command, signature };
}

/** The agents that a target stands for now; `null` is the server itself. */
export function agentsOf(db: DatabaseSync, target: NewCommand["target"]): (string | null)[] {
  const rows = db.prepare(TARGETS[targetKind(target)]).all({ target: expandedBy(target) });
  return rows.map(({ agent_id }) => agent_id === null ? null : String(agent_id));
}

/** See {@linkcode OrderStream.prefix}. */
export function orderPrefix(db: DatabaseSync): string {
  return String(db.prepare("SELECT prefix FROM order_numbering").get()?.prefix);
}

/** Makes one order for each row of `agents`, numbered on from `:last`. */
function prepareExpansion(db: DatabaseSync, agents: string): StatementSync {
  return db.prepare(
    `INSERT INTO orders (request_id, order_id, command, agent_id, status, created_at, offers,
       offer_at, due_at, timed_out)
     SELECT :request, :last + row_number() OVER (), :command, agent_id, 'pending', :now, 0,
       iif(agent_id IS NULL, NULL, :now), :due, 0
     FROM (${agents})`,
  );
}

function targetKind(target: NewCommand["target"]): keyof typeof TARGETS {
  return target.type === "group" && target.id === EVERYBODY ? "everybody" : target.type;
}

/** What the agents of a target are found by. */
function expandedBy(target: NewCommand["target"]): string {
  switch (target.type) {
    case "agents":
      return JSON.stringify(target.agents);
    // Ids of agents are kept in lower case; a UUID means the same in upper case.
    case "agent":
      return target.id.toLowerCase();
    case "group":
    case "server":
      return target.id;
  }
}

function byAge(one: Row, other: Row): number {
  return numberOf(one, "request_id") - numberOf(other, "request_id") ||
    numberOf(one, "order_id") - numberOf(other, "order_id");
}
