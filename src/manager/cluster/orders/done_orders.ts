/**
 * Orders that have ended: a stream that every node follows into its tables. An order is there once, and once more with a result that
 * came after it had been given up.
 *
 * @module
 */

import { PubHeaders } from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { subjectToken } from "../../nats/subjects.ts";
import { ensureStream } from "../link/assets.ts";
import { unavailable } from "../link/cluster_failure.ts";
import type { ClusterLink } from "../link/cluster_link.ts";
import type { Names } from "../link/names.ts";
import type { OrderModel } from "./order_model.ts";
import type { OrderState } from "./order_states.ts";
import { StreamFollower } from "../link/stream_follower.ts";
import type { TurnTransaction } from "../link/turn_transaction.ts";

const CAUGHT_UP_WITHIN_MS = 5_000;

/** What {@linkcode DoneOrders} works with. */
interface DoneOrdersParts {
  link: ClusterLink;
  names: Names;
  model: OrderModel;
  together: TurnTransaction;
}

/** The orders that are done. */
export class DoneOrders {
  readonly #link: ClusterLink;
  readonly #names: Names;
  readonly #model: OrderModel;
  readonly #follower: StreamFollower;

  constructor({ link, names, model, together }: DoneOrdersParts) {
    this.#link = link;
    this.#names = names;
    this.#model = model;
    this.#follower = new StreamFollower({
      link,
      stream: names.of("DONE"),
      subjects: names.done(">"),
      together,
      take: ({ data }) => model.put([JSON.parse(new TextDecoder().decode(data))]),
    });
  }

  /** Makes the stream. @param keepMs how long an order is shown after it has ended */
  static async ensure(link: ClusterLink, names: Names, keepMs: number): Promise<void> {
    await ensureStream(link, {
      name: names.of("DONE"),
      subjects: [names.done(">")],
      num_replicas: link.options.replicas,
      max_age: nanos(keepMs),
      allow_direct: false,
    });
  }

  /** Reads what there is, and follows. */
  start(): Promise<void> {
    return this.#follower.start();
  }

  /** Ends. */
  stop(): Promise<void> {
    return this.#follower.stop();
  }

  /** Adds orders. One that is added twice shows as it was added first. @throws StoreUnavailable */
  async add(orders: readonly OrderState[]): Promise<void> {
    try {
      await Promise.all(orders.map((order) => this.#publish(order)));
    } catch (error) {
      throw unavailable(error);
    }
    this.#model.put(orders);
  }

  /** Whether an order is there, by all that was added before this was called. */
  async has({ request_id, order_id }: OrderState): Promise<boolean> {
    const key = { requestId: request_id, orderId: order_id };
    if (this.#isDone(key)) return true;
    const { state } = await this.#link.manager.streams.info(this.#names.of("DONE"))
      .catch((error) => {
        throw unavailable(error);
      });
    if (await this.#follower.reached(state.last_seq, CAUGHT_UP_WITHIN_MS)) return this.#isDone(key);
    throw unavailable(new Error("this node is behind with the orders that are done"));
  }

  #isDone(key: { requestId: number; orderId: number }): boolean {
    const row = this.#model.find(key);
    return row !== undefined && row.finished_at !== null;
  }

  #publish(order: OrderState): Promise<unknown> {
    const { request_id, order_id, agent_id, late_result } = order;
    const id = `${request_id}-${order_id}${late_result === null ? "" : "-late"}`;
    return this.#link.publisher.publish(
      this.#names.done(agent_id === null ? "server" : subjectToken(agent_id)),
      JSON.stringify(order),
      { [PubHeaders.MsgIdHdr]: id },
    );
  }
}
