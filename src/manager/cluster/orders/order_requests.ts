/**
 * Requests on the cluster, and how they become orders: chunk by chunk, so that a node that dies half way is mended by another one.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { InvalidRequest } from "../../invalid_request.ts";
import type { NewCommand } from "../../commands/command_request.ts";
import { documentId, type Row } from "../../commands/order.ts";
import { agentsOf, MAX_ORDERS_PER_REQUEST } from "../../commands/order_stream.ts";
import type { Bucket, Entry } from "../link/bucket.ts";
import type { DoneOrders } from "./done_orders.ts";
import { oneByOne } from "../link/one_by_one.ts";
import type { OrderModel } from "./order_model.ts";
import { newOrder, type OrderState } from "./order_states.ts";

const CHUNK = 5_000;
const AT_ONCE = 256;
/** A request is expanded by the node that took it; after so long another one looks after it. */
const LEFT_ALONE_MS = 15_000;
/** An answer does not wait longer for its orders. */
const ANSWER_WITHIN_MS = 2_000;
/** Ids that one message holds with room to spare. */
const MOST_WITHOUT = 10_000;
const SURELY_READ_MS = 60_000;

/** How request ids are given out. */
export interface Numbering {
  last: number;
  prefix: string;
}

/** The orders of a chunk: which command, for whom. */
export type Chunk = readonly (readonly [command: number, agentId: string | null])[];

/** How far a request has come. */
export interface Cursor {
  created_at: number;
  commands: number;
  chunks: number;
  /** So many chunks are orders. */
  expanded: number;
  /** How many orders there are, once all chunks are. @default not known: an older manager has made it */
  orders?: number;
}

/** A request that is made once for a name. */
export interface Once {
  request: number;
  /** Agents of its list that there were not. */
  without: readonly string[];
  /** Set when it has been stored: it may have gone since. */
  stored: boolean;
}

/** The buckets that requests are in. */
export interface RequestBuckets {
  once: Bucket<Once>;
  numbers: Bucket<Numbering>;
  commands: Bucket<NewCommand>;
  chunks: Bucket<Chunk>;
  cursors: Bucket<Cursor>;
}

/** What {@linkcode OrderRequests} works with. */
interface OrderRequestsParts extends RequestBuckets {
  model: OrderModel;
  database: DatabaseSync;
  done: Pick<DoneOrders, "has">;
}

/** Puts an order where its agent gets it. */
type Add = (order: OrderState, isDone?: () => Promise<boolean>) => Promise<void>;

/** The requests of a cluster. */
export class OrderRequests {
  readonly #parts: OrderRequestsParts;
  readonly #cursors = new Map<number, Entry<Cursor>>();
  /** As this node has seen it last: where it is not the newest, that is read. */
  #number: Entry<Numbering> | undefined;

  constructor(parts: OrderRequestsParts) {
    this.#parts = parts;
  }

  /** What document ids of this cluster begin with; made by who comes first. */
  static async prefix(numbers: Bucket<Numbering>): Promise<string> {
    const made = { last: 0, prefix: randomBytes(4).toString("hex") };
    const { value = made } = await numbers.change(
      "number",
      (known) => known === undefined ? made : undefined,
    );
    return value.prefix;
  }

  /** Follows commands and cursors. */
  follow() {
    const { commands, cursors, model } = this.#parts;
    return [
      commands.follow("cmd.*.*", ({ key, value }) => {
        const [, request, number] = key.split(".");
        if (value !== undefined) model.putCommand(Number(request), Number(number), value);
      }),
      cursors.follow("cur.*", (entry) => this.#take(entry)),
    ];
  }

  /**
   * Takes a request, and begins to make its orders.
   *
   * @throws InvalidRequest when a target matches no agent, or the orders are too many
   */
  async create(commands: readonly NewCommand[], nowMs: number, add: Add): Promise<string[]> {
    const orders = this.#targets(commands);
    const { last: requestId, prefix } = await this.#nextNumber();
    const chunks = inChunks(orders);
    const cursor = await this.#store(requestId, { commands, chunks, nowMs });
    const expanded = this.#expand(requestId, cursor, { add, careful: false, chunks });
    // What is not done in time goes on, and is mended when it fails.
    expanded.catch(() => {});
    await within(expanded, ANSWER_WITHIN_MS);
    return orders.map((_, index) => documentId(prefix, { requestId, orderId: index + 1 }));
  }

  /**
   * Makes the orders of a command for a list of agents, once for each name of such a list. Who is first settles number and agents;
   * whoever comes later, or goes on where a node died, makes the very same orders. Returns the number.
   *
   * @throws InvalidRequest when there is none of the agents
   */
  async createOnce(command: NewCommand, nowMs: number, add: Add): Promise<number> {
    const { once } = this.#parts;
    const listed = "agents" in command.target ? command.target.agents : [];
    const name = `once.${Buffer.from(command.target.id).toString("base64url")}`;
    const { value } = await once.change(name, async (there) => {
      if (there !== undefined) return undefined;
      const known = new Set(this.#targets([command]).map(([, agentId]) => agentId));
      const without = listed.filter((id) => !known.has(id)).slice(0, MOST_WITHOUT);
      return { request: (await this.#nextNumber()).last, without, stored: false };
    });
    if (value === undefined || value.stored) return value?.request ?? 0;
    const missing = new Set(value.without);
    const chunks = inChunks(
      listed.filter((id) => !missing.has(id)).map((id) => [0, id] as const),
    );
    const cursor = await this.#store(value.request, { commands: [command], chunks, nowMs });
    await once.change(name, (there) => there && { ...there, stored: true });
    const expanded = this.#expand(value.request, cursor, { add, careful: true, chunks });
    expanded.catch(() => {});
    await within(expanded, ANSWER_WITHIN_MS);
    return value.request;
  }

  /** Whether all orders of a request are known here. */
  isMade(requestId: number, nowMs: number): boolean {
    const cursor = this.#cursors.get(requestId)?.value;
    // One that is known no more has been made, and forgotten since.
    if (cursor === undefined) return true;
    const { expanded, chunks, orders = 0, created_at } = cursor;
    if (expanded < chunks) return false;
    // What this node follows comes by two ways; orders of long ago may be forgotten.
    return this.#parts.model.countOf(requestId) >= orders || nowMs - created_at > SURELY_READ_MS;
  }

  /** What the orders of a command have in common. */
  async command(requestId: number, number: number): Promise<Row | undefined> {
    const { commands, model } = this.#parts;
    const known = model.command(requestId, number);
    if (known !== undefined) return known;
    const { value } = await commands.get(`cmd.${requestId}.${number}`);
    if (value !== undefined) model.putCommand(requestId, number, value);
    return model.command(requestId, number);
  }

  /** Goes on with requests that nobody expands any more, and removes those that no order is left of. */
  async mend(nowMs: number, add: Add): Promise<void> {
    await oneByOne(this.#cursors, async ([requestId, { value }]) => {
      if (value === undefined || nowMs - value.created_at < LEFT_ALONE_MS) return;
      if (value.expanded < value.chunks) {
        await this.#expand(requestId, value, { add, careful: true });
      } else if (!this.#parts.model.hasRequest(requestId)) await this.#remove(requestId, value);
    });
  }

  async #nextNumber(): Promise<Numbering> {
    this.#number = await this.#parts.numbers.change(
      "number",
      (known) => known && { ...known, last: known.last + 1 },
      this.#number,
    );
    return this.#number.value ?? { last: 0, prefix: "" };
  }

  #targets(commands: readonly NewCommand[]): Chunk {
    const orders: [number, string | null][] = [];
    for (const [index, { target }] of commands.entries()) {
      const agents = agentsOf(this.#parts.database, target);
      if (agents.length === 0) {
        throw new InvalidRequest(`commands[${index}].target.id matches no agent: "${target.id}"`);
      }
      for (const agent of agents) orders.push([index, agent]);
      if (orders.length > MAX_ORDERS_PER_REQUEST) {
        throw new InvalidRequest(`The request has more than ${MAX_ORDERS_PER_REQUEST} orders`);
      }
    }
    return orders;
  }

  /** The cursor comes last: until then there is no request. */
  async #store(
    requestId: number,
    { commands, chunks, nowMs }: {
      commands: readonly NewCommand[];
      chunks: readonly Chunk[];
      nowMs: number;
    },
  ): Promise<Cursor> {
    const parts = this.#parts;
    await Promise.all([
      ...commands.map((command, index) => parts.commands.put(`cmd.${requestId}.${index}`, command)),
      ...chunks.map((chunk, index) => parts.chunks.put(`tgt.${requestId}.${index}`, chunk)),
    ]);
    for (const [index, command] of commands.entries()) {
      parts.model.putCommand(requestId, index, command);
    }
    const cursor = {
      created_at: nowMs,
      commands: commands.length,
      chunks: chunks.length,
      expanded: 0,
      orders: chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    };
    const key = `cur.${requestId}`;
    const entry = await parts.cursors.change(
      key,
      (there) => there === undefined ? cursor : undefined,
      { key, value: undefined, revision: 0 },
    );
    this.#take(entry);
    return entry.value ?? cursor;
  }

  /** @param chunks the orders, where this node has them; @default they are read */
  async #expand(
    requestId: number,
    cursor: Cursor,
    { add, careful, chunks }: { add: Add; careful: boolean; chunks?: readonly Chunk[] },
  ): Promise<void> {
    for (let index = cursor.expanded; index < cursor.chunks; index++) {
      const chunk = chunks?.[index] ?? await this.#chunk(requestId, index);
      const orders = await Promise.all(chunk.map(async ([command, agent_id], place) =>
        newOrder({
          request_id: requestId,
          order_id: index * CHUNK + place + 1,
          command,
          agent_id,
          timeout_s: Number((await this.command(requestId, command))?.timeout_s),
        }, cursor.created_at)
      ));
      await inParts(
        orders,
        (order) => add(order, careful ? () => this.#parts.done.has(order) : undefined),
      );
      await this.#moveOn(requestId, index);
    }
  }

  async #chunk(requestId: number, index: number): Promise<Chunk> {
    return (await this.#parts.chunks.get(`tgt.${requestId}.${index}`)).value ?? [];
  }

  /** A chunk has become orders. */
  async #moveOn(requestId: number, index: number): Promise<void> {
    const entry = await this.#parts.cursors.change(
      `cur.${requestId}`,
      (there) => there?.expanded === index ? { ...there, expanded: index + 1 } : undefined,
      this.#cursors.get(requestId),
    );
    this.#take(entry);
  }

  async #remove(requestId: number, { commands, chunks }: Cursor): Promise<void> {
    const gone = (there: unknown) => there === undefined ? undefined : null;
    this.#take(await this.#parts.cursors.change(`cur.${requestId}`, gone));
    for (let index = 0; index < commands; index++) {
      await this.#parts.commands.change(`cmd.${requestId}.${index}`, gone);
    }
    for (let chunk = 0; chunk < chunks; chunk++) {
      await this.#parts.chunks.change(`tgt.${requestId}.${chunk}`, gone);
    }
  }

  #take(entry: Entry<Cursor>): void {
    const requestId = Number(entry.key.split(".")[1]);
    if (entry.revision <= (this.#cursors.get(requestId)?.revision ?? 0)) return;
    if (entry.value === undefined) this.#cursors.delete(requestId);
    else this.#cursors.set(requestId, entry);
  }
}

function inChunks(orders: Chunk): Chunk[] {
  return Array.from(
    { length: Math.ceil(orders.length / CHUNK) },
    (_, chunk) => orders.slice(chunk * CHUNK, (chunk + 1) * CHUNK),
  );
}

/** Does `work` for all items, so many at a time. */
async function inParts<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  const worker = async () => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function within(work: Promise<void>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
  await Promise.race([work, over]).catch(() => {});
  clearTimeout(timer);
}
