/**
 * A data folder with a queue that holds some of everything, and the commands that look into it.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { encodeStateful, encodeStateless } from "../../src/shared/protocol/event_encoder.ts";
import type { Queue } from "../../src/agent/queue/queue.ts";
import type { Batch } from "../../src/agent/queue/types.ts";
import type { Stream } from "../../src/shared/protocol/wire.ts";
import type { CommandResult } from "./agent_process.ts";
import { openQueue, roomy, TempFolder } from "./queues.ts";
import { runCommand } from "./run_command.ts";

/** Line 1 of batches in tests. */
const AGENT_LINE = '{"agent":{"id":"test"}}';

/** A folder with configuration, and commands on it. */
export class QueueScene implements Disposable {
  readonly folder: TempFolder = new TempFolder();

  constructor() {
    const { path } = this.folder;
    const lines = [`agent.path.data: ${path}`, `agent.path.run: ${path}/run`];
    Deno.writeTextFileSync(this.config, lines.join("\n") + "\n");
  }

  get config(): string {
    return this.folder.file("agent.yaml");
  }

  /** Runs a command on the folder. */
  run(...args: string[]): Promise<CommandResult> {
    return runCommand(...args, "--config", this.config);
  }

  /** What a command prints as JSON. */
  // deno-lint-ignore no-explicit-any -- a document of another program, looked at member by member
  async json(...args: string[]): Promise<any> {
    return JSON.parse((await this.run(...args, "--json")).stdout);
  }

  /** Changes the database behind the queue's back. */
  damage(sql: string): void {
    const database = new DatabaseSync(this.folder.file("agent.db"));
    database.exec(sql);
    database.close();
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }
}

/** Makes a batch of the oldest events. */
export async function claim(queue: Queue, stream: Stream, maxEvents?: number): Promise<Batch> {
  const limits = { ...roomy, ...(maxEvents !== undefined && { max_events: maxEvents }) };
  const batch = await queue.claim(stream, { limits, encoding: "identity", agent_line: AGENT_LINE });
  if (batch === undefined) throw new Error(`No ${stream} event waits`);
  return batch;
}

/** Lines of `count` stateless events. */
export function stateless(count: number, prefix = "line "): string[] {
  return Array.from(
    { length: count },
    (_, index) =>
      encodeStateless({ module: "logcollector", collector: "file" }, {
        event: { original: `${prefix}${index}` },
      }),
  );
}

/**
 * Fills the queue of a scene: 5 stateless events of which the first 2 are dead letter 1 and the next 2 in a batch, a stateful `create`
 * and a `delete`, a checkpoint, a loss.
 */
export async function fill(scene: QueueScene): Promise<void> {
  using queue = openQueue(scene.folder);
  await queue.append({
    stream: "stateless",
    events: stateless(5),
    checkpoints: [{ collector: "logcollector", key: "1:2", value: '{"offset":5}' }],
    losses: [{ events: 3, bytes: 30, reason: "file truncated", detail: "/var/log/a.log" }],
  });
  const refused = await claim(queue, "stateless", 2);
  await queue.setAside(refused, { status: 400, reason: "unknown module" });
  await claim(queue, "stateless", 2);
  const header = { module: "inventory", id: "p1" };
  await queue.append({
    stream: "stateful",
    events: [
      encodeStateful({ ...header, operation: "create" }, { package: { name: "vim" } }),
      encodeStateful({ ...header, operation: "delete" }),
    ],
  });
}
