import assert from "node:assert/strict";
import { getLogger } from "@logtape/logtape";
import { configureLog, type LogHandle } from "../../../src/shared/log/log.ts";
import { FakeClock } from "../../support/fake_clock.ts";

type LogOptions = Parameters<typeof configureLog>[0];

const JWT = "eyJhbGciOiJFUzI1NiJ9.eyJ1dWlkIjoiMDE5Yjc4In0.c2lnbmF0dXJl";
const START = Date.UTC(2026, 1, 19, 20, 25, 46, 807);

interface Log {
  lines: string[];
  clock: FakeClock;
  handle: LogHandle;
}

async function withLog(
  options: Partial<LogOptions>,
  run: (log: Log) => void | Promise<void>,
): Promise<void> {
  const lines: string[] = [];
  const clock = new FakeClock(START);
  const handle = configureLog({
    level: "debug",
    format: "text",
    isTerminal: false,
    write: (line) => lines.push(line),
    clock,
    ...options,
  });
  try {
    await run({ lines, clock, handle });
  } finally {
    handle.close();
  }
}

function messages(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/^\S+ \S+\s+\S+\s{2}/, "").trimEnd());
}

const queue = getLogger(["agent", "queue"]);
const comms = getLogger(["agent", "comms"]);

for (const format of ["text", "json"] as const) {
  Deno.test(`configureLog() begins lines for the journal with their priority, in ${format}, and only those`, () => {
    const inFile: string[] = [];
    const writeToFile = (line: string) => void inFile.push(line);
    return withLog({ format, toJournal: true, writeToFile }, ({ lines }) => {
      queue.debug("Looked");
      queue.info("Opened");
      queue.warn("Slow");
      queue.error("Broken");
      queue.fatal("Gone");
      const priorities = lines.map((line) => line.slice(0, 3));
      assert.deepEqual(priorities, ["<7>", "<6>", "<4>", "<3>", "<2>"]);
      assert.deepEqual(inFile, lines.map((line) => line.slice(3)));
    });
  });
}

Deno.test("configureLog() writes text with time, level, component, message and properties", () =>
  withLog({}, ({ lines }) => {
    queue.info("Opened {path}", { path: "/x/agent.db", events: 3, note: "two words", ok: true });
    comms.warn("Server is slow");
    getLogger(["agent", "commands", "poll"]).debug("Polling");
    assert.deepEqual(lines, [
      '2026-02-19T20:25:46.807Z INFO  queue  Opened /x/agent.db events=3 note="two words" ok=true\n',
      "2026-02-19T20:25:46.807Z WARN  comms  Server is slow\n",
      "2026-02-19T20:25:46.807Z DEBUG commands.poll  Polling\n",
    ]);
  }));

Deno.test("configureLog() writes JSON lines whose own members no property replaces", () =>
  withLog({ format: "json" }, ({ lines }) => {
    queue.warn("Queue is {percent} % full", {
      percent: 90,
      level: "forged",
      time: 0,
      on_full: "block",
    });
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /\}\n$/);
    assert.deepEqual(JSON.parse(lines[0] ?? ""), {
      time: "2026-02-19T20:25:46.807Z",
      level: "warning",
      component: "queue",
      message: "Queue is 90 % full",
      percent: 90,
      on_full: "block",
    });
  }));

Deno.test("configureLog() with auto writes text at a terminal and JSON otherwise", async () => {
  await withLog({ format: "auto", isTerminal: true }, ({ lines }) => {
    queue.info("Open");
    assert.match(lines[0] ?? "", /queue {2}Open\n$/);
  });
  await withLog({ format: "auto", isTerminal: false }, ({ lines }) => {
    queue.info("Open");
    assert.equal(JSON.parse(lines[0] ?? "").message, "Open");
  });
});

Deno.test("configureLog() paints only at a terminal and not against NO_COLOR", async () => {
  const painted = async (options: Partial<LogOptions>) => {
    let line = "";
    await withLog({ ...options, write: (text) => line += text }, () => queue.error("Broken"));
    return line.includes("\x1b[");
  };
  assert.equal(await painted({ isTerminal: true }), true);
  assert.equal(await painted({ isTerminal: true, noColor: true }), false);
  assert.equal(await painted({ isTerminal: false }), false);
  assert.equal(await painted({ isTerminal: true, format: "json" }), false);
});

Deno.test("setLevel() changes what is written from then on", () =>
  withLog({ level: "warning" }, ({ lines, handle }) => {
    queue.info("Quiet");
    handle.setLevel("debug");
    queue.debug("Loud");
    handle.setLevel("error");
    queue.warn("Quiet again");
    assert.deepEqual(messages(lines), ["Loud"]);
  }));

Deno.test("configureLog() writes a repeated failure once and sums it up at the end of each window", () =>
  withLog({}, async ({ lines, clock }) => {
    const fail = (attempt: number) =>
      comms.warn("Cannot reach server: {reason}", { reason: "connection refused", attempt });
    for (let attempt = 1; attempt <= 13; attempt++) fail(attempt);
    assert.deepEqual(messages(lines), ["Cannot reach server: connection refused attempt=1"]);
    await clock.advance(60_000);
    assert.equal(
      messages(lines)[1],
      "Cannot reach server: connection refused (repeated 12 times in 60 s) attempt=13",
    );
    fail(14);
    await clock.advance(60_000);
    assert.equal(
      messages(lines)[2],
      "Cannot reach server: connection refused (repeated once in 60 s) attempt=14",
    );
    await clock.advance(120_000);
    assert.equal(lines.length, 3, "a window without repetitions says nothing");
    fail(15);
    assert.equal(lines.length, 4, "after such a window it is news again");
  }));

Deno.test("configureLog() gives the number of repetitions to programs", () =>
  withLog({ format: "json" }, ({ lines, handle }) => {
    for (let attempt = 0; attempt < 3; attempt++) comms.error("Cannot reach server");
    handle.close();
    const { message, repeated, repeated_within_s } = JSON.parse(lines[1] ?? "");
    assert.equal(message, "Cannot reach server (repeated 2 times in 0 s)");
    assert.deepEqual([repeated, repeated_within_s], [2, 0]);
  }));

Deno.test("configureLog() keeps apart failures of other reasons, files, components and levels", () =>
  withLog({}, ({ lines }) => {
    comms.warn("Cannot send: {reason}", { reason: "503" });
    comms.warn("Cannot send: {reason}", { reason: "connection refused" });
    comms.error("Cannot send: {reason}", { reason: "503" });
    queue.warn("Cannot send: {reason}", { reason: "503" });
    comms.warn`Cannot read ${"/a"}`;
    comms.warn`Cannot read ${"/b"}`;
    comms.warn("Cannot send", { error: new Error("one") });
    comms.warn("Cannot send", { error: new Error("two") });
    comms.warn("Cannot send", { error: new Error("two") });
    assert.equal(lines.length, 8);
  }));

Deno.test("configureLog() sums up when the component says that things are well again", () =>
  withLog({}, async ({ lines, clock }) => {
    comms.warn("Cannot reach server");
    comms.warn("Cannot reach server");
    await clock.advance(5_000);
    queue.info("Not about it");
    comms.debug("Trying");
    comms.info("Connected");
    comms.warn("Cannot reach server");
    assert.deepEqual(messages(lines), [
      "Cannot reach server",
      "Not about it",
      "Trying",
      "Cannot reach server (repeated once in 5 s)",
      "Connected",
      "Cannot reach server",
    ]);
  }));

Deno.test("configureLog() never holds back what is no failure", () =>
  withLog({}, ({ lines }) => {
    for (let index = 0; index < 5; index++) queue.info("Acknowledged");
    assert.equal(lines.length, 5);
  }));

Deno.test("configureLog() remembers a bounded number of failures and loses none of their counts", () =>
  withLog({}, ({ lines, handle }) => {
    for (const round of [1, 2]) {
      for (let index = 0; index < 500; index++) {
        queue.warn("Cannot read", { path: `/${index}`, round });
      }
    }
    comms.warn("Same");
    comms.warn("Same");
    handle.close();
    assert.equal(lines.length, 1_002, "too many to remember are written each");
    assert.match(lines.at(-1) ?? "", /Same \(repeated once in 0 s\)/);
  }));

Deno.test("close() sums up, stops the timer, and lets later records through", () =>
  withLog({}, ({ lines, clock, handle }) => {
    queue.error("Disk full");
    queue.error("Disk full");
    handle.close();
    handle.close();
    assert.equal(clock.nextWakeIn(), undefined);
    queue.error("Disk full");
    queue.error("Disk full");
    assert.deepEqual(messages(lines), [
      "Disk full",
      "Disk full (repeated once in 0 s)",
      "Disk full",
      "Disk full",
    ]);
  }));

for (const format of ["text", "json"] as const) {
  Deno.test(`configureLog() with ${format} never writes a token`, () =>
    withLog({ format }, ({ lines }) => {
      comms.info(`Got ${JWT}`);
      comms.info("Sent {header}", { header: `Bearer ${JWT}` });
      comms.info("Sent", { headers: { authorization: "bearer 0123456789abcdef" }, list: [[JWT]] });
      comms.info("Bearer {token}", { token: JWT });
      comms.error("Failed", { error: new Error("outer", { cause: new Error(`of ${JWT}`) }) });
      comms.info("Long", { text: "x".repeat(3_980) + " " + JWT });
      const all = lines.join("");
      assert.equal(lines.length, 6);
      assert(!all.includes("eyJ"), all);
      assert(!all.includes("0123456789abcdef"), all);
      assert(all.includes("Got [redacted]"));
    }));
}

Deno.test("configureLog() shows an error by its message and its causes, on one line", () =>
  withLog({}, ({ lines }) => {
    const cause = new TypeError("connection\nrefused", { cause: "ECONNREFUSED" });
    queue.error("Cannot send", { error: new Error("request failed", { cause }) });
    queue.error("Cannot open: {error}", { error: new Error("no such file") });
    assert.deepEqual(messages(lines), [
      'Cannot send error="request failed: connection\\nrefused: ECONNREFUSED"',
      "Cannot open: no such file",
    ]);
  }));

Deno.test("configureLog() keeps a message on its line and control characters from the terminal", () =>
  withLog({}, ({ lines }) => {
    queue.info("One\nTwo \x1b[31m\u009b\u2028{name}", { name: "\r\nforged" });
    assert.deepEqual(messages(lines), ["One\\nTwo \\x1b[31m\\x9b\\u2028\\x0d\\nforged"]);
  }));

for (const format of ["text", "json"] as const) {
  Deno.test(`configureLog() with ${format} takes any property without throwing`, () =>
    withLog({ format }, ({ lines }) => {
      const cycle: Record<string, unknown> = { name: "cycle" };
      cycle.self = cycle;
      const loop = new Error("loop");
      loop.cause = loop;
      const hostile = {
        get boom() {
          throw new Error("boom");
        },
        toJSON() {
          throw new Error("boom");
        },
      };
      const locked = new Proxy({}, {
        ownKeys() {
          throw new Error("locked");
        },
      });
      const values = [
        cycle,
        loop,
        hostile,
        locked,
        10n,
        Symbol("s"),
        () => 1,
        NaN,
        undefined,
        null,
      ];
      for (const value of [...values, new Date(NaN), new Map([["a", 1]]), new Uint8Array(9)]) {
        queue.warn("Value {value}", { value, beside: 1 });
      }
      queue.info("Big", { big: Array(100_000).fill("x".repeat(10)) });
      assert.equal(lines.length, 14);
      assert((lines.at(-1)?.length ?? 0) < 2_000);
      if (format === "json") { for (const line of lines) JSON.parse(line); }
    }));
}
