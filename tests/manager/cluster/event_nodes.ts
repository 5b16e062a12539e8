/**
 * Nodes of a cluster as far as they store events: no managers, no agents.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { v7 } from "uuid";
import { ensureEventStreams, whenReady } from "../../../src/manager/cluster/link/assets.ts";
import { ClusterLink } from "../../../src/manager/cluster/link/cluster_link.ts";
import { JetStreamEventLog } from "../../../src/manager/cluster/events/jetstream_event_log.ts";
import { Names } from "../../../src/manager/cluster/link/names.ts";
import type { ClusterOptions } from "../../../src/manager/cluster/options_schema.ts";
import type { Submission } from "../../../src/manager/stores/event_log.ts";
import { systemClock } from "../../../src/shared/clock.ts";

/** A node. */
export interface EventNode {
  node: string;
  link: ClusterLink;
  log: JetStreamEventLog;
  /** Messages that it has published. */
  published: number;
}

/** Opens nodes. @param holderOf says which of them watches an agent */
export async function openEventNodes(
  options: ClusterOptions,
  nodes: readonly string[],
  holderOf: (agentId: string) => string | undefined,
) {
  const names = new Names(options.name, 1);
  const opened = await Promise.all(nodes.map((node) => openNode({ ...options, node }, holderOf)));
  const [first] = opened;
  if (first !== undefined) {
    await whenReady("get ready", () => ensureEventStreams(first.link, names));
  }
  return {
    nodes: opened,
    messages: async () => {
      const info = await first?.link.manager.streams.info(names.of("EVENTS_0"));
      return info?.state.messages;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(opened.map(({ link }) => link.close()));
    },
  };
}

async function openNode(
  options: ClusterOptions,
  holderOf: (agentId: string) => string | undefined,
): Promise<EventNode> {
  const link = await ClusterLink.open(options);
  const log = new JetStreamEventLog({
    link,
    names: new Names(options.name, 1),
    agents: { has: () => Promise.resolve(true) },
    counts: { countStored: () => {}, countRepeat: () => {} },
    report: () => Promise.resolve(),
    followers: [],
    holderOf: (agentId) => {
      const holder = holderOf(agentId);
      return holder === options.node ? undefined : holder;
    },
    clock: systemClock,
  });
  log.start();
  const node: EventNode = { node: options.node, link, log, published: 0 };
  const publish = link.publisher.publish.bind(link.publisher);
  link.publisher.publish = (...message) => {
    node.published++;
    return publish(...message);
  };
  return node;
}

/** A batch of stateless events, and how a node is given it. */
export function batchFor(agentId: string, lines: string, key = v7()) {
  const fingerprint = createHash("sha256").update(lines).digest();
  const submission: Submission = {
    group: { receivedAtMs: 0, agentId, stream: "stateless", batchId: key, events: 1, lines },
    answer: { status: 204, body: "" },
    shutdown: false,
    entries: [],
    reports: [],
  };
  return async ({ log }: EventNode) =>
    (await log.accept({ agentId, requestKey: { agentId, key, fingerprint } }, () => submission))
      .kind;
}
