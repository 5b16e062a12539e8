/** What the agent's process may not do, as a process: from source, or the executable that `AGENT_BIN` names. */

import assert from "node:assert/strict";
import project from "../../deno.json" with { type: "json" };
import { agent } from "../support/agent_process.ts";
import { OrderDesk } from "../support/order_desk.ts";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, OwnServer } from "../support/scene.ts";

const BINARY = Deno.env.get("AGENT_BIN");

/** The permissions that an executable carries, as Deno writes them behind the program. */
function carriedBy(path: string): Record<string, unknown> {
  const text = new TextDecoder("latin1").decode(Deno.readFileSync(path));
  const [, json] = /"permissions":(\{"allow_[^{}]*\})/.exec(text) ?? [];
  assert.ok(json !== undefined, "the executable names its permissions");
  return JSON.parse(json);
}

Deno.test("the agent may load no native code but the C library, no code over the network, and never asks for more", () => {
  const { agent: source } = project.permissions;
  assert.equal(source.import, false);
  assert.ok(source.ffi.every((path) => path.endsWith("/libc.so.6")));
  if (BINARY === undefined) return;
  const { allow_ffi, allow_sys, deny_import, prompt } = carriedBy(BINARY);
  assert.deepEqual(allow_ffi, source.ffi);
  assert.deepEqual(allow_sys, source.sys);
  // An empty list denies all, whatever is allowed.
  assert.deepEqual(deny_import, []);
  assert.equal(prompt, false);
});

Deno.test("the agent opens nothing in the temporary folder, where anybody may have put something", async () => {
  using folder = new TempFolder();
  const temporary = folder.file("tmp");
  Deno.mkdirSync(temporary);
  // From source the runtime itself keeps its cache elsewhere.
  for (const args of [["--version"], ["config", "check"], ["status"]]) {
    await agent(args, { env: { TMPDIR: temporary, AGENT_PATH_DATA: folder.file("data") } });
  }
  assert.deepEqual([...Deno.readDirSync(temporary)].map(({ name }) => name), []);
});

Deno.test("an agent that a service manager starts again starts no program, whatever it is told later", async () => {
  if (Deno.build.os === "windows") return;
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server);
  const { id } = await side.register();
  const scripts = folder.file("data/active-response/bin");
  Deno.mkdirSync(scripts, { recursive: true, mode: 0o700 });
  Deno.writeTextFileSync(`${scripts}/mark`, `#!/bin/sh\n: > ${folder.file("ran")}\n`, {
    mode: 0o700,
  });
  using desk = await OrderDesk.open(server);
  const run = async () => {
    const [order] = await desk.outcomes(
      await desk.send({ type: "agent", id }, { name: "run-script", args: { name: "mark" } }),
    );
    return order?.result?.message ?? "";
  };
  const wasRun = () => [...Deno.readDirSync(folder.path)].some(({ name }) => name === "ran");
  const env = { AGENT_SUPERVISED: "tests" };
  {
    await using started = await side.start({ env });
    assert.match(await run(), /active response is off/);
    side.configure(["active_response.enabled: true"]);
    assert.equal((await side.command("reload")).code, 0);
    assert.match(await run(), /gave back the right to start programs: restart it/);
    assert.equal(await started.stop(), 0);
  }
  assert.equal(wasRun(), false);
  await using again = await side.start({ env });
  assert.equal(await run(), "exit status 0");
  assert.equal(wasRun(), true);
  assert.equal(await again.stop(), 0);
});
