/**
 * Orders that are both open and done: they had ended between the snapshots of the two streams. They count as done.
 *
 * @module
 */

import { Bucket } from "../../cluster/link/bucket.ts";
import type { ClusterLink } from "../../cluster/link/cluster_link.ts";
import { Names } from "../../cluster/link/names.ts";
import type { OpenOrders, OrderState } from "../../cluster/orders/order_states.ts";
import { StreamFollower } from "../../cluster/link/stream_follower.ts";

/** Takes them out of the open ones. Returns how many there were. */
export async function dropEndedOrders(link: ClusterLink): Promise<number> {
  const names = new Names(link.options.name, 1);
  const done = await doneOrders(link, names);
  const bucket = await Bucket.open<OpenOrders>(link, names.of("ORDERS"));
  const open = new Map<string, readonly OrderState[]>();
  await readToEnd(bucket.follow("open.*", ({ key, value }) => open.set(key, value?.orders ?? [])));
  let dropped = 0;
  for (const [key, orders] of open) {
    const left = orders.filter((order) => !done.has(keyOf(order)));
    if (left.length === orders.length) continue;
    await bucket.change(key, () => left.length > 0 ? { orders: left } : null);
    dropped += orders.length - left.length;
  }
  return dropped;
}

async function doneOrders(link: ClusterLink, names: Names): Promise<Set<string>> {
  const done = new Set<string>();
  await readToEnd(
    new StreamFollower({
      link,
      stream: names.of("DONE"),
      subjects: names.done(">"),
      take: (message) => void done.add(keyOf(message.json<OrderState>())),
    }),
  );
  return done;
}

async function readToEnd(follower: StreamFollower): Promise<void> {
  await follower.start();
  await follower.stop();
}

function keyOf({ request_id, order_id }: OrderState): string {
  return `${request_id} ${order_id}`;
}
