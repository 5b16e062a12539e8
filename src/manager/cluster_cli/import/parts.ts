/**
 * What an import puts on a cluster, part by part. Each part puts what is missing and leaves what is there, so it can be done again.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { KvTokenKeys } from "../../cluster/access/kv_token_keys.ts";
import { ObjectFiles } from "../../cluster/releases/object_files.ts";
import type { OrderState } from "../../cluster/orders/order_states.ts";
import { SecretBox } from "../../cluster/link/secret_box.ts";
import type { Row } from "../../commands/order.ts";
import { subjectToken } from "../../nats/subjects.ts";
import { forEachAtOnce } from "../at_once.ts";
import { AgentBatches } from "./agent_batches.ts";
import { OrderedWriter } from "./ordered_writer.ts";
import { create, type ImportParts, type Put } from "./put.ts";
import { putReleases, putRollouts } from "./rollouts.ts";
import { agentOf, commandOf, orderOf, stateOf, tokenOf } from "./rows.ts";

const ORDERS = (table: string) =>
  `SELECT o.*, c.timeout_s FROM ${table} AS o
   JOIN order_commands AS c ON c.request_id = o.request_id AND c.number = o.command`;

type Parts = Readonly<Record<string, (parts: ImportParts, put: Put) => Promise<void>>>;

/** In this order: whoever looks before the end sees no order of an agent that is not there. */
export const IMPORTED: Parts = {
  numbers: putNumbers,
  keys: putKeys,
  agents: putAgents,
  enrollment_tokens: ({ single, cluster }, put) =>
    forEachAtOnce(
      single.rows("SELECT * FROM enrollment_tokens"),
      (row) => create(cluster.buckets.tokens, `enr.${row.id}`, { value: tokenOf(row), put }),
    ),
  states: ({ single, cluster }, put) =>
    forEachAtOnce(
      single.rows("SELECT * FROM agent_states WHERE state <> 'never_connected'"),
      (row) => create(cluster.buckets.states, String(row.agent_id), { value: stateOf(row), put }),
    ),
  requests: putRequests,
  open_orders: putOpenOrders,
  finished_orders: putFinishedOrders,
  files: putFiles,
  releases: putReleases,
  rollouts: putRollouts,
  events: putEvents,
};

/** Document ids go on: agents remember those that they have had. */
async function putNumbers({ single, cluster }: ImportParts, put: Put): Promise<void> {
  const [row] = single.rows("SELECT last_request FROM order_numbering");
  const wanted = { last: Number(row?.last_request), prefix: single.prefix };
  const { changed } = await cluster.buckets.numbers.change(
    "number",
    (there) => there?.prefix === wanted.prefix ? undefined : wanted,
  );
  if (changed) put.written++;
}

async function putKeys({ single, link, cluster }: ImportParts, put: Put): Promise<void> {
  const keys = new KvTokenKeys(
    cluster.buckets.keys,
    SecretBox.fromFile(link.options.secret_file),
  );
  await keys.start();
  try {
    for (const key of await single.tokenKeys()) {
      if (await keys.get(key.kid) !== undefined) continue;
      await keys.add(key, []);
      put.written++;
    }
  } finally {
    await keys.stop();
  }
}

async function putAgents({ single, cluster }: ImportParts, put: Put): Promise<void> {
  const { agents, names } = cluster.buckets;
  const groups = Map.groupBy(
    single.rows("SELECT agent_id, group_name FROM memberships ORDER BY agent_id, position"),
    ({ agent_id }) => String(agent_id),
  );
  await forEachAtOnce(single.rows("SELECT * FROM agents"), async (row) => {
    const { id, name } = row as { id: string; name: string };
    const groupNames = (groups.get(id) ?? []).map(({ group_name }) => String(group_name));
    const agent = agentOf(row, groupNames);
    const owner = { id, at: agent.registered_at };
    await create(names, `name.${Buffer.from(name).toString("base64url")}`, { value: owner, put });
    await create(agents, `id.${id}`, { value: agent, put });
  });
}

/** A request that has become orders: its commands go when its last order does. */
async function putRequests({ single, cluster }: ImportParts, put: Put): Promise<void> {
  const { commands, cursors } = cluster.buckets;
  const requests = Map.groupBy(
    single.rows("SELECT * FROM order_commands"),
    ({ request_id }) => Number(request_id),
  );
  await forEachAtOnce(requests, async ([id, rows]) => {
    for (const row of rows) {
      await create(commands, `cmd.${id}.${row.number}`, { value: commandOf(row), put });
    }
    const numbers = rows.map(({ number }) => Number(number));
    const value = { created_at: 0, commands: Math.max(...numbers) + 1, chunks: 0, expanded: 0 };
    await create(cursors, `cur.${id}`, { value, put });
  });
}

async function putOpenOrders({ single, cluster }: ImportParts, put: Put): Promise<void> {
  const open = byAgent(
    single.rows(`${ORDERS("orders")} WHERE finished_at IS NULL ORDER BY request_id, order_id`),
  );
  await forEachAtOnce(
    open,
    ([agent, orders]) =>
      create(cluster.buckets.open, `open.${agent ?? "server"}`, { value: { orders }, put }),
  );
}

async function putFinishedOrders(
  { single, link, cluster: { names } }: ImportParts,
  put: Put,
): Promise<void> {
  const archived = Array.from(
    single.rows(ORDERS("orders_archive")),
    // Each node archives them anew, at once.
    (row): Row => ({ ...row, due_at: row.finished_at }),
  );
  const finished = [...single.rows(`${ORDERS("orders")} WHERE finished_at IS NOT NULL`)];
  await forEachAtOnce(byAgent([...archived, ...finished]), async ([agent, orders]) => {
    const writer = new OrderedWriter(link);
    const subject = names.done(agent === null ? "server" : subjectToken(agent));
    const place = { stream: names.of("DONE"), subject, headers: {} };
    for (const [index, order] of orders.toSorted(byAge).entries()) {
      const message = { ...place, number: index + 1, payload: JSON.stringify(order) };
      if (await writer.write(message)) put.written++;
    }
  });
}

async function putFiles({ single, link, cluster: { names } }: ImportParts, put: Put) {
  const files = await ObjectFiles.open(link, names.of("FILES"));
  for (const name of single.files()) {
    const content = await single.readFile(name);
    const there = await files.get(name);
    if (there !== undefined && Buffer.from(there.content).equals(content)) continue;
    await files.put(name, content);
    put.written++;
  }
}

async function putEvents({ single, link, cluster: { names } }: ImportParts, put: Put) {
  const agents = single.rows(
    `SELECT agent_id FROM event_groups UNION SELECT agent_id FROM answers
     UNION SELECT agent_id FROM documents`,
  );
  await forEachAtOnce(agents, async ({ agent_id }) => {
    const batches = new AgentBatches(String(agent_id), {
      single,
      names,
      maxBytes: link.maxBatchBytes,
    });
    const writer = new OrderedWriter(link);
    for (const message of batches.messages()) if (await writer.write(message)) put.written++;
    put.tooLarge += batches.tooLarge;
  });
}

function byAgent(rows: Iterable<Row>): Map<string | null, OrderState[]> {
  return Map.groupBy(Array.from(rows, orderOf), ({ agent_id }) => agent_id);
}

function byAge(one: OrderState, other: OrderState): number {
  return one.request_id - other.request_id || one.order_id - other.order_id;
}
