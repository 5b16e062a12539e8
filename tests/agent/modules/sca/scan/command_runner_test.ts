import assert from "node:assert/strict";
import { CommandRunner } from "../../../../../src/agent/modules/sca/scan/command_runner.ts";
import { systemClock } from "../../../../../src/shared/clock.ts";
import { FakeClock } from "../../../../support/fake_clock.ts";

/** What a runner did: groups that began and ended, and how many ran together at most. */
class Watch {
  started = 0;
  most = 0;
  #running = 0;

  readonly onGroup = (event: "started" | "ended") => {
    this.#running += event === "started" ? 1 : -1;
    this.started += event === "started" ? 1 : 0;
    this.most = Math.max(this.most, this.#running);
  };
}

function runnerWith(more: Partial<ConstructorParameters<typeof CommandRunner>[0]> = {}) {
  const watch = new Watch();
  const runner = new CommandRunner({
    clock: systemClock,
    timeoutMs: 20_000,
    maxOutputBytes: 1_000,
    onGroup: watch.onGroup,
    signal: new AbortController().signal,
    ...more,
  });
  return { runner, watch };
}

Deno.test("CommandRunner runs a command once, however often it is asked for, and two at a time", async () => {
  const { runner, watch } = runnerWith();
  const names = ["echo a", "echo b", "echo c", "echo a", "echo d", "echo a"];
  const outputs = await Promise.all(names.map((name) => runner.run(name)));
  assert.deepEqual(outputs.map((output) => "stdout" in output ? output.stdout : output), [
    "a\n",
    "b\n",
    "c\n",
    "a\n",
    "d\n",
    "a\n",
  ]);
  assert.deepEqual([watch.started, watch.most], [4, 2]);
});

Deno.test("CommandRunner ends a command that takes too long, with all that it started", async () => {
  const clock = new FakeClock();
  const { runner } = runnerWith({
    clock,
    timeoutMs: 5_000,
    onGroup: (event) => {
      if (event === "started") queueMicrotask(() => clock.advance(5_000));
    },
  });
  // What it started holds its outputs open: the time stands still until they are closed.
  const output = await runner.run('sh -c "sleep 1000 & sleep 1001"');
  assert.deepEqual(output, { timedOut: "sh took longer than 5 s" });
});

Deno.test("CommandRunner ends a command that prints too much", async () => {
  const { runner } = runnerWith();
  assert.deepEqual(await runner.run("yes"), {
    missing: "/usr/bin/yes printed more than 1000 bytes",
  });
});

Deno.test("CommandRunner begins no command once it is aborted, also none that waits for its turn", async () => {
  const stop = new AbortController();
  const { runner, watch } = runnerWith({ signal: stop.signal });
  const running = ["sleep 1000", "sleep 1001", "sleep 1002"].map((command) => runner.run(command));
  stop.abort(new Error("stop"));
  const ended = await Promise.allSettled(running);
  assert.deepEqual(ended.map(({ status }) => status), ["rejected", "rejected", "rejected"]);
  assert.ok(watch.started <= 2);
});

Deno.test("CommandRunner finds programs on a fixed path, with a plain environment and nothing to read", async () => {
  const { runner } = runnerWith();
  const output = await runner.run('sh -c "env; cat; pwd"');
  const lines = "stdout" in output ? output.stdout.trim().split("\n") : [];
  const names = lines.map((line) => line.split("=")[0]).sort();
  assert.deepEqual(names, ["/", "LANG", "LC_ALL", "PATH", "PWD"].sort());
  assert.ok(lines.includes("LC_ALL=C"));
  assert.ok(lines.includes("PATH=/usr/sbin:/usr/bin:/sbin:/bin"));
});
