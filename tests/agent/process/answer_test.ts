import assert from "node:assert/strict";
import { systemClock } from "../../../src/shared/clock.ts";
import { runProgram } from "../../../src/agent/process/process_group.ts";

type Answer = (firstLine: string) => Promise<string>;

/** Runs lines of shell that may ask something. */
function run(lines: string, answer: Answer, input = "given\n") {
  return runProgram({
    path: "/bin/sh",
    arguments: ["-c", lines],
    input,
    answer,
    maxOutputBytes: 1_000,
    clock: systemClock,
    signal: new AbortController().signal,
  });
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `runProgram() ${name}`, ignore: Deno.build.os === "windows", fn });
}

test("answers the first line, behind the input, and closes the input then", async () => {
  const asked: string[] = [];
  const { stdout } = await run(
    'read -r a; echo "ask $a"; echo more; read -r b; cat; echo "[$a][$b]"',
    (line) => {
      asked.push(line);
      return Promise.resolve("answer\n");
    },
  );
  assert.deepEqual(asked, ["ask given"]);
  assert.equal(stdout, "ask given\nmore\n[given][answer]\n");
});

test("asks nobody when the program writes no line", async () => {
  const { stdout, exit_status } = await run("printf half; exit 3", () => {
    throw new Error("asked");
  });
  assert.deepEqual([stdout, exit_status], ["half", 3]);
});

test("asks with the first 8 KiB of a line that is longer", async () => {
  let length = 0;
  await run("head -c 20000 /dev/zero | tr '\\0' x; echo", (line) => {
    length = line.length;
    return Promise.resolve("");
  });
  assert.equal(length, 8 * 1024);
});

test("does not mind a program that has gone before it is answered", async () => {
  const { exit_status } = await run("echo ask", () => Promise.resolve("x".repeat(100_000)));
  assert.equal(exit_status, 0);
});

test("ends a program that cannot be answered", async () => {
  const failing = run("echo ask; exec sleep 300", () => Promise.reject(new Error("no disk")));
  await assert.rejects(failing, /no disk/);
});

test("answers bytes that are no text", async () => {
  const { stdout } = await run(
    "printf '\\377\\n'; read -r a; read -r a; echo \"$a\"",
    () => Promise.resolve("ok\n"),
  );
  assert.match(stdout, /ok/);
});
