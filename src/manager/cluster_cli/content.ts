/**
 * What is on a cluster, stream by stream: a bucket is one too.
 *
 * @module
 */

import type { StreamInfo } from "@nats-io/jetstream";
import type { ClusterLink } from "../cluster/link/cluster_link.ts";
import { Names } from "../cluster/link/names.ts";
import { newestMessage } from "../cluster/link/newest_message.ts";
import type { Numbering } from "../cluster/orders/order_requests.ts";
import { AgentError } from "../../shared/errors.ts";
import { inspect } from "./inspection.ts";

/** What managers and moves make for themselves: nothing is lost with it. */
const PASSING = ["KV_NODES", "KV_MOVE"];
/** What follows the name of the cluster in the name of a stream. */
const WHAT = /^[A-Z]+(_\d+)?$/;

/** A stream of a cluster. */
export interface ClusterStream {
  /** Its name without the cluster's, such as `EVENTS_0` or `KV_AGENTS`. */
  what: string;
  info: StreamInfo;
}

/** All streams of a cluster, but for those that only matter while managers run. */
export async function streamsOf(link: ClusterLink): Promise<ClusterStream[]> {
  const { name } = link.options;
  const found: ClusterStream[] = [];
  for await (const info of link.manager.streams.list()) {
    const [, kind = "", rest = ""] = /^(KV_|OBJ_)?(.*)$/.exec(info.config.name) ?? [];
    const what = rest.startsWith(`${name}_`) ? rest.slice(name.length + 1) : "";
    if (WHAT.test(what) && !PASSING.includes(kind + what)) found.push({ what: kind + what, info });
  }
  return found;
}

/** What people have put on a cluster, such as `12 messages in KV_agents`; empty for one that managers were only started on. */
export async function contentOf(link: ClusterLink): Promise<string[]> {
  const content: string[] = [];
  for (const { what, info: { config, state } } of await streamsOf(link)) {
    const own = what === "KV_KEYS" ? state.messages : what === "KV_ORDERS" ? await unused(link) : 0;
    if (state.messages > own) content.push(`${state.messages - own} messages in ${config.name}`);
  }
  return content;
}

/** @throws AgentError while managers live: they know nothing of what is put behind their backs */
export async function refuseWithManagers(link: ClusterLink): Promise<void> {
  const { nodes } = await inspect(link);
  if (nodes.length === 0) return;
  const names = nodes.map(({ node }) => node).join(", ");
  throw new AgentError("failed", `Managers of cluster "${link.options.name}" run: ${names}`, {
    hint: "stop them; the lease of one that was killed runs out after 15 s",
  });
}

/** The numbering of orders is made at the first start: 1 when no order was ever given. */
async function unused(link: ClusterLink): Promise<number> {
  const bucket = new Names(link.options.name, 1).of("ORDERS");
  const place = { stream: `KV_${bucket}`, subject: `$KV.${bucket}.number` };
  const message = await newestMessage(link, place);
  return message?.json<Numbering>().last === 0 ? 1 : 0;
}
