import assert from "node:assert/strict";
import { actOnCopy, settleMachine } from "../../../src/agent/app/machine_copy.ts";
import { type AgentConfig, configSchema } from "../../../src/agent/config/schema.ts";
import type { FetchLike } from "../../../src/agent/comms/connection/server_connection.ts";
import { IdentityFile } from "../../../src/agent/identity/identity_file.ts";
import { register } from "../../../src/agent/app/server/registration.ts";
import { readHostInfo } from "../../../src/agent/platform/host_info.ts";
import { openManager } from "../../../src/manager/manager.ts";
import { AgentError } from "../../../src/shared/errors.ts";
import { Secrets } from "../../../src/shared/log/secrets.ts";
import { inProcessFetch } from "../../../mock_server/in_process_fetch.ts";
import { TempFolder } from "../../support/queues.ts";

const URL = "https://manager:55000";
const HERE = "1".repeat(32);
const THERE = "2".repeat(32);

class Scene implements AsyncDisposable {
  readonly folder = new TempFolder();
  readonly signal = new AbortController().signal;
  readonly fetch: FetchLike;

  private constructor(readonly manager: Awaited<ReturnType<typeof openManager>>) {
    this.fetch = inProcessFetch(manager.apps);
  }

  static async open(): Promise<Scene> {
    const scene = new Scene(await openManager({ user: "wazuh", password: "hunter2" }));
    await register(scene.config(), {
      ...scene.deps(THERE),
      managementUrl: URL,
      user: "wazuh",
      password: () => Promise.resolve("hunter2"),
      name: Deno.hostname(),
      groups: ["web"],
      version: "1",
      host: readHostInfo(),
      warn: () => {},
    });
    return scene;
  }

  get file() {
    return new IdentityFile(this.folder.file("data"));
  }

  config(agent: Record<string, unknown> = {}): AgentConfig {
    const path = { data: this.folder.file("data"), run: this.folder.file("run") };
    return configSchema().parse({
      agent: { path, server_url: "https://manager:27000", ...agent },
    }) as AgentConfig;
  }

  deps(machineId: string | undefined) {
    const createTransport = () => ({ fetch: this.fetch, close: () => {} });
    return { machineId, secrets: new Secrets(), signal: this.signal, createTransport };
  }

  async enrollmentToken(): Promise<string> {
    const basic = { Authorization: `Basic ${btoa("wazuh:hunter2")}` };
    const login = await this.fetch(`${URL}/security/user/authenticate`, {
      method: "POST",
      headers: basic,
    });
    const { data } = await login.json();
    const made = await this.fetch(`${URL}/agents/enrollment-tokens`, {
      method: "POST",
      headers: { "Authorization": `Bearer ${data.token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ groups: ["web"] }),
    });
    const file = this.folder.file("enrollment.token");
    Deno.writeTextFileSync(file, `${(await made.json()).data.token}\n`);
    return file;
  }

  async [Symbol.asyncDispose]() {
    await this.manager[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

Deno.test("an agent on the machine that it was registered on, or on one without an id, is no copy", async () => {
  await using scene = await Scene.open();
  const before = scene.file.load();
  for (const machineId of [THERE, undefined]) {
    await actOnCopy(scene.config({ on_clone: "stop" }), scene.deps(machineId));
    assert.equal(settleMachine(scene.file, before, machineId), false);
  }
  assert.deepEqual(scene.file.load(), before);
});

Deno.test("an identity that knows no machine takes the first one for its own", async () => {
  await using scene = await Scene.open();
  const { machine: _, ...older } = scene.file.load();
  scene.file.save(older);
  assert.equal(settleMachine(scene.file, older, HERE), false);
  const identity = scene.file.load();
  assert.equal(settleMachine(scene.file, identity, HERE), false);
  assert.equal(settleMachine(scene.file, identity, THERE), true);
});

Deno.test("on_clone warn goes on as the other, and says so at each start", async () => {
  await using scene = await Scene.open();
  const before = scene.file.load();
  await actOnCopy(scene.config(), scene.deps(HERE));
  for (const _ of [1, 2]) assert.equal(settleMachine(scene.file, scene.file.load(), HERE), true);
  assert.deepEqual(scene.file.load(), before);
});

Deno.test("on_clone stop ends with the status after which a service is not started again", async () => {
  await using scene = await Scene.open();
  await assert.rejects(
    actOnCopy(scene.config({ on_clone: "stop" }), scene.deps(HERE)),
    (error) =>
      error instanceof AgentError && error.code === "not_registered" && /copy/.test(error.message),
  );
});

Deno.test("on_clone reregister takes the groups of its token where that does not allow those of the other", async () => {
  await using scene = await Scene.open();
  const enrollment_token_file = await scene.enrollmentToken();
  scene.file.update({ groups: ["db"] });
  await actOnCopy(
    scene.config({ on_clone: "reregister", enrollment_token_file }),
    scene.deps(HERE),
  );
  assert.deepEqual(scene.file.load().groups, ["web"]);
});

Deno.test("on_clone reregister makes the copy an agent of its own, and leaves the other alone", async () => {
  await using scene = await Scene.open();
  const { id, name } = scene.file.load();
  const enrollment_token_file = await scene.enrollmentToken();
  const config = scene.config({ on_clone: "reregister", enrollment_token_file });
  await actOnCopy(config, scene.deps(HERE));
  const copy = scene.file.load();
  assert.notEqual(copy.id, id);
  // The host's name is the other's already.
  assert.match(copy.name, new RegExp(`^${name}-[0-9a-f]{8}$`));
  assert.deepEqual(copy.groups, ["web"]);
  assert.equal(scene.manager.store.agents.has(id), true);
  assert.equal(scene.manager.store.agents.count(), 2);
  assert.equal(settleMachine(scene.file, copy, HERE), false);
});
