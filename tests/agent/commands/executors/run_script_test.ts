import assert from "node:assert/strict";
import { join } from "node:path";
import { type Clock, systemClock } from "../../../../src/shared/clock.ts";
import { RunScriptExecutor } from "../../../../src/agent/commands/executors/run_script.ts";
import { Scripts } from "../../../../src/agent/process/scripts.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";
import type { CommandResult } from "../../../../src/shared/protocol/commands.ts";

const onWindows = Deno.build.os === "windows";

interface Scene {
  dataFolder: string;
  /** Puts a shell script in place and returns its path. */
  script(name: string, body: string, mode?: number): string;
  run(
    args: { name: string; arguments?: string[]; input?: unknown },
    options?: { signal?: AbortSignal; clock?: Clock; enabled?: boolean },
  ): Promise<CommandResult>;
}

/** Where an administrator puts scripts. */
function scriptFolder(dataFolder: string): string {
  return join(dataFolder, "active-response", "bin");
}

function test(name: string, run: (scene: Scene) => Promise<void>): void {
  Deno.test({
    name: `run-script ${name}`,
    ignore: onWindows,
    async fn() {
      const dataFolder = Deno.realPathSync(Deno.makeTempDirSync());
      const folder = scriptFolder(dataFolder);
      Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
      try {
        await run(sceneIn(dataFolder, folder));
      } finally {
        Deno.removeSync(dataFolder, { recursive: true });
      }
    },
  });
}

function sceneIn(dataFolder: string, folder: string): Scene {
  return {
    dataFolder,
    script(name, body, mode = 0o700) {
      const path = join(folder, name);
      Deno.writeTextFileSync(path, `#!/bin/sh\n${body}\n`);
      Deno.chmodSync(path, mode);
      return path;
    },
    async run(args, { signal, clock = systemClock, enabled = true } = {}) {
      const scripts = new Scripts({ dataFolder, clock });
      const executor = new RunScriptExecutor({ scripts, isEnabled: () => enabled });
      const context = { document_id: "1", signal: signal ?? new AbortController().signal };
      return await executor.execute(executor.args.parse(args), context);
    },
  };
}

function dataOf({ data = "null" }: CommandResult) {
  return JSON.parse(data);
}

/** Whether a process lives; one that has ended and was not asked for its status does not. */
function isAlive(pid: number): boolean {
  const { stdout } = new Deno.Command("ps", { args: ["-o", "stat=", "-p", `${pid}`] }).outputSync();
  const state = new TextDecoder().decode(stdout).trim();
  return state !== "" && !state.startsWith("Z");
}

/** A killed process needs a moment to go. */
function assertGone(pid: number): void {
  const isGone = Array(50).keys().some(() => !isAlive(pid));
  if (!isGone) Deno.kill(pid, "SIGKILL");
  assert(isGone, `process ${pid} was left behind`);
}

test("gives exit status and both outputs back", async ({ script, run }) => {
  script("ok.sh", "echo out; echo err >&2");
  assert.deepEqual(await run({ name: "ok.sh" }), {
    code: 0,
    message: "exit status 0",
    data: JSON.stringify({
      exit_status: 0,
      signal: null,
      stdout: "out\n",
      stderr: "err\n",
      cut: false,
    }),
  });
});

test("fails with any other exit status, and with a signal by its name", async (scene) => {
  scene.script("three", "exit 3");
  scene.script("killed", "kill -9 $$");
  const three = await scene.run({ name: "three" });
  assert.deepEqual([three.code, three.message], [1, "exit status 3"]);
  const killed = await scene.run({ name: "killed" });
  assert.deepEqual([killed.code, killed.message], [1, "ended by SIGKILL"]);
  assert.equal(dataOf(killed).signal, "SIGKILL");
});

test("hands arguments over as they are, without a shell", async ({ script, run }) => {
  script("args", 'printf "[%s]" "$@"');
  const result = await run({ name: "args", arguments: ["a b", "", "$(id)", "*", "'ü", "-n"] });
  assert.equal(dataOf(result).stdout, "[a b][][$(id)][*]['ü][-n]");
});

test("writes the input as JSON and closes standard input", async ({ script, run }) => {
  script("input", "cat");
  const input = { alert: { id: 1, text: "ü\n" } };
  assert.deepEqual(JSON.parse(dataOf(await run({ name: "input", input })).stdout), input);
  assert.equal(dataOf(await run({ name: "input" })).stdout, "");
  assert.equal(dataOf(await run({ name: "input", input: null })).stdout, "null\n");
});

test("does not mind a script that leaves its input unread", async ({ script, run }) => {
  script("deaf", "exit 0");
  const result = await run({ name: "deaf", input: "x".repeat(60_000) });
  assert.equal(result.code, 0);
});

test("starts with a bare environment in the root folder", async ({ script, run }) => {
  Deno.env.set("AGENT_TEST_ONLY", "leak");
  try {
    script("env", "pwd; exec env");
    const lines = dataOf(await run({ name: "env" })).stdout.trim().split("\n");
    assert.equal(lines.shift(), "/");
    const own = lines.filter((line: string) => !/^(PWD|SHLVL|OLDPWD|_)=/.test(line));
    assert.deepEqual(own.sort(), ["LANG=C", "PATH=/usr/bin:/bin"]);
  } finally {
    Deno.env.delete("AGENT_TEST_ONLY");
  }
});

test("cuts a long output between two characters, says so, and reads it all", async (scene) => {
  scene.script(
    "long",
    "printf x; awk 'BEGIN { for (i = 0; i < 200000; i++) printf \"ü\" }'; echo end >&2",
  );
  const { stdout, stderr, cut } = dataOf(await scene.run({ name: "long" }));
  assert.equal(cut, true);
  assert.equal(stderr, "end\n");
  assert.equal(stdout, `x${"ü".repeat(32_767)}\n[cut after 65536 bytes]`);
});

test("kills the whole group when its signal is aborted", async ({ dataFolder, script, run }) => {
  const pids = join(dataFolder, "pids");
  script("slow", `sleep 300 &\necho "$$ $!" > ${pids}.new\nmv ${pids}.new ${pids}\nwait`);
  const timeout = new AbortController();
  const running = run({ name: "slow" }, { signal: timeout.signal });
  const rejected = assert.rejects(running, /time is up/);
  while (!isThere(pids)) await settle("timer", 1);
  timeout.abort(new Error("time is up"));
  await rejected;
  const [script_, child] = Deno.readTextFileSync(pids).split(" ").map(Number);
  assertGone(script_ ?? 0);
  assertGone(child ?? 0);
});

test("kills what a script leaves behind in its group, and keeps the result", async (scene) => {
  scene.script("leaver", "sleep 300 &\necho $!");
  const result = await scene.run({ name: "leaver" });
  assert.equal(result.code, 0);
  assertGone(Number(dataOf(result).stdout));
});

test("waits a second, not longer, for one that left the group and holds the output", async (scene) => {
  const pid = join(scene.dataFolder, "pid");
  const leave = 'setsid; open my $file, ">", shift; print $file $$; close $file; exec "sleep", 300';
  scene.script(
    "escape",
    `perl -MPOSIX=setsid -e 'fork and exit; ${leave}' ${pid}\n` +
      `until [ -s ${pid} ]; do :; done; echo done`,
  );
  const clock = new FakeClock();
  const running = scene.run({ name: "escape" }, { clock });
  while (clock.nextWakeIn() === undefined) await settle("timer", 1);
  await clock.advance(999);
  assert.equal(await Promise.race([running, "still waiting"]), "still waiting");
  await clock.advance(1);
  assert.equal(dataOf(await running).stdout, "done\n");
  Deno.kill(Number(Deno.readTextFileSync(pid)), "SIGKILL");
});

test("does nothing when it is aborted before", async ({ dataFolder, script, run }) => {
  script("trace", `echo ran > ${join(dataFolder, "ran")}`);
  await assert.rejects(run({ name: "trace" }, { signal: AbortSignal.abort() }));
  assert(!isThere(join(dataFolder, "ran")));
});

test("is off unless it was turned on", async ({ dataFolder, script, run }) => {
  script("trace", `echo ran > ${join(dataFolder, "ran")}`);
  assert.deepEqual(await run({ name: "trace" }, { enabled: false }), {
    code: 1,
    message: "active response is off: set active_response.enabled: true",
  });
  assert(!isThere(join(dataFolder, "ran")));
});

test("refuses files that are no scripts of the agent's", async (scene) => {
  const { dataFolder, script, run } = scene;
  const folder = scriptFolder(dataFolder);
  const good = script("good", "exit 0");
  Deno.symlinkSync(good, join(folder, "link"));
  Deno.mkdirSync(join(folder, "folder"));
  script("group_writable", "exit 0", 0o770);
  script("world_writable", "exit 0", 0o702);
  script("plain", "exit 0", 0o600);
  const cases: [string, RegExp][] = [
    ["missing", /missing": there is no such file$/],
    ["link", /link": it is a symbolic link$/],
    ["folder", /folder": it is not a regular file$/],
    ["group_writable", /others can write it$/],
    ["world_writable", /others can write it$/],
    ["plain", /it is not executable$/],
  ];
  for (const [name, message] of cases) await assert.rejects(run({ name }), message, name);
  assert.equal((await run({ name: "good" })).code, 0);
});

test("runs what it looked at, while others exchange the file all the time", async (scene) => {
  const { dataFolder, script, run } = scene;
  const good = script("good", "echo good");
  const evil = script("evil", `echo evil; echo ran > ${join(dataFolder, "ran")}`, 0o722);
  const swap = `while :; do ln -f ${evil} ${good}.tmp && mv -f ${good}.tmp ${good}
    ln -f ${good}.keep ${good}.tmp && mv -f ${good}.tmp ${good}; done 2>/dev/null`;
  Deno.linkSync(good, `${good}.keep`);
  const attacker = new Deno.Command("sh", { args: ["-c", swap] }).spawn();
  try {
    const outcomes = new Map<string, number>();
    for (let round = 0; round < 150; round++) {
      const outcome = await run({ name: "good" }).then(
        (result) => dataOf(result).stdout,
        (error) => error.message.replace(/^.*: /, ""),
      );
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    const allowed = ["good\n", "others can write it", "it changed while it was opened"];
    const odd = [...outcomes.keys()].filter((outcome) => !allowed.includes(outcome));
    assert.deepEqual(odd, []);
    assert(!isThere(join(dataFolder, "ran")));
  } finally {
    attacker.kill("SIGKILL");
    await attacker.status;
  }
});

test("does not wait for a FIFO in place of a script", async ({ dataFolder, run }) => {
  const path = join(scriptFolder(dataFolder), "fifo");
  new Deno.Command("mkfifo", { args: [path] }).outputSync();
  await assert.rejects(run({ name: "fifo" }), /it is not a regular file$/);
});

test("leaves no copy behind, and removes those of a crash", async ({ dataFolder, script, run }) => {
  const copies = join(dataFolder, "running-scripts");
  Deno.mkdirSync(join(copies, "of-a-crash"), { recursive: true });
  script("self", 'echo "$0"');
  assert.match(
    dataOf(await run({ name: "self" })).stdout,
    /\/running-scripts\/[0-9a-f-]{36}\/self\n$/,
  );
  assert.deepEqual([...Deno.readDirSync(copies)], []);
});

test("refuses every script while others can write a folder of theirs", async (scene) => {
  const { dataFolder, script, run } = scene;
  script("good", "exit 0");
  const folder = scriptFolder(dataFolder);
  for (const writable of [folder, join(folder, ".."), dataFolder]) {
    Deno.chmodSync(writable, 0o777);
    await assert.rejects(run({ name: "good" }), /(others can write it|written by others .*)$/);
    Deno.chmodSync(writable, 0o700);
  }
  Deno.renameSync(folder, `${folder}.real`);
  Deno.symlinkSync(`${folder}.real`, folder);
  await assert.rejects(run({ name: "good" }), /it is not a folder$/);
});

Deno.test({
  name: "run-script refuses a script and a folder of another user",
  ignore: onWindows || Deno.uid() !== 0,
  async fn() {
    const dataFolder = Deno.realPathSync(Deno.makeTempDirSync());
    const folder = scriptFolder(dataFolder);
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { script, run } = sceneIn(dataFolder, folder);
    const foreign = /belongs neither to the agent's user nor to root$/;
    try {
      const path = script("foreign", "exit 0");
      Deno.chownSync(path, 12_345, 12_345);
      await assert.rejects(run({ name: "foreign" }), foreign);
      script("good", "exit 0");
      Deno.chownSync(folder, 12_345, 12_345);
      await assert.rejects(run({ name: "good" }), foreign);
    } finally {
      Deno.removeSync(dataFolder, { recursive: true });
    }
  },
});

Deno.test("run-script takes a name, up to 64 arguments and JSON, and nothing else", () => {
  const scripts = new Scripts({ dataFolder: "/", clock: systemClock });
  const { args } = new RunScriptExecutor({ scripts, isEnabled: () => true });
  const wrong: [unknown, string][] = [
    [{}, "name"],
    [{ name: "../x" }, "name"],
    [{ name: "a/b" }, "name"],
    [{ name: ".hidden" }, "name"],
    [{ name: "" }, "name"],
    [{ name: "x\n" }, "name"],
    [{ name: "x".repeat(129) }, "name"],
    [{ name: "x", arguments: "y" }, "arguments"],
    [{ name: "x", arguments: [1] }, "arguments.0"],
    [{ name: "x", arguments: ["a\0b"] }, "arguments.0"],
    [{ name: "x", arguments: ["ü".repeat(2_049)] }, "arguments.0"],
    [{ name: "x", arguments: Array(65).fill("") }, "arguments"],
    [{ name: "x", input: "x".repeat(65_536) }, "input"],
    [{ name: "x", argument: [] }, ""],
    [[], ""],
  ];
  for (const [value, path] of wrong) {
    const { error } = args.safeParse(value);
    assert.equal(error?.issues[0]?.path.join("."), path, JSON.stringify(value).slice(0, 80));
  }
  assert.deepEqual(args.parse({ name: "a-B_1.sh" }), { name: "a-B_1.sh", arguments: [] });
  assert(args.safeParse({ name: "x", arguments: Array(64).fill("ü".repeat(2_048)) }).success);
  assert(args.safeParse({ name: "x", input: "x".repeat(65_534) }).success);
});

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
