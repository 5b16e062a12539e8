/**
 * Moves: what was kept elsewhere is put on a cluster, by an import or from a backup. As long as one is under way there is a bucket
 * `<name>_MOVE` that says so, and no manager starts: nobody sees half of it. One that was killed is gone on with by the same command.
 *
 * A manager takes its lease first and looks for a move then; a move says so first and looks for leases then. So one of the two sees
 * the other.
 *
 * @module
 */

import { AgentError } from "../../../shared/errors.ts";
import { Bucket } from "../link/bucket.ts";
import type { ClusterLink } from "../link/cluster_link.ts";
import { Names } from "../link/names.ts";
import { newestMessage } from "../link/newest_message.ts";

const KEY = "move";

/** A move that is under way. */
export interface Move {
  kind: "import" | "restore";
  /** Tells what is moved from anything else. */
  source: string;
  /** Milliseconds since 1970. */
  began_at: number;
  /** Streams that are there already. */
  done: readonly string[];
}

/** The move that is under way; `undefined` for none. */
export async function moveUnderWay(link: ClusterLink): Promise<Move | undefined> {
  const bucket = bucketOf(link);
  const place = { stream: `KV_${bucket}`, subject: `$KV.${bucket}.${KEY}` };
  return (await newestMessage(link, place))?.json<Move>();
}

/** Begins a move, or goes on with it. Returns how far it has come. @throws AgentError when another one is under way */
export async function beginMove(
  link: ClusterLink,
  { kind, source }: Pick<Move, "kind" | "source">,
): Promise<Move> {
  const bucket = await Bucket.open<Move>(link, bucketOf(link));
  const begun = { kind, source, began_at: Date.now(), done: [] };
  const { value = begun } = await bucket.change(
    KEY,
    (there) => there === undefined ? begun : undefined,
  );
  if (value.kind === kind && value.source === source) return value;
  throw unfinished(value, "end that one first: give its command again, as it was given");
}

/** A stream of a move is there. */
export async function movedStream(link: ClusterLink, move: Move, stream: string): Promise<Move> {
  const next = { ...move, done: [...move.done, stream] };
  const bucket = await Bucket.open<Move>(link, bucketOf(link));
  await bucket.change(KEY, () => next);
  return next;
}

/** The move is over: managers may start. */
export async function endMove(link: ClusterLink): Promise<void> {
  await link.manager.streams.delete(`KV_${bucketOf(link)}`);
}

/** @throws AgentError while a move is under way */
export async function refuseDuringMove(link: ClusterLink): Promise<void> {
  const move = await moveUnderWay(link);
  if (move === undefined) return;
  throw unfinished(move, "give its command again, as it was given: it goes on where it was");
}

function unfinished({ kind, began_at }: Move, hint: string): AgentError {
  const what = kind === "import" ? "An import into" : "A restore of";
  const since = new Date(began_at).toISOString();
  return new AgentError("failed", `${what} this cluster began at ${since} and is not at its end`, {
    hint,
  });
}

function bucketOf({ options }: ClusterLink): string {
  return new Names(options.name, 1).of("MOVE");
}
