import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { runProgram } from "../../../../src/agent/cli/program.ts";
import { writeModuleOverride } from "../../../../src/agent/config/module_overrides.ts";
import { MODULES } from "../../../../src/agent/modules/modules.ts";
import type { ModuleStatus } from "../../../../src/shared/protocol/part_status.ts";
import { ReloadRequests } from "../../../../src/agent/process/signals.ts";
import { TempFolder } from "../../../support/queues.ts";

const AT = "2026-02-19T20:25:46.000Z";

/** Runs `agent modules …` on a machine where no agent runs. */
async function run(folder: TempFolder, args: string[], env: Record<string, string> = {}) {
  const written = { stdout: "", stderr: "" };
  const code = await runProgram(["modules", ...args], {
    stdout: (text) => void (written.stdout += text),
    stderr: (text) => void (written.stderr += text),
    env: {
      AGENT_CONFIG: folder.file("agent.yaml"),
      AGENT_PATH_DATA: folder.path,
      AGENT_PATH_RUN: folder.path,
      ...env,
    },
    isTerminal: { stdin: false, stdout: false, stderr: false },
    readStdin: () => Promise.resolve(""),
    flushStderr: () => Promise.resolve(),
    promptHidden: () => Promise.resolve(null),
    signal: new AbortController().signal,
    reloads: new ReloadRequests(),
  });
  return { code, ...written };
}

function machine(text: string): TempFolder {
  const folder = new TempFolder();
  Deno.writeTextFileSync(folder.file("agent.yaml"), text);
  return folder;
}

/** Its row of the list, wherever it stands. */
function logcollectorIn(modules: readonly ModuleStatus[]): ModuleStatus {
  const found = modules.find(({ name }) => name === "logcollector");
  assert(found !== undefined);
  return found;
}

const textOf = (folder: TempFolder) => Deno.readTextFileSync(folder.file("agent.yaml"));

Deno.test("agent modules lists what the configuration says when no agent runs", async () => {
  using folder = machine("logcollector.enabled: false\n");
  const { code, stdout } = await run(folder, []);
  assert.equal(code, 0);
  const [heads, ...rows] = stdout.split("\n");
  const row = rows.find((line) => line.startsWith("logcollector "));
  assert.match(
    heads ?? "",
    /^NAME +ENABLED +BY +STATE +SINCE +ITEMS +EVENTS +LAST SCAN +NEXT SCAN +ERRORS +REASON$/,
  );
  assert.match(row ?? "", /^logcollector +no +\S+agent\.yaml:1:23 +disabled +- +- +0 +- +- +0 +-$/);
  const { running, modules } = JSON.parse((await run(folder, ["--json"])).stdout);
  assert.equal(running, false);
  const module = logcollectorIn(modules);
  assert.deepEqual([module.name, module.enabled, module.enabled_by.source], [
    "logcollector",
    false,
    "file",
  ]);
});

Deno.test("agent modules disable writes one line, says which, and is nothing the second time", async () => {
  using folder = machine("# mine\nlogcollector: # files\n  start_at: end\n");
  const first = await run(folder, ["disable", "logcollector"]);
  assert.equal(first.code, 0, first.stderr);
  assert.equal(
    first.stdout,
    `${folder.file("agent.yaml")}:3\n+   enabled: false\nNo agent runs: the next start reads it\n`,
  );
  assert.equal(
    textOf(folder),
    "# mine\nlogcollector: # files\n  enabled: false\n  start_at: end\n",
  );
  const second = await run(folder, ["disable", "logcollector"]);
  assert.match(second.stdout, /says so already/);
  const back = await run(folder, ["enable", "logcollector", "--json"]);
  assert.deepEqual(JSON.parse(back.stdout).change, {
    line: 3,
    removed: ["  enabled: false"],
    added: ["  enabled: true"],
  });
});

Deno.test("agent modules names what is meant, and changes nothing for a name it does not know", async () => {
  using folder = machine("{}\n");
  for (const operation of ["enable", "disable", "reset", "show", "pause", "resume"]) {
    const more = await run(folder, [operation, "logcollector", "extra"]);
    assert.equal(more.code, 2, operation);
    assert.match(more.stderr, /too many arguments.*\nTry: agent modules /);
    const { code, stderr } = await run(folder, [operation, "logcolector"]);
    assert.equal(code, 2, operation);
    assert.equal(
      stderr,
      'Error: There is no module "logcolector", did you mean "logcollector"?\n' +
        `Try: name one of these: ${MODULES.map(({ name }) => name).join(", ")}\n`,
    );
  }
  const { code, stderr } = await run(folder, ["enabel", "logcollector"]);
  assert.equal(code, 2);
  assert.equal(
    stderr,
    "Error: unknown command 'enabel' (Did you mean enable?)\nTry: agent modules --help\n",
  );
  assert.equal(textOf(folder), "{}\n");
});

Deno.test("agent modules disable leaves a file alone that is not valid, or that it cannot change safely", async () => {
  using invalid = machine("logcollector.start_at: middle\n");
  assert.equal((await run(invalid, ["disable", "logcollector"])).code, 5);
  assert.equal(textOf(invalid), "logcollector.start_at: middle\n");
  const shared = "logcollector:\n  enabled: &on true\nactive_response:\n  enabled: *on\n";
  using anchored = machine(shared);
  const { code, stderr } = await run(anchored, ["disable", "logcollector"]);
  assert.equal(code, 5);
  assert.match(stderr, /Cannot set "logcollector\.enabled: false".*\nTry: write it into the file/);
  assert.equal(textOf(anchored), shared);
});

Deno.test("agent modules disable says when something stronger has another word", async () => {
  using folder = machine("{}\n");
  const byEnv = await run(folder, ["disable", "logcollector"], {
    AGENT_LOGCOLLECTOR_ENABLED: "true",
  });
  assert.equal(byEnv.code, 1);
  assert.match(
    byEnv.stderr,
    /stays enabled: environment AGENT_LOGCOLLECTOR_ENABLED is stronger\nTry: .*agent config show/,
  );
  assert.match(textOf(folder), /enabled: false/);
});

Deno.test("agent modules reset forgets the server's word while no agent runs", async () => {
  using folder = machine("remote.allow.options: [logcollector.enabled]\n");
  writeModuleOverride(folder.path, "logcollector", { enabled: false, by: "server", at: AT });
  const listed = logcollectorIn(JSON.parse((await run(folder, ["--json"])).stdout).modules);
  assert.deepEqual(listed.enabled_by, {
    source: "command",
    at: `command disable-module of ${AT}`,
  });
  const reset = await run(folder, ["reset", "logcollector"]);
  assert.equal(
    reset.stdout,
    `Forgotten: logcollector was disabled by the server at ${AT}\n` +
      "No agent runs: the next start takes what the configuration says\n",
  );
  const after = JSON.parse((await run(folder, ["--json"])).stdout).modules;
  assert.equal(logcollectorIn(after).enabled, true);
  assert.match((await run(folder, ["reset", "logcollector"])).stdout, /has said nothing/);
});

Deno.test("agent modules scan needs an agent that runs", async () => {
  using folder = machine("{}\n");
  const { code, stderr } = await run(folder, ["scan", "logcollector"]);
  assert.equal(code, 3);
  assert.match(stderr, /not running/);
});

Deno.test("agent modules resync and disable --keep need an agent that runs; the file is as it was", async () => {
  using folder = machine("{}\n");
  const before = Deno.readTextFileSync(folder.file("agent.yaml"));
  for (const args of [["resync", "logcollector"], ["disable", "logcollector", "--keep"]]) {
    const { code, stderr } = await run(folder, args);
    assert.equal(code, 3, stderr);
    assert.match(stderr, /not running/);
  }
  assert.equal(Deno.readTextFileSync(folder.file("agent.yaml")), before);
});

Deno.test("agent modules warns of a database with which the agent would not start, and has the list", async () => {
  using folder = machine("logcollector.enabled: false\n");
  {
    using database = new DatabaseSync(folder.file("agent.db"));
    database.exec("PRAGMA user_version = 9");
  }
  const { code, stdout, stderr } = await run(folder, []);
  assert.equal(code, 0);
  assert.match(stdout, /^logcollector/m);
  assert.match(stderr, /^Warning: the agent would not start: Cannot open database .*version 9/);
});

Deno.test("agent modules reset sets a file aside that cannot be understood, and says where it is", async () => {
  using folder = machine("{}\n");
  Deno.writeTextFileSync(folder.file("modules.json"), "{ damaged");
  const listed = await run(folder, []);
  assert.match(listed.stderr, /^Warning: What the server said of modules is ignored/);
  const { code, stdout } = await run(folder, ["reset", "logcollector"]);
  assert.equal(code, 0);
  assert.match(stdout, /could not be read, and is now in .*modules\.json\.damaged\n$/);
  assert.equal(Deno.readTextFileSync(folder.file("modules.json.damaged")), "{ damaged");
  assert.equal((await run(folder, [])).stderr, "");
});

Deno.test("agent modules disable --for keeps its word beside the file, names its end, and reset forgets it", async () => {
  using folder = machine("{}\n");
  const { code, stdout, stderr } = await run(folder, ["disable", "logcollector", "--for", "2h"]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^logcollector is disabled until 20\S+Z; .*\nNo agent runs: .*\n$/);
  assert.equal(textOf(folder), "{}\n");
  const shown = await run(folder, ["show", "logcollector", "--json"]);
  const { module } = JSON.parse(shown.stdout);
  assert.deepEqual([module.state, module.try], ["disabled", "agent modules reset logcollector"]);
  assert.match(
    module.reason,
    /^disabled by command agent modules disable of 20\S+Z, until 20\S+Z$/,
  );
  const untilMs = Date.parse(module.enabled_by.until);
  assert.ok(Math.abs(untilMs - Date.now() - 7_200_000) < 60_000);
  const reset = await run(folder, ["reset", "logcollector"]);
  assert.match(reset.stdout, /^Forgotten: logcollector was disabled by a person at 20/);
});

Deno.test("agent modules disable --for is refused where something stronger decides, and with --keep", async () => {
  using folder = machine("{}\n");
  const args = ["disable", "logcollector", "--for", "2h"];
  const byEnv = await run(folder, args, { AGENT_LOGCOLLECTOR_ENABLED: "true" });
  assert.equal(byEnv.code, 1);
  assert.match(byEnv.stderr, /set by environment AGENT_LOGCOLLECTOR_ENABLED, which is stronger/);
  assert.equal((await run(folder, [...args, "--keep"])).code, 2);
  for (const wrong of ["0s", "2", "two hours", "366d"]) {
    assert.equal((await run(folder, ["enable", "logcollector", "--for", wrong])).code, 2, wrong);
  }
});

Deno.test("agent modules show tells state, reason and the next step of one module", async () => {
  using folder = machine("logcollector.enabled: false\n");
  const { code, stdout } = await run(folder, ["show", "logcollector"]);
  assert.equal(code, 0);
  assert.match(stdout, /^state +disabled$/m);
  assert.match(stdout, /^reason +disabled by .*agent\.yaml:1:23$/m);
  assert.match(stdout, /^try +agent modules enable logcollector$/m);
});

Deno.test("agent modules pause and resume need an agent that runs", async () => {
  using folder = machine("{}\n");
  for (const word of ["pause", "resume"]) {
    assert.equal((await run(folder, [word, "logcollector"])).code, 3, word);
  }
});

Deno.test("agent modules --interval is refused without --watch", async () => {
  using folder = machine("{}\n");
  const { code, stderr } = await run(folder, ["--interval", "5s"]);
  assert.equal(code, 2);
  assert.match(stderr, /Try: agent modules --watch --interval 5s\n$/);
});
