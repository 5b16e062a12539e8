import type { StoredMsg } from "@nats-io/jetstream";
import { isNoMessage, isNoStream } from "./cluster_failure.ts";
import type { ClusterLink } from "./cluster_link.ts";

/** The newest message of a subject as its leader knows it; `undefined` when there is none, or no such stream. */
export async function newestMessage(
  link: ClusterLink,
  { stream, subject }: { stream: string; subject: string },
): Promise<StoredMsg | undefined> {
  try {
    const found = await link.manager.streams.getMessage(stream, { last_by_subj: subject });
    return found ?? undefined;
  } catch (error) {
    if (isNoMessage(error) || isNoStream(error)) return undefined;
    throw error;
  }
}
