import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { ledgerLines } from "./driver/accounted.ts";
import { LINE_BYTES, numberedLine, readNumberedLine } from "./driver/numbered_line.ts";
import { Received } from "./driver/received.ts";
import { ROTATIONS } from "./driver/rotations.ts";
import { isKept, type SourceVerdict } from "./driver/verdict.ts";
import { TempFolder } from "../support/queues.ts";

const MAIN = fileURLToPath(new URL("./driver/main.ts", import.meta.url));

/** Runs the driver; gives its exit status and its report. */
async function conserve(...args: string[]) {
  using folder = new TempFolder();
  const report = folder.file("report.json");
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", MAIN, "--report", report, ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.match(output, /^Seed \d+/, output);
  return { code, output, report: JSON.parse(Deno.readTextFileSync(report)) };
}

// A number of kills rather than a time: however slow the machine is, agents were killed at their work.
const SHORT = ["--minutes", "0.1", "--agents", "1", "--seed", "7"];

Deno.test("conserve finds every line once although agents and manager are killed", async () => {
  const { code, output, report } = await conserve(
    ...[...SHORT, "--kills", "6", "--rotations", "none,numbers_followed,dates_beside"],
    ...["--only", "kill_agent,kill_agent_after_commit,kill_agent_after_send,kill_manager"],
  );
  assert.equal(code, 0, output);
  assert.equal(report.written, report.received);
  assert(report.written > 500 && report.agent_kills >= 6, output);
});

Deno.test("conserve catches an agent that acknowledges before the commit", async () => {
  const { code, output, report } = await conserve(
    ...[...SHORT, "--kills", "6", "--sabotage", "--only", "kill_agent", "--rotations", "none"],
  );
  assert.equal(code, 1, output);
  assert(report.lost > 0, output);
});

Deno.test("isKept() wants every line accounted for, none doubled, and no problem", () => {
  const whole: SourceVerdict = {
    source: "a",
    written: 10,
    rotations: 0,
    received: 8,
    doubled: 0,
    dead: 1,
    ledger: 1,
    lost: 0,
    overstated: 0,
    examples: [],
  };
  const verdict = (change: Partial<SourceVerdict>, problems: string[] = []) =>
    isKept({ sources: [{ ...whole, ...change }], ledger: {}, problems });
  assert(verdict({}));
  assert(!verdict({ lost: 1 }));
  assert(!verdict({ doubled: 1 }));
  assert(!verdict({ overstated: 1 }), "a ledger that counts what arrived");
  assert(!verdict({}, ["ended by itself"]));
});

Deno.test("numberedLine() makes lines of one length that can be told apart", () => {
  const line = numberedLine("a1/none", 42);
  assert.equal(line.length, LINE_BYTES);
  assert.deepEqual(readNumberedLine(line.trimEnd()), { source: "a1/none", number: 42 });
  assert.equal(readNumberedLine(line.slice(0, 60)), undefined, "a line that was cut");
  assert.equal(readNumberedLine("x".repeat(LINE_BYTES - 1)), undefined);
});

Deno.test("ledgerLines() turns lost bytes of a program's files into lines", () => {
  const entry = { reason: "gone", events: 0, bytes: 3 * LINE_BYTES, detail: "/x/a/app.log" };
  assert.equal(ledgerLines([entry, { ...entry, detail: "/x/ab/app.log" }], "/x/a"), 3);
});

Deno.test("Received counts lines that came twice, and those that did not", () => {
  using folder = new TempFolder();
  const path = folder.file("record");
  const record = (number: number) =>
    JSON.stringify({
      header: { module: "logcollector" },
      data: { event: { original: numberedLine("s", number).trimEnd() } },
    }) + "\n";
  Deno.writeTextFileSync(path, record(1) + record(3) + record(3).slice(0, 20));
  const received = new Received(path);
  received.update();
  Deno.writeTextFileSync(path, record(3).slice(20), { append: true });
  received.update();
  assert.deepEqual(received.of("s", 4), { received: 2, doubled: 1, missing: [2, 4] });
});

for (const [name, { rotate, file }] of Object.entries(ROTATIONS)) {
  Deno.test(`rotation ${name} keeps every line somewhere`, () => {
    using folder = new TempFolder();
    if (file) Deno.symlinkSync(file(0), folder.file("app.log"));
    for (let count = 0; count < 6; count++) {
      const target = folder.file(file?.(count) ?? "app.log");
      Deno.writeTextFileSync(target, `line ${count}\n`, { append: true });
      rotate(folder.path, count);
    }
    const texts = [...Deno.readDirSync(folder.path)].filter((entry) => entry.isFile)
      .map((entry) => new TextDecoder().decode(readPlain(folder.file(entry.name))));
    for (let count = 0; count < 6; count++) {
      assert(texts.some((text) => text.includes(`line ${count}\n`)), `line ${count} is gone`);
    }
  });
}

function readPlain(path: string): Uint8Array {
  const bytes = Deno.readFileSync(path);
  return path.endsWith(".gz") ? gunzipSync(bytes) : bytes;
}
