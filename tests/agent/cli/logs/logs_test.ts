import assert from "node:assert/strict";
import { jsonOfLine, textOfLine } from "../../../../src/agent/cli/logs/line_text.ts";
import { lastLines, newLines } from "../../../../src/agent/cli/logs/log_lines.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { TempFolder } from "../../../support/queues.ts";
import { runCommand } from "../../../support/run_command.ts";

const RECORD =
  '{"time":"2026-01-01T00:00:00.000Z","level":"warning","component":"queue","message":"It is full: 7",' +
  '"reason":"full","bytes":12}';

Deno.test("textOfLine() shows a line of JSON for people, and anything else as it is", () => {
  assert.equal(
    textOfLine(RECORD),
    "2026-01-01T00:00:00.000Z WARN  queue  It is full: 7 bytes=12\n",
  );
  for (
    const line of ["plain text", '{"a":1}', "{", '{"message":"m","time":"never","level":"info"}']
  ) {
    assert.equal(textOfLine(line), `${line}\n`);
  }
});

Deno.test("jsonOfLine() gives JSON as it was, and makes other text a message", () => {
  assert.equal(jsonOfLine(RECORD), `${RECORD}\n`);
  assert.equal(jsonOfLine('say "x"'), '{"message":"say \\"x\\""}\n');
});

Deno.test("lastLines() reads on in the files that were put aside, and never begins within a line", () => {
  using folder = new TempFolder();
  const path = folder.file("agent.log");
  Deno.writeTextFileSync(`${path}.2`, "one\n");
  Deno.writeTextFileSync(`${path}.1`, "two\nthree\n");
  Deno.writeTextFileSync(path, "four\nfive\n");
  assert.deepEqual(lastLines(path, 3).lines, ["three", "four", "five"]);
  assert.deepEqual(lastLines(path, 100).lines, ["one", "two", "three", "four", "five"]);
  assert.deepEqual(lastLines(path, 0), { lines: [], offset: 10 });
  const many = Array.from({ length: 50_000 }, (_, number) => `line ${number}`);
  Deno.writeTextFileSync(path, many.join("\n") + "\n");
  assert.deepEqual(lastLines(path, 20_000).lines, many.slice(-20_000));
});

Deno.test("newLines() goes on with whole lines, also of the file that takes the place", async () => {
  using folder = new TempFolder();
  const path = folder.file("agent.log");
  const clock = new FakeClock();
  const stop = new AbortController();
  Deno.writeTextFileSync(path, "old\n");
  const seen: string[] = [];
  const followed = (async () => {
    for await (const lines of newLines(path, 4, { clock, signal: stop.signal })) {
      seen.push(...lines);
    }
  })();
  Deno.writeTextFileSync(path, "one\nha", { append: true });
  await clock.advance(500);
  Deno.writeTextFileSync(path, "lf\n", { append: true });
  Deno.renameSync(path, `${path}.1`);
  Deno.writeTextFileSync(path, "next\n");
  await clock.advance(1_000);
  stop.abort();
  await followed;
  assert.deepEqual(seen, ["one", "half", "next"]);
});

Deno.test("agent logs says what is wrong with --lines", async () => {
  const { code, stderr } = await runCommand("logs", "--lines", "many");
  assert.equal(code, 2);
  assert.match(stderr, /Expected a whole number from 0 to 100000/);
});

Deno.test("agent logs shows the log file, and says which one it cannot read and what to do", async () => {
  using folder = new TempFolder();
  const config = folder.file("agent.yaml");
  const path = folder.file("agent.log");
  Deno.writeTextFileSync(
    config,
    `log.file: ${path}\nagent.path: {data: ${folder.path}, run: ${folder.path}}\n`,
  );
  const missing = await runCommand("logs", "--config", config);
  assert.equal(missing.code, 1);
  assert.match(
    missing.stderr,
    new RegExp(`^Error: Cannot read the log "${path}": no such file\nTry: .*log.file`),
  );
  Deno.writeTextFileSync(path, `${RECORD}\n`);
  const shown = await runCommand("logs", "--config", config, "--json");
  assert.deepEqual([shown.code, shown.stdout], [0, `${RECORD}\n`]);
});
