import assert from "node:assert/strict";
import { systemClock } from "../../../src/shared/clock.ts";
import { Scripts } from "../../../src/agent/process/scripts.ts";
import type { ActionRun } from "../../../src/agent/responses/action.ts";
import { ScriptAction } from "../../../src/agent/responses/script_action.ts";
import { TempFolder } from "../../support/queues.ts";

interface Scene {
  action: ScriptAction;
  /** Puts a shell script in place. */
  script(body: string, mode?: number, first?: string): void;
}

function test(name: string, run: (scene: Scene) => Promise<void>): void {
  Deno.test({
    name: `ScriptAction ${name}`,
    ignore: Deno.build.os === "windows",
    async fn() {
      using folder = new TempFolder();
      const bin = folder.file("active-response/bin");
      Deno.mkdirSync(bin, { recursive: true, mode: 0o700 });
      const scripts = new Scripts({ dataFolder: folder.path, clock: systemClock });
      const script = (body: string, mode = 0o700, first = "#!/bin/sh") => {
        Deno.writeTextFileSync(`${bin}/act`, `${first}\n${body}\n`);
        Deno.chmodSync(`${bin}/act`, mode);
      };
      await run({
        action: new ScriptAction({ scripts, agent: { id: "a-1", name: "web" } }),
        script,
      });
    },
  });
}

const RUN: ActionRun = {
  name: "act",
  subject: { source: { ip: "192.0.2.7" }, user: { name: "eve" }, input: { rule: { id: "5712" } } },
  orderedMs: 600_000,
  before: null,
  noteBefore: () => Promise.resolve(),
  claimKeys: () => Promise.resolve("continue"),
  signal: new AbortController().signal,
};

/** As a script in the way of Wazuh's: one line in, its keys out, one line in. */
const ASKING = `read -r line
printf '{"version":1,"origin":{"name":"act","module":"active-response"},'
printf '"command":"check_keys","parameters":{"keys":["192.0.2.7","eve"]}}\\n'
read -r answer
echo "$answer"`;

function linesOf({ data = "{}" }: { data?: string }): string[] {
  return JSON.parse(data).stdout.trim().split("\n");
}

test("gives a script one line of the JSON that Wazuh's get", async ({ action, script }) => {
  script('read -r line; echo; echo "$line"');
  const enabled = linesOf(await action.enable(RUN));
  assert.deepEqual(JSON.parse(enabled.at(-1) ?? ""), {
    wazuh: {
      active_response: { name: "act", executable: "act", type: "stateful", stateful_timeout: 600 },
      agent: { id: "a-1", name: "web" },
    },
    rule: { id: "5712" },
    source: { ip: "192.0.2.7" },
    user: { name: "eve" },
    command: "enable",
  });
  const once = linesOf(await action.disable({ ...RUN, subject: {}, orderedMs: null }));
  const { wazuh, ...others } = JSON.parse(once.at(-1) ?? "");
  assert.deepEqual(wazuh.active_response, { name: "act", executable: "act", type: "stateless" });
  assert.deepEqual(others, { command: "disable" });
});

test("answers what it asks with its keys: continue, or abort", async ({ action, script }) => {
  script(ASKING);
  const asked: (readonly string[])[] = [];
  for (const word of ["continue", "abort"] as const) {
    const claimKeys = (keys: readonly string[]) => {
      asked.push(keys);
      return Promise.resolve(word);
    };
    const { command, ...others } = JSON.parse(
      linesOf(await action.enable({ ...RUN, claimKeys })).at(-1) ?? "",
    );
    assert.equal(command, word);
    assert.deepEqual(others.source, { ip: "192.0.2.7" });
  }
  assert.deepEqual(asked, [["192.0.2.7", "eve"], ["192.0.2.7", "eve"]]);
});

test("tells a script to go on whatever its first line is", async ({ action, script }) => {
  const claimKeys = () => Promise.reject(new Error("claimed"));
  const lines = [
    "hello",
    "{}",
    '{"command":"check_keys"}',
    '{"command":"check_keys","parameters":' +
    '{"keys":[]}}',
    '{"command":"check_keys","parameters":{"keys":[7]}}',
    "[".repeat(5_000),
  ];
  for (const line of lines) {
    script(`read -r line; echo '${line}'; read -r answer; echo "$answer"`);
    const answer = linesOf(await action.enable({ ...RUN, claimKeys })).at(-1) ?? "";
    assert.equal(JSON.parse(answer).command, "continue", line.slice(0, 40));
  }
});

test("asks nothing of a script that is to disable, and closes its input", async ({ action, script }) => {
  script("cat > /dev/null; echo done");
  assert.deepEqual(linesOf(await action.disable(RUN)), ["done"]);
});

test("says how a script ended, and tells what did not even start from what did", async ({ action, script }) => {
  script("exit 3");
  const { isDone, message, exitCode } = await action.enable(RUN);
  assert.deepEqual([isDone, message, exitCode], [false, "exit status 3", 3]);
  script("kill -9 $$");
  const killed = await action.disable(RUN);
  assert.deepEqual([killed.isDone, killed.message, killed.exitCode], [
    false,
    "ended by SIGKILL",
    null,
  ]);
  script("exit 0", 0o722);
  await assert.rejects(action.enable(RUN), {
    name: "NotStartedError",
    message: /others can write/,
  });
  script("#", 0o700, "#!/nonexistent/interpreter");
  await assert.rejects(action.enable(RUN), { name: "NotStartedError", message: /No such file/ });
  const claimKeys = () => Promise.reject(new Error("no disk"));
  script(ASKING);
  await assert.rejects(action.enable({ ...RUN, claimKeys }), { name: "Error", message: "no disk" });
});

test("refuses a name that nothing has", async ({ action, script }) => {
  assert.match(await action.refusal(RUN) ?? "", /there is no response "act" on this machine/);
  script("exit 0");
  assert.equal(await action.refusal(RUN), undefined);
});
