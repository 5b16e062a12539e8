/**
 * Changing the queue of an agent that does not run, under the lock of its data folder. Makes no queue where there is none.
 *
 * @module
 */

import { systemClock } from "../../../shared/clock.ts";
import type {
  LetterChange,
  LetterOrder,
  LetterSelection,
  PurgeOrder,
  PurgeReport,
  VerifyReport,
} from "../../../shared/protocol/queue_inspection.ts";
import type { Account, Amount, EventSpan } from "../../../shared/protocol/stored_events.ts";
import type { Stream } from "../../../shared/protocol/wire.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { lockDataFolder } from "../../identity/data_folder_lock.ts";
import { orderLetters } from "../../queue/letter_orders.ts";
import { Queue } from "../../queue/queue.ts";
import { QueueFile } from "../../queue/queue_file.ts";
import { MODULES } from "../../modules/modules.ts";
import { countersIn } from "../state_parts.ts";
import { outdatedStates } from "../../state/outdated_state.ts";
import { STREAMS } from "../../queue/types.ts";
import { parseEventLines } from "../../control/event_lines.ts";
import { appendLocalEvents } from "../queue/local_events.ts";
import { purgeQueue } from "../queue/purge.ts";
import { requireRoomFor } from "../queue/room_for_import.ts";
import { existingDatabase, openQueueReader, verifyQueueOf } from "../queue/queue_inspection.ts";
import { queueOptions } from "../queue/queue_settings.ts";

/** A queue before or after it was mended. */
interface QueueState {
  verified: VerifyReport;
  /** `null` when too much is damaged to tell. */
  accounts: Record<Stream, Account> | null;
}

/** What a repair did. */
export interface RepairReport {
  /** False when nothing was wrong. */
  repaired: boolean;
  /** Where the damaged file is now. */
  set_aside_as: string | null;
  /** Events that could not be read, of both streams; they are in the loss ledger. */
  lost_events: number;
  before: QueueState;
  after: QueueState;
}

/**
 * Has dead letters sent again by the next agent, or gives them up.
 *
 * @throws {AgentError} `data_folder_locked` when an agent runs; else as `orderLetters` and `existingDatabase`
 */
export async function orderStoppedLetters(
  config: AgentConfig,
  order: LetterOrder,
  selection: LetterSelection,
): Promise<LetterChange> {
  existingDatabase(config);
  using _lock = lockDataFolder(config.agent.path.data, { briefly: true });
  using queue = Queue.open(queueOptions(config, { clock: systemClock }));
  const nowMs = systemClock.now();
  const outdated = outdatedStates(countersIn(MODULES));
  return await orderLetters(queue, { order, selection, nowMs, outdated });
}

/**
 * Gives up old events.
 *
 * @throws {AgentError} `data_folder_locked` when an agent runs; else as `existingDatabase`
 */
export async function purgeStoppedQueue(
  config: AgentConfig,
  order: PurgeOrder,
): Promise<PurgeReport> {
  existingDatabase(config);
  using _lock = lockDataFolder(config.agent.path.data, { briefly: true });
  using queue = Queue.open(queueOptions(config, { clock: systemClock }));
  return await purgeQueue(queue, order);
}

/**
 * Puts exported events behind all that is queued; the ledger notes which file they are from.
 *
 * @param groups in the encoding of the queue, as `parseEventLines` reads it
 * @throws {AgentError} `data_folder_locked` when an agent runs, `failed` when there is no room for all; then nothing has changed
 */
export async function importStopped(
  config: AgentConfig,
  groups: readonly (Amount & { stream: Stream; lines: string })[],
  { path, signal }: { path: string; signal: AbortSignal },
): Promise<void> {
  existingDatabase(config);
  using _lock = lockDataFolder(config.agent.path.data, { briefly: true });
  using queue = Queue.open(queueOptions(config, { clock: systemClock }));
  const queued = STREAMS.map((stream) => queue.account(stream).queued);
  requireRoomFor(groups, { queued, max: queue.max });
  for (const { stream, lines } of groups) {
    const events = parseEventLines(stream, new TextEncoder().encode(lines));
    await appendLocalEvents(queue, { stream, events, signal, importedFrom: path });
  }
}

/**
 * Puts stateless events behind all that is queued; resolves once they are on disk. While the queue is full it waits.
 *
 * @throws {AgentError} `data_folder_locked` when an agent runs; `not_acknowledged` as `appendLocalEvents`; else as `existingDatabase`
 * @throws the signal's reason when aborted before that
 */
export async function appendStopped(
  config: AgentConfig,
  events: readonly string[],
  signal: AbortSignal,
): Promise<EventSpan> {
  existingDatabase(config);
  using _lock = lockDataFolder(config.agent.path.data, { briefly: true });
  using queue = Queue.open(queueOptions(config, { clock: systemClock }));
  return await appendLocalEvents(queue, { stream: "stateless", events, signal });
}

/**
 * Mends a queue in which something is wrong: the file is moved aside untouched, and all that can be read of it goes into a new one.
 *
 * @throws {AgentError} `data_folder_locked` when an agent runs; `folder_unusable` when there is no room for the new one, then the old one
 * is where it was; else as `existingDatabase`
 */
export function repairQueue(config: AgentConfig): RepairReport {
  existingDatabase(config);
  using _lock = lockDataFolder(config.agent.path.data, { briefly: true });
  const before = stateOf(config);
  const [defect] = before.verified.defects;
  if (defect === undefined) {
    return { repaired: false, set_aside_as: null, lost_events: 0, before, after: before };
  }
  const found = new Error(`${defect.where}: ${defect.problem}`);
  const file = QueueFile.open(queueOptions(config, { clock: systemClock }), found);
  file.close();
  const { set_aside_as = null, lost_events = 0 } = file.damaged ?? {};
  return { repaired: true, set_aside_as, lost_events, before, after: stateOf(config) };
}

function stateOf(config: AgentConfig): QueueState {
  const verified = verifyQueueOf(config, true);
  try {
    using reader = openQueueReader(config);
    return { verified, accounts: reader.accounts() };
  } catch {
    return { verified, accounts: null };
  }
}
