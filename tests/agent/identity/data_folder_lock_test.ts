import assert from "node:assert/strict";
import { join } from "node:path";
import type { Clock } from "../../../src/shared/clock.ts";
import { AgentError } from "../../../src/shared/errors.ts";
import { prepareDataFolder } from "../../../src/agent/identity/data_folder.ts";
import { lockDataFolder, lockForAgent } from "../../../src/agent/identity/data_folder_lock.ts";
import { TempFolder } from "../../support/queues.ts";

const MODULE = new URL("../../../src/agent/identity/data_folder_lock.ts", import.meta.url).href;

function assertAgentError(code: string, message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof AgentError);
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.ok(error.hint);
    return true;
  };
}

/** A process of its own that holds the lock of `folder` until it is killed. */
async function startHolder(folder: string) {
  const code = `import { lockDataFolder, lockForAgent } from ${JSON.stringify(MODULE)};
    globalThis.lock = lockDataFolder(Deno.args[0]);
    console.log("locked");
    setInterval(() => {}, 1000);`;
  const script = join(folder, "holder.ts");
  await Deno.writeTextFile(script, code);
  const holder = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--allow-all", script, folder],
    stdout: "piped",
  }).spawn();
  const reader = holder.stdout.getReader();
  await reader.read();
  return {
    pid: holder.pid,
    async kill() {
      holder.kill("SIGKILL");
      await holder.status;
      await reader.cancel();
    },
  };
}

Deno.test("lockDataFolder() lets one in at a time and says who holds the folder", () => {
  using folder = new TempFolder();
  const lock = lockDataFolder(folder.path);
  const pattern = Deno.build.os === "windows"
    ? /in use by/
    : new RegExp(`^Data folder ".*" is in use by process ${Deno.pid}$`);
  const second = () => lockDataFolder(folder.path);
  assert.throws(second, assertAgentError("data_folder_locked", pattern));
  lock[Symbol.dispose]();
  second()[Symbol.dispose]();
});

Deno.test("lockDataFolder() keeps other processes out, and is free again when its holder is killed", async () => {
  using folder = new TempFolder();
  const holder = await startHolder(folder.path);
  try {
    const lock = () => lockDataFolder(folder.path);
    const pattern = Deno.build.os === "windows"
      ? /in use by/
      : new RegExp(`process ${holder.pid}$`);
    assert.throws(lock, assertAgentError("data_folder_locked", pattern));
  } finally {
    await holder.kill();
  }
  lockDataFolder(folder.path)[Symbol.dispose]();
});

/** A clock whose sleepers wake at once, later than they fell asleep. */
function hastyClock(onSleep: () => void = () => {}): Clock {
  let nowMs = 0;
  return {
    now: () => nowMs,
    monotonic: () => nowMs,
    sleep(durationMs, signal) {
      nowMs += durationMs;
      onSleep();
      return signal?.aborted ? Promise.reject(signal.reason) : Promise.resolve();
    },
  };
}

Deno.test("lockForAgent() waits for a command that has the lock for a moment, and for no other", async () => {
  using folder = new TempFolder();
  const { signal } = new AbortController();
  const command = lockDataFolder(folder.path, { briefly: true });
  let looks = 0;
  const clock = hastyClock(() => {
    if (++looks === 100) command[Symbol.dispose]();
  });
  using _agent = await lockForAgent(folder.path, { clock, signal });
  assert.equal(looks, 100);
  await assert.rejects(
    lockForAgent(folder.path, { clock, signal }),
    assertAgentError("data_folder_locked", /in use by/),
  );
});

Deno.test("lockForAgent() gives up on a command that is not done in 10 s, and when it is told to", async () => {
  using folder = new TempFolder();
  using _command = lockDataFolder(folder.path, { briefly: true });
  const clock = hastyClock();
  const { signal } = new AbortController();
  await assert.rejects(
    lockForAgent(folder.path, { clock, signal }),
    assertAgentError("data_folder_locked", /in use by/),
  );
  assert.equal(clock.monotonic(), 10_000);
  const stopped = { clock, signal: AbortSignal.abort("stop") };
  await assert.rejects(lockForAgent(folder.path, stopped), (error) => error === "stop");
});

Deno.test("lockDataFolder() takes a file left over from a crash for nothing", () => {
  using folder = new TempFolder();
  Deno.writeTextFileSync(join(folder.path, "agent.lock"), "999999\n");
  using lock = lockDataFolder(folder.path);
  if (Deno.build.os !== "windows") {
    assert.equal(Deno.readTextFileSync(lock.path), `${Deno.pid}\n`);
  }
});

Deno.test("lockDataFolder() says so when there is no folder", () => {
  using folder = new TempFolder();
  const lock = () => lockDataFolder(join(folder.path, "missing"));
  assert.throws(lock, assertAgentError("folder_unusable", /^Cannot lock data folder ".*missing"/));
});

Deno.test("prepareDataFolder() makes the folder for its owner only and leaves nothing in it", () => {
  using folder = new TempFolder();
  const path = join(folder.path, "a", "b");
  prepareDataFolder(path);
  prepareDataFolder(path);
  assert.deepEqual([...Deno.readDirSync(path)], []);
  if (Deno.build.os !== "windows") {
    assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o700);
  }
});

Deno.test("prepareDataFolder() refuses what can't be a folder", () => {
  using folder = new TempFolder();
  const path = join(folder.path, "file");
  Deno.writeTextFileSync(path, "");
  const prepare = () => prepareDataFolder(join(path, "data"));
  assert.throws(prepare, assertAgentError("folder_unusable", /^Cannot use data folder ".*data": /));
});
