/** Scans in children: scripted ones that say what they are told to, and real ones. */

import assert from "node:assert/strict";
import type { ChildKeeper } from "../../../../../src/agent/modules/module.ts";
import { scanInChildren } from "../../../../../src/agent/modules/sca/scan/child_scan.ts";
import type {
  JobPolicy,
  PolicyMessage,
  ScanJob,
  ScanMessage,
} from "../../../../../src/agent/modules/sca/scan/scan_job.ts";
import { systemClock } from "../../../../../src/shared/clock.ts";
import { SystemFiles } from "../../../../../src/agent/platform/system_files.ts";
import { eventually } from "../../../../support/eventually.ts";
import { TempFolder } from "../../../../support/queues.ts";
import { FakeClock } from "../../../../support/fake_clock.ts";
import { policyText } from "../support/sca_scene.ts";

const signal = new AbortController().signal;

function jobOf(text: string, more: Partial<JobPolicy> = {}): ScanJob {
  return {
    policies: [{ key: "p", file: "p.yml", source: { text }, isRemote: false, skip: [], ...more }],
    commandTimeoutMs: 20_000,
    maxOutputBytes: 10_000,
    ownFolders: [],
    remoteFiles: [],
    withTraces: true,
  };
}

const READ: ScanMessage = {
  kind: "read",
  key: "p",
  read: {
    policy: {
      id: "p",
      name: "p",
      description: null,
      references: [],
      requirements: undefined,
      checks: ["1", "2", "3"].map((id) => ({
        id,
        name: id,
        description: null,
        rationale: null,
        remediation: null,
        references: [],
        compliance: {},
        mitre: [],
        condition: "all",
        rules: [],
      })),
    },
    problems: [],
  },
};
const MET: ScanMessage = { kind: "requirements", key: "p", outcome: outcome("Passed") };

function outcome(result: "Passed" | "Failed") {
  return { result, reason: null, traces: [] };
}

function at(check: string): ScanMessage {
  return { kind: "at", key: "p", what: "check", check };
}

function result(check: string): ScanMessage {
  return { kind: "result", key: "p", check, outcome: outcome("Passed") };
}

/** Children that say one list of messages each, then do what stands behind it. */
function scripted(...scripts: (readonly [messages: readonly ScanMessage[], then: string])[]) {
  let next = 0;
  const spawn = () => {
    const [messages, then] = scripts[next++] ?? [[], "exit 9"];
    const text = messages.map((message) => JSON.stringify(message)).join("\n");
    return new Deno.Command("/bin/sh", {
      args: ["-c", `read -r job; printf '%s' "$0"; ${then}`, text === "" ? "" : `${text}\n`],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  };
  return { spawn };
}

/** What a scan comes to, by check. */
async function resultsOf(messages: AsyncIterable<PolicyMessage>): Promise<string[]> {
  const results: string[] = [];
  for await (const message of messages) {
    if (message.kind !== "result") continue;
    const { check, outcome: { result, reason } } = message;
    results.push(`${check} ${result}${reason === null ? "" : `: ${reason}`}`);
  }
  return results;
}

Deno.test("scanInChildren() ends a pattern that goes on for ever with its child, and another goes on with the rest", async () => {
  const clock = new FakeClock();
  const { spawn } = scripted(
    [[READ, MET, result("1"), at("2")], "exec sleep 1000"],
    [[at("3"), result("3"), { kind: "end" }], "exit 0"],
  );
  const scan = scanInChildren(jobOf(""), { clock, signal, timeoutMs: 600_000, spawn });
  const results: string[] = [];
  for await (const message of scan) {
    if (message.kind !== "result") continue;
    results.push(`${message.check} ${message.outcome.result} ${message.outcome.reason}`);
    if (message.check === "1") queueMicrotask(() => clock.advance(10_000));
  }
  assert.deepEqual(results, [
    "1 Passed null",
    "2 Not run a pattern took longer than 10 s",
    "3 Passed null",
  ]);
});

Deno.test("scanInChildren() looks at checks one by one when a child ends by chance, and gives up the one with which that happens again", async () => {
  const once = scripted(
    [[READ, MET, at("1")], "kill -KILL $$"],
    [[at("1"), result("1"), result("2"), result("3"), { kind: "end" }], "exit 0"],
  );
  const options = { clock: systemClock, signal, timeoutMs: 600_000 };
  const first = await resultsOf(scanInChildren(jobOf(""), { ...options, spawn: once.spawn }));
  assert.deepEqual(first, ["1 Passed", "2 Passed", "3 Passed"]);
  const twice = scripted(
    [[READ, MET, at("1")], "kill -KILL $$"],
    [[at("1")], "kill -KILL $$"],
    [[at("1")], "kill -KILL $$"],
    [[result("2"), result("3"), { kind: "end" }], "exit 0"],
  );
  const second = await resultsOf(scanInChildren(jobOf(""), { ...options, spawn: twice.spawn }));
  assert.deepEqual(second, ["1 Not run: the scan ended by SIGKILL", "2 Passed", "3 Passed"]);
});

Deno.test("scanInChildren() fails with the last words of a child that looks at nothing", async () => {
  const { spawn } = scripted([[], "echo 'no room' >&2; exit 3"]);
  const scan = scanInChildren(jobOf(""), { clock: systemClock, signal, timeoutMs: 1_000, spawn });
  await assert.rejects(resultsOf(scan), { message: "the scan ended with status 3: no room" });
});

Deno.test("scanInChildren() says which checks were left when the whole scan takes too long", async () => {
  const clock = new FakeClock();
  const { spawn } = scripted([[READ, MET, result("1"), at("2")], "exec sleep 1000"]);
  const deps = { clock, signal, timeoutMs: 5_000, spawn };
  const results: string[] = [];
  for await (const message of scanInChildren(jobOf(""), deps)) {
    if (message.kind !== "result") continue;
    results.push(`${message.check} ${message.outcome.result} ${message.outcome.reason}`);
    if (message.check === "1") queueMicrotask(() => clock.advance(5_000));
  }
  const why = "Not run the scan took longer than 5 s";
  assert.deepEqual(results, ["1 Passed null", `2 ${why}`, `3 ${why}`]);
});

Deno.test("scanInChildren() ends with the signal's reason when aborted, and its child with it", async () => {
  const stop = new AbortController();
  const { spawn } = scripted([[READ, MET, result("1")], "exec sleep 1000"]);
  const scan = scanInChildren(jobOf(""), {
    clock: systemClock,
    signal: stop.signal,
    timeoutMs: 600_000,
    spawn,
  });
  const looked = (async () => {
    for await (const { kind } of scan) if (kind === "result") stop.abort(new Error("stop"));
  })();
  await assert.rejects(looked, { message: "stop" });
});

Deno.test("scanInChildren() says why a child was killed that took too much", async () => {
  const { spawn } = scripted(
    [[READ, MET, at("1")], "kill -KILL $$"],
    [[at("1")], "kill -KILL $$"],
    [[at("1")], "kill -KILL $$"],
    [[result("2"), result("3"), { kind: "end" }], "exit 0"],
  );
  const children: ChildKeeper = {
    watch: () => Promise.resolve({ cpuMs: 1, peakBytes: 1, killedFor: "it took 300 MB" }),
  };
  const deps = { clock: systemClock, signal, timeoutMs: 600_000, spawn, children };
  const [first] = await resultsOf(scanInChildren(jobOf(""), deps));
  assert.equal(first, "1 Not run: the scan was killed: it took 300 MB");
});

Deno.test("scanInChildren() ends what a killed child had started", async () => {
  const sleeper = new Deno.Command("/bin/sleep", { args: ["1000"], detached: true }).spawn();
  const group: ScanMessage = { kind: "group", event: "started", group: sleeper.pid };
  const { spawn } = scripted([[group, READ, MET], "kill -KILL $$"]);
  const scan = scanInChildren(jobOf(""), { clock: systemClock, signal, timeoutMs: 600_000, spawn });
  await assert.rejects(resultsOf(scan), /SIGKILL/);
  assert.equal((await sleeper.status).signal, "SIGKILL");
});

Deno.test("a real child leaves nobody behind, not even who left his process group", async () => {
  if (Deno.build.os !== "linux") return;
  using folder = new TempFolder();
  const pid = folder.file("pid");
  const text = policyText("p", {
    1: `c:sh -c "setsid sleep 987 >/dev/null 2>&1 & echo $! > ${pid}" -> !r:x`,
    2: "f:/etc/passwd -> r:^root:",
  });
  const scan = scanInChildren(jobOf(text), { clock: systemClock, signal, timeoutMs: 60_000 });
  await resultsOf(scan);
  const left = Number(Deno.readTextFileSync(pid));
  const ended = await eventually(
    () => Promise.resolve(new SystemFiles().readText(`/proc/${left}/stat`)),
    (stat) => stat === undefined || /\) Z /.test(stat),
  );
  assert.match(ended ?? "gone", /^gone$|\) Z /);
});

Deno.test("a real child looks at a policy: commands, files and processes of this machine", async () => {
  const text = policyText("p", {
    1: 'c:printf "%s\\n" "a b" -> r:^a b$',
    2: 'c:sh -c "echo out; echo err >&2" -> r:^err$',
    3: "f:/etc/passwd -> r:^root:",
    4: "c:no-such-program",
    5: "not p:no-such-process",
    6: 'c:sh -c "cat; env" -> !r:^HOME=',
    7: "f:/proc/self/status -> r:^Name:",
    8: "c:head -c 20000 /dev/zero",
  });
  const scan = scanInChildren(jobOf(text), { clock: systemClock, signal, timeoutMs: 60_000 });
  const results = (await resultsOf(scan)).sort();
  assert.deepEqual(results, [
    "1 Passed",
    "2 Passed",
    "3 Passed",
    "4 Not applicable: c:no-such-program: there is no command no-such-program",
    "5 Passed",
    "6 Passed",
    "7 Passed",
    "8 Not applicable: c:head -c 20000 /dev/zero: /usr/bin/head printed more than 10000 bytes",
  ]);
});
