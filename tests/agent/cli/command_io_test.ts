/**
 * What is between a command and the streams of the process.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { CliIo } from "../../../src/agent/cli/cli_io.ts";
import { type CommandIo, guarded } from "../../../src/agent/cli/command_io.ts";
import { tableText } from "../../../src/agent/cli/table.ts";
import { warningLine } from "../../../src/agent/cli/warning.ts";
import { ReloadRequests } from "../../../src/agent/process/signals.ts";

const KEY = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF";

function open(): { io: CommandIo; written: { out: string; err: string } } {
  const written = { out: "", err: "" };
  const process: CliIo = {
    stdout: (text) => void (written.out += text),
    stderr: (text) => void (written.err += text),
    env: {},
    isTerminal: { stdin: false, stdout: false, stderr: false },
    readStdin: () => Promise.resolve(""),
    flushStderr: () => Promise.resolve(),
    promptHidden: () => Promise.resolve(null),
    signal: new AbortController().signal,
    reloads: new ReloadRequests(),
  };
  const io = guarded(process);
  io.secrets.add(KEY);
  return { io, written };
}

Deno.test("guarded() takes secrets out of both streams, however they are written", () => {
  const { io, written } = open();
  io.stdout(`{"key":"${KEY}"}\n`);
  io.stderr(`Error: ${btoa(`web-1:${KEY}`)}\n`);
  io.paint(`\x1b[31m${encodeURIComponent(KEY)}\x1b[0m\n`);
  assert.equal(written.out, '{"key":"[redacted]"}\n');
  assert.match(
    written.err,
    new RegExp("^Error: \\w*\\[redacted\\]\\w*=*\n\x1b\\[31m\\[redacted\\]\x1b\\[0m\n$"),
  );
});

Deno.test("guarded() lets nothing through that a terminal would obey, and JSON stays what it says", () => {
  const { io, written } = open();
  const text = "a\x1b[2Jb\x9b31mc\x07d\u202ee\u2066f\x7f\r";
  io.stdout(`${JSON.stringify({ text })}\n`);
  io.stderr(`one\n\ttwo ${text}\n`);
  assert.match(written.out, /^[ -~]*\n$/);
  assert.equal(JSON.parse(written.out).text, text);
  assert.equal(
    written.err,
    "one\n\ttwo a\\u001b[2Jb\\u009b31mc\\u0007d\\u202ee\\u2066f\\u007f\\u000d\n",
  );
});

Deno.test("a warning and a cell of a table have no second line, whatever is in them", () => {
  const fake = "x\nError: all is lost\u2028y";
  assert.equal(warningLine(fake), "Warning: x\\nError: all is lost\\u2028y\n");
  assert.equal(tableText([["A", "B"], [fake, "b"]]).split("\n").length, 3);
});
