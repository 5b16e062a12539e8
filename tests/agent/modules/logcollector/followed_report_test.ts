import assert from "node:assert/strict";
import { configureLog } from "../../../../src/shared/log/log.ts";
import { LogFolder, READ_INTERVAL_MS, RELOAD_INTERVAL_MS } from "../support/log_folder.ts";

/** The log from now on: level and message of each line. */
function recordLog() {
  const lines: string[] = [];
  const handle = configureLog({
    level: "warning",
    format: "json",
    isTerminal: false,
    write: (line) => lines.push(JSON.parse(line).message),
  });
  return { lines, [Symbol.dispose]: () => handle.close() };
}

Deno.test("files() tells how far each file was read, and what was not, in bytes and for how long", async () => {
  await using folder = new LogFolder({ startAt: "beginning" });
  folder.append("a.log", "one\n");
  folder.append("b.log", "two\nhalf");
  await folder.start();
  await folder.pass();
  const files = folder.files;
  assert.deepEqual(
    files.map(({ path: _, lag_s, ...rest }) => ({ ...rest, waits: (lag_s ?? 0) > 0 })),
    [
      {
        state: "followed",
        position_bytes: 4,
        size_bytes: 4,
        lag_bytes: 0,
        events_per_s: 0.03,
        reason: null,
        last_error: null,
        waits: false,
      },
      {
        state: "followed",
        position_bytes: 4,
        size_bytes: 8,
        lag_bytes: 4,
        events_per_s: 0.03,
        reason: null,
        last_error: null,
        waits: true,
      },
    ],
  );
});

Deno.test("a location that no file matches is said once, is a problem of the status, and is over when a file is there", async () => {
  using log = recordLog();
  await using folder = new LogFolder();
  const location = folder.file("no/*.log");
  const since = new Date(folder.clock.now()).toISOString();
  await folder.start({ localfiles: [{ location }] });
  await folder.pass(3 * RELOAD_INTERVAL_MS);
  const reason = `there is no folder "${folder.file("no")}"`;
  assert.deepEqual(log.lines, [`No file matches ${location}: ${reason}`]);
  const [problem] = folder.report.problems ?? [];
  assert.deepEqual([problem?.code, problem?.subject, problem?.message, problem?.since], [
    "nothing_matches",
    location,
    `No file matches "${location}": ${reason}`,
    since,
  ]);
  const [file] = folder.files;
  assert.deepEqual([file?.path, file?.state, file?.reason], [
    location,
    "not_followed",
    problem?.message,
  ]);
  Deno.mkdirSync(folder.file("no"));
  folder.append("no/a.log", "");
  await folder.pass(RELOAD_INTERVAL_MS);
  assert.deepEqual(folder.report.problems, []);
  assert.deepEqual(folder.files.map(({ state }) => state), ["followed"]);
});

Deno.test("files() counts as behind what was read and waits for room in the queue", async () => {
  await using folder = new LogFolder({ startAt: "beginning" });
  folder.append("a.log", "one\n");
  await folder.start();
  folder.sink.pushBack();
  folder.append("a.log", "two\n");
  await folder.clock.advance(2 * READ_INTERVAL_MS);
  const [file] = folder.files;
  assert.deepEqual([file?.position_bytes, file?.size_bytes, file?.lag_bytes], [4, 8, 4]);
  assert.ok((file?.lag_s ?? 0) > 0);
});
