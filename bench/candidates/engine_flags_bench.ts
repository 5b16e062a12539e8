/**
 * Flags of the JavaScript engine. The agent runs without the two middle compilers, which saves
 * memory when it is idle: what does that cost under load?
 *
 * Timed: 200,000 lines of 350 bytes, from the file to the queue on disk, in a process of its own
 * that has started and compiled nothing of it yet.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { TempFolder } from "../../tests/support/queues.ts";
import { megabytes } from "../report/megabytes.ts";
import { logText } from "../support/events.ts";
import { note } from "./support/side_figures.ts";

const LINES = 200_000;
const PROGRAM = fileURLToPath(new URL("./support/follow_file.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

const AS_THE_AGENT = "--no-sparkplug,--no-maglev";
const CANDIDATES: Record<string, string> = {
  "as the agent runs": AS_THE_AGENT,
  "all compilers": "--sparkplug,--maglev",
  "no optimising compiler": "--no-sparkplug,--no-maglev,--no-turbofan",
  "young generation up to 1 MB": `${AS_THE_AGENT},--max-semi-space-size=1`,
  "young generation up to 32 MB": `${AS_THE_AGENT},--max-semi-space-size=32`,
  "heap up to 64 MB": `${AS_THE_AGENT},--max-old-space-size=64`,
  "optimised for size": `${AS_THE_AGENT},--optimize-for-size`,
};

const folder = new TempFolder();
addEventListener("unload", () => folder[Symbol.dispose]());
const log = folder.file("app.log");
Deno.writeTextFileSync(log, logText(LINES));

for (const [name, flags] of Object.entries(CANDIDATES)) {
  const baseline = flags === AS_THE_AGENT;
  Deno.bench({ name, group: "file to queue", baseline, n: 3, warmup: 1 }, async (b) => {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "-P=test",
        "--config",
        CONFIG,
        `--v8-flags=${flags}`,
        PROGRAM,
        log,
        `${LINES}`,
      ],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    await output.read();
    const input = child.stdin.getWriter();
    b.start();
    await input.write(new Uint8Array(1));
    const { value = "" } = await output.read();
    b.end();
    await Promise.all([input.close(), output.cancel()]);
    const { cpu_us, peak_bytes } = JSON.parse(value);
    const perLine = (cpu_us / LINES).toFixed(2);
    note(name, `${perLine} µs CPU a line, peak ${megabytes(peak_bytes)}`);
    assert.equal((await child.status).code, 0);
  });
}
