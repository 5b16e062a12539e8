/**
 * A swarm of changes: are all of them committed, and how soon?
 *
 * @module
 */

import { TempFolder } from "../../tests/support/queues.ts";
import { readMark } from "../../src/agent/modules/fim/record/record_codec.ts";
import { FimStage } from "./stage.ts";

/** Longer than any commit takes. */
const QUIET_MS = 5_000;

/** What came of it. */
interface SwarmResult {
  changes: number;
  tookMs: number;
  /** Files whose last change was not committed. */
  lost: number;
  gaps: number;
  /** Milliseconds from a file's last change to its commit. */
  p50: number;
  p99: number;
}

/** Makes `changes` changes to `files` files in about `durationMs`, in a process of their own. */
export async function measureSwarm(
  way: string,
  { changes, files, durationMs }: { changes: number; files: number; durationMs: number },
): Promise<SwarmResult> {
  using data = new TempFolder();
  using watched = new TempFolder();
  for (let index = 0; index < files; index++) Deno.writeTextFileSync(watched.file(`f${index}`), "");
  await using stage = new FimStage(data, { directories: [watched.path], realtime: way });
  await stage.start();
  const commits = new Map<string, number>();
  const stop = noteCommits(stage, commits);
  const startedMs = Date.now();
  const last = await swarm(watched.path, { changes, files, durationMs });
  const tookMs = Date.now() - startedMs;
  await settled(stage);
  stop();
  const delays = [...last].map(([path, atMs]) => (commits.get(path) ?? Infinity) - atMs)
    .sort((one, other) => one - other);
  return {
    changes,
    tookMs,
    lost: [...last.keys()].filter((path) => !isStored(stage, path)).length,
    gaps: stage.detail("gaps"),
    p50: delays[Math.floor(delays.length * 0.5)] ?? 0,
    p99: delays[Math.floor(delays.length * 0.99)] ?? 0,
  };
}

/** Resolves when nothing waits, and nothing was committed for a while: what is being looked at waits no more. */
async function settled(stage: FimStage): Promise<void> {
  for (let before = -1; before !== stage.detail("changes");) {
    before = stage.detail("changes");
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    await stage.until(() => stage.detail("paths_waiting") === 0);
  }
}

/** Whether a file is stored as it is now. */
function isStored({ keeper }: FimStage, path: string): boolean {
  const [row] = keeper.range("file", { from: path, until: `${path}\0` }, 1);
  return row?.data instanceof Uint8Array &&
    readMark(row.data).status.size === Deno.statSync(path).size;
}

/** Notes when the newest state of a file was committed, by the size that it then has. */
function noteCommits({ keeper }: FimStage, commits: Map<string, number>): () => void {
  const apply = keeper.apply.bind(keeper);
  keeper.apply = async (collector, changes, context) => {
    await apply(collector, changes, context);
    const nowMs = Date.now();
    for (const change of changes) if ("item" in change) commits.set(change.item.key, nowMs);
  };
  return () => keeper.apply = apply;
}

/** Appends a byte to one file after the other; gives when each was changed last. */
async function swarm(
  folder: string,
  { changes, files, durationMs }: { changes: number; files: number; durationMs: number },
): Promise<Map<string, number>> {
  const script = `
    const [folder, changes, files, durationMs] = Deno.args;
    const last = {};
    const byte = new TextEncoder().encode("x");
    const start = Date.now();
    for (let index = 0; index < Number(changes); index++) {
      const path = folder + "/f" + index % Number(files);
      const file = Deno.openSync(path, { append: true });
      file.writeSync(byte);
      file.close();
      last[path] = Date.now();
      const ahead = index / Number(changes) * Number(durationMs) - (Date.now() - start);
      if (ahead > 20) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ahead);
    }
    console.log(JSON.stringify(last));`;
  const file = Deno.makeTempFileSync({ suffix: ".js" });
  Deno.writeTextFileSync(file, script);
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", file, folder, `${changes}`, `${files}`, `${durationMs}`],
  }).output();
  Deno.removeSync(file);
  return new Map(Object.entries(JSON.parse(new TextDecoder().decode(stdout))));
}
