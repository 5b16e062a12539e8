import assert from "node:assert/strict";
import { betweenSteps } from "../../../../conservation/support/between_steps.ts";
import { LogFolder, READ_INTERVAL_MS, RELOAD_INTERVAL_MS } from "../../support/log_folder.ts";

const LONG_MS = 4 * RELOAD_INTERVAL_MS;

function lines(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => `line ${from + index} ${"x".repeat(40)}`);
}

function text(from: number, to: number): string {
  return lines(from, to).map((line) => `${line}\n`).join("");
}

/** Follows everything that begins like the log. */
function followAll(): LogFolder {
  const folder: LogFolder = new LogFolder({
    startAt: "beginning",
    get localfiles() {
      return [{ location: folder.file("app*log*") }];
    },
  });
  return folder;
}

Deno.test("Logcollector reads once what two copies and a truncated log had in common and unread", async () => {
  await using folder = followAll();
  folder.append("app.log", "");
  await folder.start();
  await folder.stop();
  folder.append("app.log", text(0, 20));
  Deno.copyFileSync(folder.file("app.log"), folder.file("app-backup.log"));
  folder.append("app.log", text(20, 40));
  Deno.copyFileSync(folder.file("app.log"), folder.file("app.log.1"));
  Deno.truncateSync(folder.file("app.log"));
  folder.append("app.log", text(40, 50));
  await folder.start();
  await folder.pass(LONG_MS);
  assert.deepEqual(folder.sink.lines.toSorted(), lines(0, 50).toSorted());
});

Deno.test("Logcollector reads once what a slow copy gets in two parts before its log is truncated", async () => {
  await using folder = followAll();
  folder.append("app.log", text(0, 40));
  await folder.start();
  const whole = text(0, 40);
  folder.append("app.log.1", whole.slice(0, 700));
  await folder.pass(2 * READ_INTERVAL_MS);
  folder.append("app.log", text(40, 50));
  folder.append("app.log.1", whole.slice(700) + text(40, 50));
  Deno.truncateSync(folder.file("app.log"));
  folder.append("app.log", text(50, 60));
  await folder.pass(LONG_MS);
  assert.deepEqual(folder.sink.lines.toSorted(), lines(0, 60).toSorted());
});

const BACKUPS = [
  { size: "long", ends: [8, 12], isCertain: true },
  { size: "short", ends: [2, 3], isCertain: false },
  { size: "equal short", ends: [2, 2], isCertain: false },
];

for (const { size, ends, isCertain } of BACKUPS) {
  Deno.test(`Logcollector doubles nothing that it does not say of ${size} backups that are there before their log was read`, async () => {
    await using folder = followAll();
    folder.append("app.log", "");
    await folder.start();
    await folder.stop();
    let written = 0;
    for (const [index, end] of ends.entries()) {
      folder.append("app.log", text(written, end));
      written = end;
      Deno.copyFileSync(folder.file("app.log"), folder.file(`app.log.bak-${index}`));
    }
    await folder.start();
    await folder.pass(LONG_MS);
    const read = folder.sink.lines;
    assert.deepEqual(new Set(read), new Set(lines(0, written)));
    if (isCertain) assert.equal(read.length, written);
    const told = folder.sink.losses.map(({ detail }) => detail.replace(folder.file("app.log"), ""));
    const doubts = ends.map((end, index) => `.bak-${index} (${text(0, end).length} bytes)`);
    assert.deepEqual(told.toSorted(), isCertain ? [] : doubts);
  });
}

Deno.test("Logcollector doubles of a short copy no more than it said, also when the copy goes on", async () => {
  await using folder = followAll();
  folder.append("app.log", text(0, 20));
  await folder.start();
  folder.append("app.log.1", text(0, 2));
  await folder.pass(2 * RELOAD_INTERVAL_MS);
  folder.append("app.log.1", text(2, 20));
  await folder.pass(LONG_MS);
  assert.deepEqual(folder.sink.lines.toSorted(), [...lines(0, 20), ...lines(0, 2)].toSorted());
  const [doubt] = folder.sink.losses;
  assert.match(doubt?.detail ?? "", new RegExp(`\\(${text(0, 2).length} bytes\\)$`));
});

Deno.test("Logcollector reads from a copy what was deleted unread while it was stopped", async () => {
  await using folder = followAll();
  folder.append("app.log", text(0, 10));
  await folder.start();
  await folder.stop();
  folder.append("app.log", text(10, 20));
  Deno.copyFileSync(folder.file("app.log"), folder.file("app-backup.log"));
  Deno.removeSync(folder.file("app.log"));
  await folder.start();
  await folder.pass(LONG_MS);
  assert.deepEqual(folder.sink.lines, lines(0, 20));
});

/** Follows the log alone. */
function followLog(): LogFolder {
  const folder: LogFolder = new LogFolder({
    startAt: "beginning",
    get localfiles() {
      return [{ location: folder.file("app.log") }];
    },
  });
  return folder;
}

/** Acts once, `steps` steps after the file of this name begins to be opened. */
function afterOpening(name: string, steps: number, act: () => void): Disposable {
  let left: number | undefined;
  return betweenSteps((call, path) => {
    if (call === "openSync" && path.endsWith(`/${name}`)) left ??= steps;
    if (left !== undefined && left-- === 0) act();
  });
}

/** Copies the log, truncates it, and writes the line into it. */
function copyAndTruncate(folder: LogFolder, copy: string, line: string): void {
  Deno.copyFileSync(folder.file("app.log"), folder.file(copy));
  Deno.truncateSync(folder.file("app.log"));
  folder.append("app.log", line);
}

Deno.test("Logcollector reads nothing of a copy that has grown and waits to be decided about when it is killed", async () => {
  await using folder = followAll();
  folder.append("app.log", text(0, 20));
  await folder.start();
  const whole = text(0, 20);
  folder.append("app.log.bak-1", whole.slice(0, 500));
  await folder.pass(LONG_MS);
  folder.append("app.log.bak-1", whole.slice(500));
  await folder.scan();
  await folder.stop();
  await folder.start();
  await folder.pass(LONG_MS);
  assert.deepEqual(folder.sink.lines, lines(0, 20));
  assert.deepEqual(folder.sink.losses, []);
});

Deno.test("Logcollector says nothing of a loss when a copy that it found empty is whole before the log is truncated", async () => {
  for (let step = 0, isOver = false; !isOver; step += 3) {
    await using folder = new LogFolder({
      startAt: "beginning",
      blockBytes: 200,
      maxLineBytes: 100,
    });
    const localfiles = [{ location: folder.file("app.log*") }];
    folder.append("app.log", text(0, 1));
    await folder.start({ localfiles });
    folder.append("app.log", text(1, 40));
    folder.append("app.log.1", "");
    let left = step;
    {
      using _ = betweenSteps(() => {
        if (left-- !== 0) return;
        Deno.copyFileSync(folder.file("app.log"), folder.file("app.log.1"));
        Deno.truncateSync(folder.file("app.log"));
      });
      await folder.pass();
    }
    isOver = left >= 0;
    await folder.pass(LONG_MS);
    assert.deepEqual(folder.sink.lines.toSorted(), lines(0, 40).toSorted(), `step ${step}`);
    assert.deepEqual(folder.sink.losses, [], `step ${step}`);
  }
});

for (const location of ["app.log", "app.log*"]) {
  Deno.test(`Logcollector says nothing of a loss when ${location} is copied and truncated at any of its steps`, async () => {
    for (let step = 0, isOver = false; !isOver; step += 3) {
      await using folder = new LogFolder({ startAt: "beginning" });
      const localfiles = [{ location: folder.file(location) }];
      folder.append("app.log", "one\n");
      await folder.start({ localfiles });
      folder.append("app.log", "two\n");
      let left = step;
      {
        using _ = betweenSteps(() => {
          if (left-- === 0) copyAndTruncate(folder, "app.log.1", "three\n");
        });
        await folder.pass();
      }
      isOver = left >= 0;
      await folder.pass(LONG_MS);
      const lines = isOver ? ["one", "two"] : ["one", "two", "three"];
      assert.deepEqual(folder.sink.lines, lines, `step ${step}`);
      assert.deepEqual(folder.sink.losses, [], `step ${step}`);
    }
  });
}

Deno.test("Logcollector says nothing of a copy that is gone before it was decided about, while it was stopped", async () => {
  await using folder = followAll();
  folder.append("app.log", text(0, 20));
  await folder.start();
  Deno.copyFileSync(folder.file("app.log"), folder.file("app.log.bak-1"));
  await folder.scan();
  await folder.stop();
  Deno.removeSync(folder.file("app.log.bak-1"));
  await folder.start();
  await folder.pass(LONG_MS);
  assert.deepEqual(folder.sink.lines, lines(0, 20));
  assert.deepEqual(folder.sink.losses, []);
});

Deno.test("Logcollector reads once what a log and a backup of it hold when it looks for the first time", async () => {
  await using folder = followAll();
  folder.append("app.log", text(0, 20));
  Deno.copyFileSync(folder.file("app.log"), folder.file("app.log.bak-0"));
  folder.append("app.log", text(20, 30));
  await folder.start();
  await folder.pass(LONG_MS);
  assert.deepEqual(folder.sink.lines, lines(0, 30));
  assert.deepEqual(folder.sink.losses, []);
});

Deno.test("Logcollector goes on where it was in a copy that is finished at any step of its opening", async () => {
  for (let step = 0; step < 12; step++) {
    await using folder = followLog();
    folder.append("app.log", text(0, 20));
    await folder.start();
    folder.append("app.log", text(20, 30));
    folder.append("app.log.1", text(0, 12));
    {
      using _ = afterOpening("app.log.1", step, () => {
        folder.append("app.log.1", text(12, 30));
        Deno.truncateSync(folder.file("app.log"));
        folder.append("app.log", text(30, 40));
      });
      await folder.pass();
    }
    await folder.pass(LONG_MS);
    assert.deepEqual(folder.sink.lines.toSorted(), lines(0, 40).toSorted(), `step ${step}`);
    assert.deepEqual(folder.sink.losses, [], `step ${step}`);
  }
});

Deno.test("Logcollector takes nothing for the file that it saw when that is truncated before its first line is read", async () => {
  await using folder = followLog();
  folder.append("app.log", "");
  await folder.start();
  folder.append("app.log", text(0, 20));
  let isDone = false;
  {
    using _ = betweenSteps((call) => {
      if (call !== "readSync" || isDone) return;
      isDone = isReadingLines();
      if (isDone) copyAndTruncate(folder, "app.log.1", text(20, 30));
    });
    await folder.pass();
  }
  await folder.pass(LONG_MS);
  assert.ok(isDone);
  assert.deepEqual(folder.sink.lines.toSorted(), lines(0, 30).toSorted());
  assert.deepEqual(folder.sink.losses, []);
});

function isReadingLines(): boolean {
  return new Error().stack?.includes("readBlock") ?? false;
}

Deno.test("Logcollector remembers which copy has what a truncation took, also when it is killed before it has told that", async () => {
  for (let step = 0; step < 30; step++) {
    await using folder = followLog();
    folder.append("app.log", text(0, 1));
    await folder.start();
    copyAndTruncate(folder, "app.log.3", text(1, 40));
    let steps = 0;
    let taken = 0;
    // Killed at the first commit after both.
    folder.sink.fate = () => taken === 2 ? "crash" : "take";
    {
      using _ = betweenSteps(() => {
        if (steps === step) copyAndTruncate(folder, "app.log.2", text(40, 90));
        if (steps === step + 17) copyAndTruncate(folder, "app.log.1", text(90, 92));
        if (steps === step || steps === step + 17) taken++;
        steps++;
      });
      await folder.pass();
    }
    await folder.stop();
    folder.sink.fate = () => "take";
    await folder.start();
    await folder.pass(LONG_MS);
    const written = [40, 90, 92][taken] ?? 0;
    assert.deepEqual(folder.sink.lines.toSorted(), lines(0, written).toSorted(), `step ${step}`);
    const lost = folder.sink.losses.filter(({ bytes }) => bytes > 0);
    assert.deepEqual(lost, [], `step ${step}`);
  }
});
