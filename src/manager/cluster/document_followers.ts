/**
 * The stateful events of all agents, followed: the documents of this node become what they say. Each node has all documents, so that
 * any of them can show them and compare their digests.
 *
 * @module
 */

import type { JsMsg } from "@nats-io/jetstream";
import { transaction } from "../../shared/sqlite/transaction.ts";
import type { Store } from "../store.ts";
import type { ClusterLink } from "./cluster_link.ts";
import { changesIn } from "./kept_lines.ts";
import type { Names } from "./names.ts";
import { StreamFollower } from "./stream_follower.ts";
import type { TurnTransaction } from "./turn_transaction.ts";

/** One for each stream of events, by its index. */
export function documentFollowers(
  { link, names, store, together }: {
    link: ClusterLink;
    names: Names;
    store: Store;
    together: TurnTransaction;
  },
): StreamFollower[] {
  return names.eventStreams.map((stream, index) =>
    new StreamFollower({
      link,
      stream,
      subjects: names.eventSubjects(index, "stateful"),
      take: (message) => apply(store, message),
      together,
    })
  );
}

function apply({ database, documents }: Store, { headers, data }: JsMsg): void {
  const agentId = headers?.get("Agent") ?? "";
  const changes = changesIn(new TextDecoder().decode(data));
  transaction(database, () => documents.apply(agentId, changes, Number(headers?.get("At"))));
}
