/** `agent modules` beside an agent that answers as a test says. */

import assert from "node:assert/strict";
import { runProgram } from "../../../../src/agent/cli/program.ts";
import { endpointIn, listen } from "../../../../src/agent/control/endpoint.ts";
import { ReloadRequests } from "../../../../src/agent/process/signals.ts";
import { TempFolder } from "../../../support/queues.ts";

const TEXT = "# mine\nlogcollector:\n  enabled: true # files\n";

/** Runs the command while an agent answers each request for a reload with `answer`. */
async function disableBeside(folder: TempFolder, answer: () => Response) {
  Deno.writeTextFileSync(folder.file("agent.yaml"), TEXT);
  const listener = await listen(endpointIn(folder.path), answer);
  const written = { stdout: "", stderr: "" };
  try {
    const code = await runProgram(["modules", "disable", "logcollector"], {
      stdout: (text) => void (written.stdout += text),
      stderr: (text) => void (written.stderr += text),
      env: {
        AGENT_CONFIG: folder.file("agent.yaml"),
        AGENT_PATH_DATA: folder.path,
        AGENT_PATH_RUN: folder.path,
      },
      isTerminal: { stdin: false, stdout: false, stderr: false },
      readStdin: () => Promise.resolve(""),
      flushStderr: () => Promise.resolve(),
      promptHidden: () => Promise.resolve(null),
      reloads: new ReloadRequests(),
      signal: new AbortController().signal,
    });
    return { code, ...written };
  } finally {
    await listener.close();
  }
}

Deno.test("agent modules disable puts the file back when the agent cannot change the module", async () => {
  using folder = new TempFolder();
  const failed = [{ option: "logcollector.enabled", reason: "a disk is stuck" }];
  const { code, stdout, stderr } = await disableBeside(
    folder,
    () => Response.json({ applied: [], needs_restart: [], failed, looked_at: [] }),
  );
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /^Error: Cannot change logcollector\.enabled: a disk is stuck\nTry: /);
  assert.equal(Deno.readTextFileSync(folder.file("agent.yaml")), TEXT);
});

Deno.test("agent modules disable puts the file back when the agent refuses its configuration", async () => {
  using folder = new TempFolder();
  const { code, stderr } = await disableBeside(folder, () => {
    const body = { code: "config_invalid", message: "line 3 is wrong", hint: "mend it" };
    return Response.json(body, { status: 422 });
  });
  assert.equal(code, 5);
  assert.match(stderr, /line 3 is wrong/);
  assert.equal(Deno.readTextFileSync(folder.file("agent.yaml")), TEXT);
});
