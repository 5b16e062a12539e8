import { guarded } from "../../../../src/agent/cli/command_io.ts";
import { ReloadRequests } from "../../../../src/agent/process/signals.ts";
import assert from "node:assert/strict";
import { commandsCommand } from "../../../../src/agent/cli/commands/command.ts";
import { JournalScene, order } from "../../commands/support/journals.ts";

/** What `agent commands` prints for the data folder of `scene`. */
async function list(folder: string, ...args: string[]): Promise<string> {
  await Deno.writeTextFile(`${folder}/agent.yaml`, "{}\n");
  let out = "";
  const command = commandsCommand(guarded({
    stdout: (text) => void (out += text),
    stderr: () => {},
    env: { AGENT_CONFIG: `${folder}/agent.yaml`, AGENT_PATH_DATA: folder, AGENT_PATH_RUN: folder },
    isTerminal: { stdin: false, stdout: false, stderr: false },
    readStdin: () => Promise.resolve(""),
    flushStderr: () => Promise.resolve(),
    promptHidden: () => Promise.resolve(null),
    signal: new AbortController().signal,
    reloads: new ReloadRequests(),
  }));
  command.exitOverride().configureOutput({ writeErr: () => {} });
  await command.parseAsync(args, { from: "user" });
  return out;
}

/** A journal with a command in three of its states, and one that was answered without being run. */
async function fill({ journal, clock }: JournalScene): Promise<void> {
  await journal.receive([order("A8-1", "set-group"), order("A8-2", "restart"), { id: "A8-3" }]);
  await clock.advance(1_000);
  await journal.start("A8-1");
  await clock.advance(1_500);
  await journal.finish("A8-1", { code: 3, message: "timed out\n\u001b[31mafter 1 s", data: "x" });
  await journal.report("A8-1");
  await journal.start("A8-2");
}

Deno.test("agent commands lists the newest first, while an agent holds the database open", async () => {
  using scene = new JournalScene();
  await fill(scene);
  assert.equal(
    await list(scene.folder.path),
    `RECEIVED              ID    ACTION     STATE     TOOK   RESULT
2026-01-01T00:00:00Z  A8-3  -          reported  -      failure: Malformed command: "action": expected object, received undefined
2026-01-01T00:00:00Z  A8-2  restart    running   -      -
2026-01-01T00:00:00Z  A8-1  set-group  reported  1.5 s  time-out: timed out \\x1b[31mafter 1 s
`,
  );
});

Deno.test("agent commands --json prints every member, null where there is nothing yet", async () => {
  using scene = new JournalScene();
  await fill(scene);
  const document = JSON.parse(await list(scene.folder.path, "--json"));
  assert.equal(document.schema, 1);
  assert.deepEqual(document.commands.slice(1), [{
    id: "A8-2",
    action: "restart",
    state: "running",
    code: null,
    message: null,
    data: null,
    received_at: "2026-01-01T00:00:00.000Z",
    started_at: "2026-01-01T00:00:02.500Z",
    done_at: null,
    reported_at: null,
    delivered_at: null,
  }, {
    id: "A8-1",
    action: "set-group",
    state: "reported",
    code: 3,
    message: "timed out\n\u001b[31mafter 1 s",
    data: "x",
    received_at: "2026-01-01T00:00:00.000Z",
    started_at: "2026-01-01T00:00:01.000Z",
    done_at: "2026-01-01T00:00:02.500Z",
    reported_at: "2026-01-01T00:00:02.500Z",
    delivered_at: null,
  }]);
});

Deno.test("agent commands shows as many as --limit says, and takes only whole numbers", async () => {
  using scene = new JournalScene();
  await fill(scene);
  const document = JSON.parse(await list(scene.folder.path, "--json", "--limit", "1"));
  assert.deepEqual(document.commands.map(({ id }: { id: string }) => id), ["A8-3"]);
  for (const limit of ["0", "-1", "1.5", "many", ""]) {
    await assert.rejects(list(scene.folder.path, "--limit", limit), /whole number from 1/);
  }
});

Deno.test("agent commands says so when there is no journal yet, and makes none", async () => {
  const folder = await Deno.makeTempDir();
  assert.equal(await list(folder), "No command has come yet.\n");
  assert.equal(await list(folder, "--json"), '{"schema":1,"commands":[]}\n');
  await assert.rejects(Deno.stat(`${folder}/agent.db`), Deno.errors.NotFound);
  await Deno.remove(folder, { recursive: true });
});
