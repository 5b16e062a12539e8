import assert from "node:assert/strict";
import { join } from "node:path";
import { guarded } from "../../../src/agent/cli/command_io.ts";
import { unregisterCommand } from "../../../src/agent/cli/unregister.ts";
import { registerCommand } from "../../../src/agent/cli/register/command.ts";
import type { FetchLike } from "../../../src/agent/comms/connection/server_connection.ts";
import { lockDataFolder } from "../../../src/agent/identity/data_folder_lock.ts";
import { IdentityFile } from "../../../src/agent/identity/identity_file.ts";
import { ReloadRequests } from "../../../src/agent/process/signals.ts";
import { openManager } from "../../../src/manager/manager.ts";
import { AgentError } from "../../../src/shared/errors.ts";
import { inProcessFetch } from "../../../mock_server/in_process_fetch.ts";
import { TempFolder } from "../../support/queues.ts";
import { databaseParts } from "../../../src/agent/app/queue/database_parts.ts";
import { MODULES } from "../../../src/agent/modules/modules.ts";
import { events, openQueue } from "../../support/queues.ts";

class Scene implements AsyncDisposable {
  readonly folder = new TempFolder();
  readonly data = this.folder.file("data");
  out = "";
  stdin = "";

  private constructor(readonly manager: Awaited<ReturnType<typeof openManager>>) {}

  static async open(): Promise<Scene> {
    const scene = new Scene(await openManager({ user: "wazuh", password: "hunter2" }));
    const args = ["--url", "https://manager:55000", "--user", "wazuh", "--name", "web-1"];
    await registerCommand(scene.#io(), { version: "1", createTransport: scene.#transport() })
      .parseAsync([...args, "--password", "hunter2"], { from: "user" });
    scene.out = "";
    return scene;
  }

  get identity() {
    return new IdentityFile(this.data);
  }

  async unregister(args: readonly string[] = [], fetch?: FetchLike): Promise<void> {
    const deps = { createTransport: this.#transport(fetch) };
    await unregisterCommand(this.#io(), deps).parseAsync([...args], { from: "user" });
  }

  #transport(fetch: FetchLike = inProcessFetch(this.manager.apps)) {
    return () => ({ fetch, close: () => {} });
  }

  #io() {
    const config = this.folder.file("agent.yaml");
    const lines = [`agent.path.data: ${this.data}`, `agent.path.run: ${this.folder.file("run")}`];
    lines.push("agent.server_url: https://manager:27000", "");
    Deno.writeTextFileSync(config, lines.join("\n"));
    return guarded({
      stdout: (text) => void (this.out += text),
      stderr: () => {},
      env: { AGENT_CONFIG: config },
      isTerminal: { stdin: false, stdout: false, stderr: false },
      readStdin: () => Promise.resolve(this.stdin),
      flushStderr: () => Promise.resolve(),
      promptHidden: () => Promise.resolve(null),
      signal: new AbortController().signal,
      reloads: new ReloadRequests(),
    });
  }

  async [Symbol.asyncDispose]() {
    await this.manager[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

function refusal(code: string, hint: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof AgentError, String(error));
    assert.equal(error.code, code);
    assert.match(error.hint ?? "", hint);
    return true;
  };
}

Deno.test("agent unregister removes the agent at the manager and its identity here", async () => {
  await using scene = await Scene.open();
  const { id } = scene.identity.load();
  Deno.mkdirSync(join(scene.data, "shared", "x"), { recursive: true });
  await scene.unregister();
  assert.equal(scene.manager.store.agents.has(id), false);
  const left = [...Deno.readDirSync(scene.data)].map(({ name }) => name);
  assert.deepEqual(left.filter((name) => /identity|shared|group/.test(name)), []);
  assert.match(scene.out, new RegExp(`"web-1"\n  id      ${id}\n  server  removed\n`));
  await assert.rejects(scene.unregister(), refusal("not_registered", /agent register/));
});

Deno.test("agent unregister is done as well when the manager does not know the agent any more", async () => {
  await using scene = await Scene.open();
  scene.manager.store.agents.remove(scene.identity.load().id);
  await scene.unregister(["--json"]);
  assert.equal(JSON.parse(scene.out).server, "gone");
  assert.equal(scene.identity.exists(), false);
});

Deno.test("agent unregister keeps the identity when the server cannot be asked, but for --local-only", async () => {
  await using scene = await Scene.open();
  const away: FetchLike = () => Promise.reject(new TypeError("no route"));
  const local = /--local-only/;
  await assert.rejects(scene.unregister([], away), refusal("server_unreachable", local));
  assert.equal(scene.identity.exists(), true);
  await scene.unregister(["--local-only"], away);
  assert.equal(scene.identity.exists(), false);
  assert.equal(scene.manager.store.agents.count(), 1);
});

Deno.test("agent unregister says what to do at a server that does not let agents remove themselves", async () => {
  await using scene = await Scene.open();
  const own = inProcessFetch(scene.manager.apps);
  const foreign: FetchLike = (url, init) =>
    init.method === "DELETE"
      ? Promise.resolve(Response.json({ message: "Not found" }, { status: 404 }))
      : own(url, init);
  await assert.rejects(
    scene.unregister([], foreign),
    refusal("failed", /--user NAME has a user .* remove agent/),
  );
  assert.equal(scene.identity.exists(), true);
});

const BY_USER = ["--user", "wazuh", "--password-stdin"];

Deno.test("agent unregister --user has a user remove the agent, also when it is gone already", async () => {
  await using scene = await Scene.open();
  const { id } = scene.identity.load();
  scene.stdin = "hunter2\n";
  const identity = Deno.readTextFileSync(scene.identity.path);
  await scene.unregister(BY_USER);
  assert.deepEqual([scene.manager.store.agents.has(id), scene.identity.exists()], [false, false]);
  Deno.writeTextFileSync(scene.identity.path, identity, { mode: 0o600 });
  scene.out = "";
  await scene.unregister([...BY_USER, "--json"]);
  assert.equal(JSON.parse(scene.out).server, "gone");
});

Deno.test("agent unregister --user asks a server that takes ids in the query in its way, and believes no success that tells of a fault", async () => {
  await using scene = await Scene.open();
  const { id } = scene.identity.load();
  const asked: string[] = [];
  let answer: object = { error: 1, data: { failed_items: [{ error: { message: "busy" } }] } };
  const foreign: FetchLike = (url, init) => {
    const { pathname, searchParams } = new URL(url);
    if (init.method !== "DELETE") return Promise.resolve(Response.json({ data: { token: "t" } }));
    asked.push(`${pathname} ${searchParams.get("agents_list")}`);
    const isKnown = pathname === "/agents";
    return Promise.resolve(
      isKnown
        ? Response.json(answer)
        : Response.json({ message: `Path ${pathname} not found` }, { status: 404 }),
    );
  };
  scene.stdin = "hunter2\n";
  await assert.rejects(scene.unregister(BY_USER, foreign), refusal("failed", /--local-only/));
  assert.equal(scene.identity.exists(), true);
  answer = { error: 0, data: { affected_items: [id], failed_items: [] } };
  await scene.unregister(BY_USER, foreign);
  assert.deepEqual(asked.slice(0, 2), [`/agents/${id} null`, `/agents ${id}`]);
  assert.equal(scene.identity.exists(), false);
});

Deno.test("agent unregister --user refuses what does not go together, and keeps the identity when the user is refused", async () => {
  await using scene = await Scene.open();
  const usage = (args: string[], hint: RegExp) =>
    assert.rejects(scene.unregister(args), refusal("usage", hint));
  await usage(["--password-stdin"], /--user NAME/);
  await usage(["--url", "https://manager:55000"], /--user NAME/);
  await usage([...BY_USER, "--local-only"], /leave one of them out/);
  await usage([...BY_USER, "--url", "manager"], /--url https:/);
  scene.stdin = "wrong\n";
  await assert.rejects(scene.unregister(BY_USER), refusal("credentials_refused", /password/));
  assert.equal(scene.identity.exists(), true);
});

Deno.test("agent unregister does not leave events behind unless it is forced, and then keeps them", async () => {
  await using scene = await Scene.open();
  {
    using queue = openQueue(scene.folder, {
      path: join(scene.data, "agent.db"),
      parts: databaseParts(MODULES),
    });
    await queue.append({ stream: "stateless", events: events(1) });
  }
  await assert.rejects(scene.unregister(), refusal("failed", /--force they stay/));
  assert.equal(scene.identity.exists(), true);
  await scene.unregister(["--force", "--json"]);
  assert.equal(JSON.parse(scene.out).queued_events, 1);
});

Deno.test("agent unregister says that a queue cannot be read, and is done all the same when it is forced", async () => {
  await using scene = await Scene.open();
  Deno.writeTextFileSync(join(scene.data, "agent.db"), "no database".repeat(1_000));
  await assert.rejects(scene.unregister(), AgentError);
  assert.equal(scene.identity.exists(), true);
  await scene.unregister(["--force", "--json"]);
  assert.equal(JSON.parse(scene.out).queued_events, null);
});

Deno.test("agent unregister leaves a running agent alone", async () => {
  await using scene = await Scene.open();
  using _lock = lockDataFolder(scene.data);
  await assert.rejects(scene.unregister(), refusal("data_folder_locked", /./));
});
