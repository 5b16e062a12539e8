/**
 * The stateful events of all agents, followed: the documents of this node become what they say. Each node has all documents, so that
 * any of them can show them and compare their digests.
 *
 * Documents outlive a restart of the node, and often the events that made them: it goes on behind the last message that it took.
 *
 * @module
 */

import type { JsMsg } from "@nats-io/jetstream";
import { transaction } from "../../../shared/sqlite/transaction.ts";
import { DocumentCursors, type StreamIdentity } from "../../documents/document_cursors.ts";
import type { Store } from "../../store.ts";
import type { ClusterLink } from "./cluster_link.ts";
import { changesIn } from "../events/kept_lines.ts";
import type { Names } from "./names.ts";
import { StreamFollower } from "./stream_follower.ts";
import type { TurnTransaction } from "./turn_transaction.ts";

/** What the followers work with. */
interface DocumentParts {
  link: ClusterLink;
  names: Names;
  store: Store;
  together: TurnTransaction;
}

/** One for each stream of events, by its index. */
export async function documentFollowers(parts: DocumentParts): Promise<StreamFollower[]> {
  const { link, names, store, together } = parts;
  const cursors = new DocumentCursors(store.database);
  const places = await placesOf(parts, cursors);
  return names.eventStreams.map((stream, index) => {
    let last = places[index] ?? 0;
    return new StreamFollower({
      link,
      stream,
      subjects: names.eventSubjects(index, "stateful"),
      after: last,
      take: (message) => {
        const from = last;
        last = message.seq;
        apply(store, message, () => cursors.moveOn(stream, { from, to: message.seq }));
      },
      together,
    });
  });
}

/** Where each stream is gone on with; all from the beginning when one is not what was followed before. */
async function placesOf(
  { link, names, store }: DocumentParts,
  cursors: DocumentCursors,
): Promise<number[]> {
  const streams = await Promise.all(names.eventStreams.map(async (stream) => {
    const { created, state } = await link.manager.streams.info(stream);
    return { stream, created, lastSequence: state.last_seq };
  }));
  const places = streams.map((stream) => placeIn(stream, cursors));
  if (!places.includes(undefined)) return places as number[];
  transaction(store.database, () => cursors.beginAnew(streams));
  return streams.map(() => 0);
}

/** A stream that was put back from a backup may be behind what was followed. */
function placeIn(
  stream: StreamIdentity & { lastSequence: number },
  cursors: DocumentCursors,
): number | undefined {
  const place = cursors.read(stream);
  return place === undefined || place > stream.lastSequence ? undefined : place;
}

function apply(
  { database, documents }: Store,
  { headers, data }: JsMsg,
  moveOn: () => void,
): void {
  const agentId = headers?.get("Agent") ?? "";
  const changes = changesIn(new TextDecoder().decode(data));
  transaction(database, () => {
    documents.apply(agentId, changes, Number(headers?.get("At")));
    moveOn();
  });
}
