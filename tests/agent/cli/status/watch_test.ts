import assert from "node:assert/strict";
import { filesText } from "../../../../src/agent/cli/status/files_text.ts";
import { Screen } from "../../../../src/agent/cli/status/screen.ts";
import { watch } from "../../../../src/agent/cli/status/watch.ts";
import { guarded } from "../../../../src/agent/cli/command_io.ts";
import type { CliIo, Terminal } from "../../../../src/agent/cli/cli_io.ts";
import { ReloadRequests } from "../../../../src/agent/process/signals.ts";
import { AgentError } from "../../../../src/shared/errors.ts";
import { runCommand } from "../../../support/run_command.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

/** A terminal whose size a test changes. */
class FakeTerminal implements Terminal {
  #size = { columns: 20, rows: 4 };
  readonly listeners = new Set<() => void>();

  size() {
    return this.#size;
  }

  onResize(listener: () => void) {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  resize(columns: number, rows: number) {
    this.#size = { columns, rows };
    for (const listener of this.listeners) listener();
  }
}

/** What a picture shows, line by line. */
function linesOf(written: string): string[] {
  // deno-lint-ignore no-control-regex
  return written.replace(/\x1b\[\??[0-9]*[a-zA-Z]/g, "").split("\r\n");
}

function ioOf(terminal?: Terminal) {
  const stop = new AbortController();
  const written: string[] = [];
  const io: CliIo = {
    stdout: (text) => written.push(text),
    stderr: () => {},
    flushStderr: () => Promise.resolve(),
    env: {},
    isTerminal: { stdin: false, stdout: terminal !== undefined, stderr: false },
    terminal,
    readStdin: () => Promise.resolve(""),
    promptHidden: () => Promise.resolve(null),
    signal: stop.signal,
    reloads: new ReloadRequests(),
  };
  return { io: guarded(io), stop, written };
}

Deno.test("Screen writes each picture over the one before in one write, and leaves the terminal as it was", () => {
  const terminal = new FakeTerminal();
  const written: string[] = [];
  const screen = new Screen(terminal, (text) => written.push(text));
  screen.show("one\ntwo\n");
  assert.equal(written.length, 2);
  assert.deepEqual(linesOf(written[1] ?? ""), ["one", "two"]);
  assert.ok(!written[1]?.includes("\x1b[2J"), "clearing first would flicker");
  screen[Symbol.dispose]();
  assert.equal(written[0], "\x1b[?1049h\x1b[?25l");
  assert.equal(written.at(-1), "\x1b[?25h\x1b[?1049l");
  assert.equal(terminal.listeners.size, 0);
});

Deno.test("Screen shows controls in names of files and words of servers as escapes", () => {
  const written: string[] = [];
  using screen = new Screen(new FakeTerminal(), (text) => written.push(text));
  screen.show("a\x1b[2J\nb\x07\u202e\n");
  assert.deepEqual(linesOf(written[1] ?? ""), ["a\\u001b[2J", "b\\u0007\\u202e"]);
});

Deno.test("Screen fits its picture into the terminal, and anew when that changes its size", () => {
  const terminal = new FakeTerminal();
  const written: string[] = [];
  using screen = new Screen(terminal, (text) => written.push(text));
  screen.show(`${"x".repeat(30)}\n2\n3\n4\n5\n6\n`);
  assert.deepEqual(
    linesOf(written.at(-1) ?? ""),
    [
      `${"x".repeat(19)}…`,
      "2",
      "3",
      "… 3 more lines in a …",
    ].map((line) => line.length > 20 ? `${line.slice(0, 19)}…` : line),
  );
  terminal.resize(40, 6);
  assert.deepEqual(linesOf(written.at(-1) ?? ""), ["x".repeat(30), "2", "3", "4", "5", "6"]);
});

Deno.test("watch() shows a picture each time at a terminal until it is told to stop, which is no failure", async () => {
  const clock = new FakeClock();
  const { io, stop, written } = ioOf(new FakeTerminal());
  let count = 0;
  const picture = () => Promise.resolve(`look ${++count}\n`);
  const watched = watch(io, { intervalMs: 2_000, clock, picture, line: picture });
  await clock.advance(4_000);
  stop.abort("SIGINT");
  await watched;
  const shown = written.slice(1, -1).map((text) => linesOf(text)[0]);
  assert.deepEqual(shown, ["look 1", "look 2", "look 3"]);
  assert.equal(written.at(-1), "\x1b[?25h\x1b[?1049l");
});

Deno.test("watch() writes a line each time where there is no terminal, goes on after a failure and ends with its reader", async () => {
  const clock = new FakeClock();
  const { io, written } = ioOf();
  let count = 0;
  const line = () => {
    count++;
    if (count === 2) {
      return Promise.reject(new AgentError("failed", "it is gone", { hint: "wait" }));
    }
    if (count === 4) {
      io.stdout = () => {
        throw new Deno.errors.BrokenPipe("nobody reads");
      };
    }
    return Promise.resolve(`line ${count}\n`);
  };
  const watched = watch(io, { intervalMs: 1_000, clock, picture: line, line });
  await clock.advance(3_000);
  await watched;
  assert.deepEqual(written, ["line 1\n", "Cannot tell: it is gone; wait\n", "line 3\n"]);
});

Deno.test("filesText() tells sizes for people, and below the table what is wrong", () => {
  const file = { module: "logcollector", path: "/var/log/a.log", state: "followed" as const };
  const text = filesText([
    {
      ...file,
      position_bytes: 2_048,
      size_bytes: 3_072,
      lag_bytes: 1_024,
      lag_s: 65,
      events_per_s: 1.5,
      reason: null,
      last_error: { message: "input/output error", at: "2026-11-26T00:57:01.000Z" },
    },
    {
      ...file,
      path: "/x/*.log",
      state: "not_followed",
      position_bytes: null,
      size_bytes: null,
      lag_bytes: null,
      lag_s: null,
      events_per_s: null,
      last_error: null,
      reason: 'No file matches "/x/*.log": there is no folder "/x"',
    },
  ]);
  assert.deepEqual(text.split("\n"), [
    "STATE         POSITION  SIZE   LAG    BEHIND FOR  EVENTS/S  MODULE        PATH",
    "followed      2 KiB     3 KiB  1 KiB  1 min 5 s   1.5       logcollector  /var/log/a.log",
    "not followed  -         -      -      -           -         logcollector  /x/*.log",
    "! /var/log/a.log, mended: input/output error (2026-11-26T00:57:01.000Z)",
    '! No file matches "/x/*.log": there is no folder "/x"',
    "",
  ]);
});

Deno.test("agent status says what does not go together, and what a right interval is", async () => {
  for (
    const [args, message] of [
      [["--check", "--watch"], "Error: --check and --watch do not go together"],
      [["--check", "--files"], "Error: --check and --files do not go together"],
      [["--interval", "2s"], "Error: --interval says how often --watch looks, and there is none"],
      [["--watch", "--interval", "1ms"], "Expected a duration from 500ms to 1h, such as 2s."],
    ] as const
  ) {
    const { code, stderr } = await runCommand("status", ...args);
    assert.equal(code, 2, stderr);
    assert.ok(stderr.includes(message), stderr);
    assert.match(stderr, /^Try: /m);
  }
});
