import assert from "node:assert/strict";
import { LogFile } from "../../../src/shared/log/log_file.ts";
import { RotatingFile } from "../../../src/shared/log/rotating_file.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { TempFolder } from "../../support/queues.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function stage(options: { maxBytes?: number; keep?: number } = {}) {
  const folder = new TempFolder();
  const path = folder.file("agent.log");
  const file = new RotatingFile({ path, maxBytes: 12, keep: 2, ...options });
  const read = (suffix = "") => {
    try {
      return Deno.readTextFileSync(path + suffix);
    } catch {
      return undefined;
    }
  };
  return {
    folder,
    path,
    file,
    read,
    [Symbol.dispose]() {
      file.close();
      folder[Symbol.dispose]();
    },
  };
}

Deno.test("a log file is its user's alone, goes on where it was, and is put aside before it is too large", async () => {
  using log = stage();
  Deno.writeTextFileSync(log.path, "before\n", { mode: 0o600 });
  await log.file.write(bytes("one\n"));
  assert.equal(log.read(), "before\none\n");
  for (const line of ["two\n", "three is long\n", "four\n", "five\n"]) {
    await log.file.write(bytes(line));
  }
  assert.deepEqual([log.read(), log.read(".1"), log.read(".2"), log.read(".3")], [
    "four\nfive\n",
    "three is long\n",
    "two\n",
    undefined,
  ]);
  if (Deno.build.os !== "windows") {
    assert.deepEqual(
      [".1", ""].map((suffix) => (Deno.statSync(log.path + suffix).mode ?? 0) & 0o777),
      [
        0o600,
        0o600,
      ],
    );
  }
});

Deno.test("with keep 0 nothing is kept beside it", async () => {
  using log = stage({ keep: 0 });
  for (const line of ["one is long\n", "two\n"]) await log.file.write(bytes(line));
  assert.deepEqual([log.read(), log.read(".1")], ["two\n", undefined]);
});

Deno.test("a file that was moved or removed by somebody else is made anew", async () => {
  using log = stage({ maxBytes: 1_000 });
  await log.file.write(bytes("one\n"));
  Deno.renameSync(log.path, `${log.path}.moved`);
  await log.file.write(bytes("two\n"));
  assert.deepEqual([log.read(), log.read(".moved")], ["two\n", "one\n"]);
  Deno.removeSync(log.path);
  await log.file.write(bytes("three\n"));
  assert.equal(log.read(), "three\n");
});

Deno.test("a line of which only the beginning was written is ended before the next", async () => {
  using log = stage({ maxBytes: 1_000 });
  Deno.writeTextFileSync(log.path, "half a li", { mode: 0o600 });
  await log.file.write(bytes("next\n"));
  assert.equal(log.read(), "half a li\nnext\n");
});

Deno.test("a link in the log file's place is not written through", async () => {
  using log = stage();
  Deno.writeTextFileSync(log.folder.file("other"), "theirs\n");
  Deno.symlinkSync(log.folder.file("other"), log.path);
  await assert.rejects(log.file.write(bytes("one\n")), /symbolic link/);
  assert.equal(Deno.readTextFileSync(log.folder.file("other")), "theirs\n");
});

Deno.test("LogFile never throws: what it cannot write is a problem with its reason, until it can", async () => {
  using folder = new TempFolder();
  const path = folder.file("no/agent.log");
  const clock = new FakeClock();
  const file = new LogFile({ path, maxBytes: 1_000, keep: 1, clock });
  file.write("one\ntwo\n");
  await file.close();
  const { reason, sinceMs, droppedLines } = file.status();
  assert.deepEqual([reason, sinceMs], ["no such file", clock.now()]);
  assert.ok(droppedLines >= 2);
  Deno.mkdirSync(folder.file("no"));
  file.write("three\n");
  await file.close();
  assert.equal(file.status().reason, undefined);
  assert.match(Deno.readTextFileSync(path), /^three\n/);
});
