/**
 * Whose states these are. Documents have the agent's id in theirs: under another identity all of them are told anew, and those that were
 * told before belong to the agent that was.
 *
 * @module
 */

import type { StateCore } from "./state_core.ts";

/** Takes back stateful events that wait in the queue; resolves with their number. */
type Withdraw = (
  withdrawal: {
    stream: "stateful";
    matches: (event: Uint8Array) => boolean;
    reason: string;
    detail: string;
  },
) => Promise<number>;

const decoder = new TextDecoder();

/**
 * Forgets the states of an earlier identity, and takes back what waits to be told of them. To be called before anything is scanned or
 * sent.
 */
export async function adoptStates(core: StateCore, withdraw: Withdraw): Promise<void> {
  const { agentId } = core.deps;
  const owner = core.look((store) => store.owner());
  if (owner?.agentId === agentId) return;
  if (owner !== undefined) {
    const modules = new Set(
      core.look((store) => store.sources.list()).map(({ module, collector }) =>
        JSON.stringify([module, collector])
      ),
    );
    if (modules.size > 0) {
      await withdraw({
        stream: "stateful",
        matches: (event) => modules.has(sourceNameIn(event)),
        reason: "states of an earlier identity",
        detail: `agent ${owner.agentId}`,
      });
    }
  }
  const { events: droppedEvents } = core.deps.queue.account("stateful").dropped;
  await core.transact((store) => {
    if (owner !== undefined) store.forgetAll();
    store.setOwner({ agentId, droppedEvents });
  });
  core.counters.clear();
}

function sourceNameIn(event: Uint8Array): string {
  const end = event.indexOf(0x0a, 1);
  try {
    const text = decoder.decode(event.subarray(1, end === -1 ? undefined : end));
    const { module, collector } = JSON.parse(text);
    return JSON.stringify([module, collector]);
  } catch {
    return "";
  }
}
