import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  download,
  type FileSource,
  type PartOutcome,
} from "../../../src/agent/upgrade/download.ts";
import { UpgradeRefusal } from "../../../src/agent/upgrade/refusal.ts";
import { MemoryClock } from "../../support/fake_clock.ts";
import { TempFolder } from "../../support/queues.ts";

const CONTENT = crypto.getRandomValues(new Uint8Array(50_000));
const PIECE = 1_000;

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A server that sends `content` and is cut after so many bytes each time. */
class CutSource implements FileSource {
  sent = 0;
  readonly offsets: number[] = [];

  constructor(
    readonly content: Uint8Array,
    readonly cuts: number[] = [],
    readonly last: PartOutcome = { kind: "done" },
    readonly ranges = true,
  ) {}

  async read(
    { offset }: Parameters<FileSource["read"]>[0],
    sink: Parameters<FileSource["read"]>[1],
  ): Promise<PartOutcome> {
    this.offsets.push(offset);
    const cut = this.cuts.shift();
    const from = this.ranges ? offset : 0;
    const end = cut === undefined ? this.content.length : Math.min(from + cut, this.content.length);
    sink.start(from);
    for (let at = from; at < end; at += PIECE) {
      const piece = this.content.subarray(at, Math.min(at + PIECE, end));
      this.sent += piece.length;
      await sink.write(piece);
    }
    return cut === undefined ? this.last : { kind: "retry", reason: "cut" };
  }
}

async function attempt(
  folder: TempFolder,
  source: FileSource,
  change: { size?: number; sha256?: string; bytesPerSecond?: number } = {},
): Promise<{ error: unknown; waitedMs: number }> {
  const { size = CONTENT.length, sha256 = hashOf(CONTENT), bytesPerSecond = 1e9 } = change;
  const clock = new MemoryClock();
  const work = download({ name: "agent", size, sha256 }, folder.file("partial"), {
    source,
    bytesPerSecond: () => bytesPerSecond,
    retryWaits: { next: (afterMs = 1_000) => afterMs, reset: () => {} },
    onProgress: () => {},
    clock,
    signal: new AbortController().signal,
  }).then(() => undefined, (error) => error);
  let isOver = false;
  work.then(() => isOver = true);
  while (!isOver) await clock.advance(100);
  return { error: await work, waitedMs: clock.monotonic() };
}

function reasonOf(error: unknown): string {
  assert.ok(error instanceof UpgradeRefusal, String(error));
  return error.reason;
}

Deno.test("download() goes on behind what came, and takes no byte twice", async () => {
  using folder = new TempFolder();
  const source = new CutSource(CONTENT, Array.from({ length: 10 }, () => 4_321));
  assert.equal((await attempt(folder, source)).error, undefined);
  assert.deepEqual(Deno.readFileSync(folder.file("partial")), CONTENT);
  assert.equal(source.sent, CONTENT.length);
  assert.equal(source.offsets.length, 11);
});

Deno.test("download() goes on with what a process before it left", async () => {
  using folder = new TempFolder();
  Deno.writeFileSync(folder.file("partial"), CONTENT.subarray(0, 30_000));
  const source = new CutSource(CONTENT);
  assert.equal((await attempt(folder, source)).error, undefined);
  assert.deepEqual(source.offsets, [30_000]);
  assert.equal(hashOf(Deno.readFileSync(folder.file("partial"))), hashOf(CONTENT));
});

Deno.test("download() begins anew where the server sends all of it, or what is here is too long", async () => {
  using folder = new TempFolder();
  Deno.writeFileSync(folder.file("partial"), CONTENT.subarray(0, 30_000));
  const whole = new CutSource(CONTENT, [], { kind: "done" }, false);
  assert.equal((await attempt(folder, whole)).error, undefined);
  assert.equal(hashOf(Deno.readFileSync(folder.file("partial"))), hashOf(CONTENT));
  Deno.writeFileSync(folder.file("partial"), new Uint8Array(60_000));
  const source = new CutSource(CONTENT);
  assert.equal((await attempt(folder, source)).error, undefined);
  assert.deepEqual(source.offsets, [0]);
});

Deno.test("download() refuses another hash or size, and forgets what came", async () => {
  using folder = new TempFolder();
  const other = CONTENT.slice();
  other[25_000] = (other[25_000] ?? 0) ^ 1;
  for (
    const [source, change, reason] of [
      [new CutSource(other), {}, "wrong_hash"],
      [new CutSource(CONTENT), { size: CONTENT.length - 1 }, "wrong_size"],
      [new CutSource(CONTENT), { size: CONTENT.length + 1 }, "wrong_size"],
    ] as const
  ) {
    assert.equal(reasonOf((await attempt(folder, source, change)).error), reason);
    assert.equal(Deno.statSync(folder.file("partial")).size, 0);
  }
});

Deno.test("download() gives up what will not work, and what brings nothing for long; what came stays", async () => {
  using folder = new TempFolder();
  const gone = new CutSource(CONTENT, [20_000], { kind: "give_up", reason: "404" });
  gone.read = async (request, sink) => {
    if (request.offset > 0) return { kind: "give_up", reason: "404" };
    return await CutSource.prototype.read.call(gone, request, sink);
  };
  assert.equal(reasonOf((await attempt(folder, gone)).error), "download_failed");
  assert.equal(Deno.statSync(folder.file("partial")).size, 20_000);
  const dead: FileSource = { read: () => Promise.resolve({ kind: "retry", reason: "refused" }) };
  const { error } = await attempt(folder, dead);
  assert.equal(reasonOf(error), "download_failed");
  assert.match(String(error), /refused/);
});

Deno.test("download() waits as long as the server asks it to, and takes no more a second than it may", async () => {
  using folder = new TempFolder();
  let tries = 0;
  const source = new CutSource(CONTENT);
  const busy: FileSource = {
    read: (request, sink) =>
      tries++ === 0
        ? Promise.resolve({ kind: "retry", reason: "429", afterMs: 30_000 })
        : source.read(request, sink),
  };
  assert.ok((await attempt(folder, busy)).waitedMs >= 30_000);
  Deno.removeSync(folder.file("partial"));
  const large = new Uint8Array(5 * 1_048_576);
  const limits = { size: large.length, sha256: hashOf(large), bytesPerSecond: 1_048_576 };
  const { error, waitedMs } = await attempt(folder, new CutSource(large), limits);
  assert.equal(error, undefined);
  assert.ok(waitedMs >= 3_000, `${waitedMs} ms by a clock that the test moves`);
});

Deno.test("download() says that the disk is full, and keeps what is on it", async () => {
  using folder = new TempFolder();
  const full: FileSource = {
    read: () => Promise.reject(new Error("No space left on device (os error 28)")),
  };
  assert.equal(reasonOf((await attempt(folder, full)).error), "no_space");
});
