/**
 * Logs of all forms, rotations, kills of the agent and a slow server that fails now and then; then
 * the count of every event.
 *
 * @module
 */

import type { TempFolder } from "../../support/queues.ts";
import { randomFrom } from "../../support/random.ts";
import { AgentSide, OwnServer } from "../../support/scene.ts";
import { KINDS, type MixedKind, MixedLog } from "./mixed_log.ts";
import { MixedCount } from "./mixed_count.ts";

/** How much goes on. */
export interface MixedOptions {
  folder: TempFolder;
  seed: number;
  /** Events of each stream of each log. */
  events: number;
  rotations: number;
  kills: number;
  /** Which logs are rotated; one within an event waits until the file that was left is quiet. @default all */
  rotates?: (kind: MixedKind) => boolean;
  onProgress?: (text: string) => void;
}

/** What was counted. */
export interface MixedResult {
  /** Written, of all streams. */
  events: number;
  lines: number;
  kills: number;
  rotations: number;
  missing: number;
  doubled: number;
  /** Pieces of events, and events with another text. */
  wrong: number;
  /** What the loss ledger says, as `agent losses` prints it. */
  losses: unknown[];
}

const EVENTS_A_STEP = 100;
const LOOK_INTERVAL_MS = 500;
const MOST_QUIET_LOOKS = 60;
const SERVER_FAULTS = [
  "events:latency:150ms:0.3",
  "events:503:0.05",
  "events:drop-after-store:0.05",
].flatMap((fault) => ["--fault", fault]);

/** Writes, rotates and kills, then waits until everything has arrived. */
export async function runMixed(options: MixedOptions): Promise<MixedResult> {
  const { folder, seed, onProgress = () => {} } = options;
  const random = randomFrom(seed);
  const logs = KINDS.map((kind) => new MixedLog(kind, folder.file("logs"), random));
  await using server = await OwnServer.start(folder, SERVER_FAULTS);
  const side = new AgentSide(folder, server, ["queue.durability: normal"]);
  side.configure();
  followAll(side, logs);
  await side.register();
  const count = new MixedCount(folder.file("received.jsonl"));
  await live(side, { logs, options, random, onProgress });
  await using agent = await side.start();
  for (const log of logs) {
    log.finish();
    // What closes the last event is none of those that are counted.
    log.write(1);
    log.finish();
  }
  const written = options.events;
  const wanted = written * logs.reduce((sum, { kind }) => sum + kind.streams.length, 0);
  await untilQuiet(count, wanted, onProgress);
  const { losses } = JSON.parse((await side.command("losses", "--json")).stdout);
  await agent.stop();
  count.update();
  const { rotations, kills } = options;
  return { events: wanted, ...count.result(written), rotations, kills, losses };
}

function followAll(side: AgentSide, logs: readonly MixedLog[]): void {
  const entries = logs.map(({ path, kind }) => `{ location: ${path}, ${kind.options} }`);
  const text = Deno.readTextFileSync(side.configPath);
  const followed = text.replace(/localfiles: .*/, `localfiles: [${entries.join(", ")}]`);
  Deno.writeTextFileSync(side.configPath, followed);
}

interface Life {
  logs: readonly MixedLog[];
  options: MixedOptions;
  random: () => number;
  onProgress: (text: string) => void;
}

/** The logs are written in steps; between them files are rotated and agents killed. */
async function live(side: AgentSide, { logs, options, random, onProgress }: Life): Promise<void> {
  const { events, rotations, kills, rotates = () => true } = options;
  const steps = Math.max(rotations, kills, 10, events / EVENTS_A_STEP) * 2;
  for (let lives = 0, step = 0; lives <= kills; lives++) {
    await using agent = await side.start();
    const end = Math.round(steps * (lives + 1) / (kills + 1));
    for (; step < end; step++) {
      for (const log of logs) {
        log.write(Math.round(events * (step + 1) / steps) - log.events);
        if (rotates(log.kind) && random() < rotations / steps) log.rotate();
      }
      await new Promise((resolve) => setTimeout(resolve, 5 + random() * 50));
    }
    onProgress(`${logs[0]?.events} of ${events} events of each stream, ${lives} kills`);
    await agent.stop("SIGKILL").catch(() => {});
  }
}

/** Until everything has come, or nothing comes any more. */
async function untilQuiet(
  count: MixedCount,
  wanted: number,
  onProgress: (text: string) => void,
): Promise<void> {
  for (let quiet = 0, before = 0; quiet < MOST_QUIET_LOOKS;) {
    const came = count.update();
    if (came >= wanted) return;
    quiet = came > before ? 0 : quiet + 1;
    before = came;
    onProgress(`${came} of ${wanted} events arrived`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
  }
}
