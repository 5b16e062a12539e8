/**
 * `agent queue import`: puts exported events back, behind all that is queued.
 *
 * @module
 */

import { AgentError, messageOf } from "../../../shared/errors.ts";
import type { Amount } from "../../../shared/protocol/stored_events.ts";
import type { Stream } from "../../../shared/protocol/wire.ts";
import { pluralize } from "../../../shared/text.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { ControlClient } from "../../control/control_client.ts";
import { readNamedFile } from "../../../shared/files/named_file.ts";
import { endpointIn } from "../../control/endpoint.ts";
import { parseEventLines } from "../../control/event_lines.ts";
import type { CliIo } from "../cli_io.ts";
import { exportedEvent } from "./exported_event.ts";
import { configOf, type QueueCommandOptions } from "./open.ts";

/** So much goes into the queue at once. */
const GROUP = { events: 10_000, bytes: 4_000_000 };

/** Events of one stream, as they are stored. */
interface Group extends Amount {
  stream: Stream;
  lines: string;
}

/**
 * Reads all of the file before the first event is put back.
 *
 * @throws {AgentError} `failed` when a line is no exported event, or the queue has no room for all; then nothing has changed
 */
export async function importEvents(
  io: CliIo,
  path: string,
  options: QueueCommandOptions,
): Promise<void> {
  const config = await configOf(io, options.config);
  const groups = groupsIn(path, await readFile(path, io.signal));
  const { signal } = io;
  const isRunning = await importRunning(config, groups, { path, signal });
  if (!isRunning) {
    const { importStopped } = await import("../../app/stopped/stopped_queue.ts");
    await importStopped(config, groups, { path, signal });
  }
  const events = groups.reduce((sum, group) => sum + group.events, 0);
  const via = isRunning ? "running agent" : "queue";
  io.stdout(
    options.json
      ? `${JSON.stringify({ schema: 1, events, via: via.replace(" ", "_") })}\n`
      : `${pluralize(events, "event")} put behind what is queued, through the ${via}\n`,
  );
}

async function readFile(path: string, signal: AbortSignal): Promise<string> {
  try {
    return await readNamedFile(path, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw new AgentError("failed", `Cannot read "${path}": ${messageOf(error)}`, {
      cause: error,
      hint: "give the file that agent queue export --out wrote",
    });
  }
}

function groupsIn(path: string, text: string): Group[] {
  const groups: Group[] = [];
  text.split("\n").forEach((line, index) => {
    if (line === "") return;
    const { stream, lines } = readLine(line, `${path}:${index + 1}`);
    const last = groups.at(-1);
    const fits = last?.stream === stream && last.events < GROUP.events && last.bytes < GROUP.bytes;
    const group = fits ? last : { stream, lines: "", events: 0, bytes: 0 };
    if (!fits) groups.push(group);
    group.lines += lines;
    group.events++;
    group.bytes += lines.length;
  });
  return groups;
}

function readLine(line: string, place: string): { stream: Stream; lines: string } {
  try {
    const event = exportedEvent(line);
    parseEventLines(event.stream, new TextEncoder().encode(event.lines));
    return event;
  } catch (error) {
    throw new AgentError("failed", `${place}: no exported event: ${messageOf(error)}`, {
      cause: error,
      hint: "give a file that agent queue export wrote, without lines that are damaged",
    });
  }
}

/** False when no agent runs. */
async function importRunning(
  { agent }: AgentConfig,
  groups: readonly Group[],
  { path, signal }: { path: string; signal: AbortSignal },
): Promise<boolean> {
  try {
    using client = ControlClient.to(endpointIn(agent.path.run));
    const { queue, streams } = await client.status();
    const { requireRoomFor } = await import("../../app/queue/room_for_import.ts");
    const queued = Object.values(streams)
      .map(({ queued_events, queued_bytes }) => ({ events: queued_events, bytes: queued_bytes }));
    requireRoomFor(groups, { queued, max: { events: queue.max_events, bytes: queue.max_bytes } });
    for (const { stream, lines } of groups) {
      await client.importEvents(stream, lines, { from: path, signal });
    }
    return true;
  } catch (error) {
    if (error instanceof AgentError && error.code === "not_running") return false;
    throw error;
  }
}
