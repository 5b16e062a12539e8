import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import {
  LogFolder,
  READ_INTERVAL_MS,
  RELOAD_INTERVAL_MS,
  REST_IDLE_MS,
} from "../../support/log_folder.ts";

Deno.test("Logcollector.takeOver() goes on with files that were deleted unread", async () => {
  await using folder = new LogFolder({ startAt: "beginning" });
  folder.append("a.log", "one\n");
  await folder.start();
  folder.append("a.log", "two\n");
  Deno.removeSync(folder.file("a.log"));
  await folder.reload();
  assert.deepEqual(folder.sink.lines, ["one", "two"]);
  assert.deepEqual(folder.sink.losses, []);
});

Deno.test("Logcollector goes on with a deleted file and the group on its way after a failed append", async () => {
  for (const fate of ["fail", "crash"] as const) {
    await using folder = new LogFolder({ startAt: "beginning" });
    folder.append("a.log", "one\n");
    await folder.start();
    folder.append("a.log", "two\n");
    folder.sink.fate = () => fate;
    await folder.pass();
    folder.sink.fate = () => "take";
    Deno.removeSync(folder.file("a.log"));
    await folder.restart();
    assert.deepEqual(folder.sink.lines, ["one", "two"], fate);
  }
});

Deno.test("Logcollector.close() reads deleted and renamed files to their end, unfinished line included", async () => {
  await using folder = new LogFolder({ startAt: "beginning" });
  folder.append("a.log", "one\n");
  folder.append("b.log", "1\n");
  await folder.start();
  Deno.removeSync(folder.file("a.log"));
  await folder.pass();
  await folder.stop();
  folder.append("b.log", "2\n");
  await folder.restart();
  assert.deepEqual(folder.sink.lines, ["one", "1", "2"]);
  await folder.close();
  assert.deepEqual(folder.sink.losses, []);
});

Deno.test("Logcollector.close() writes into the ledger what there was no time for", async () => {
  await using folder = new LogFolder({ startAt: "beginning" });
  folder.append("a.log", "one\n");
  await folder.start();
  const writer = Deno.openSync(folder.file("a.log"), { append: true });
  Deno.removeSync(folder.file("a.log"));
  await folder.pass();
  folder.sink.pushBack();
  writer.writeSync(new TextEncoder().encode("two\n"));
  writer.close();
  await folder.clock.advance(READ_INTERVAL_MS);
  const limit = AbortSignal.abort();
  await folder.stop();
  folder.sink.open();
  await folder.close(limit);
  assert.deepEqual(folder.sink.lines, ["one"]);
  const [loss] = folder.sink.losses;
  assert.deepEqual([loss?.bytes, loss?.detail], [4, folder.file("a.log")]);
});

Deno.test("Logcollector says that a file is gone that was followed when the agent was killed", async () => {
  await using folder = new LogFolder({ startAt: "beginning" });
  folder.append("a.log", "one\nunfinished");
  await folder.start();
  await folder.stop();
  Deno.removeSync(folder.file("a.log"));
  await folder.start();
  const loss = {
    events: 0,
    bytes: "unfinished".length,
    reason: "file gone before it was read",
    detail: folder.file("a.log"),
  };
  assert.deepEqual(folder.sink.losses, [loss]);
  await folder.stop();
  await folder.start();
  assert.equal(folder.sink.losses.length, 1);
});

Deno.test("Logcollector reads on in the compressed file that a log became while the agent was down", async () => {
  await using folder = new LogFolder({ startAt: "beginning" });
  const lines = Array.from({ length: 500 }, (_, line) => `line ${line} ${"x".repeat(line % 50)}`);
  const text = lines.map((line) => `${line}\n`).join("");
  folder.append("a.log", text.slice(0, 9_000));
  await folder.start();
  await folder.stop();
  Deno.removeSync(folder.file("a.log"));
  Deno.writeFileSync(folder.file("a.log.1.gz"), gzipSync(text));
  Deno.writeFileSync(folder.file("a.log.2.gz"), gzipSync("another file\n"));
  folder.append("a.log", "new\n");
  await folder.start();
  await folder.pass(2 * RELOAD_INTERVAL_MS + REST_IDLE_MS);
  assert.deepEqual(folder.sink.lines, [...lines, "new"]);
  await folder.stop();
  await folder.start();
  assert.equal(folder.sink.lines.length, lines.length + 1);
});
