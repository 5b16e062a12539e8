/** Rollouts of releases that were signed with `agent release`, to agents as they are started by people. */

import assert from "node:assert/strict";
import { ManagementApi } from "../../mock_server/demo/management_api.ts";
import { DEFAULTS } from "../../src/manager/config/manager_options.ts";
import { agent } from "../support/agent_process.ts";
import { eventually } from "../support/eventually.ts";
import { TempFolder } from "../support/queues.ts";
import { compiledVersions, install, NEXT_VERSION } from "../support/release_desk.ts";
import { AgentSide, OwnServer } from "../support/scene.ts";

/** Somebody who signs releases and rolls them out. */
class Operator implements Disposable {
  readonly #client: Deno.HttpClient;
  readonly #api: ManagementApi;

  constructor({ managementUrl, caCertPath = "" }: OwnServer, readonly folder: TempFolder) {
    const caCerts = [Deno.readTextFileSync(caCertPath)];
    this.#client = Deno.createHttpClient({ caCerts });
    this.#api = new ManagementApi(managementUrl, this.#client);
  }

  async logIn(): Promise<void> {
    await this.#api.logIn(DEFAULTS.user, DEFAULTS.password);
  }

  /** `agent release …`, which has to succeed. */
  async release(...args: string[]): Promise<void> {
    const { code, stderr } = await agent(["release", ...args]);
    assert.equal(code, 0, stderr);
  }

  /** Makes a key, and a folder with its public half. */
  async key(name: string): Promise<{ key: string; trusted: string }> {
    const key = this.folder.file(`${name}.key`);
    await this.release("keygen", key);
    return { key, trusted: `${key}.pub` };
  }

  async put(name: string, path: string): Promise<void> {
    await this.#api.call("PUT", `/manager/releases/${name}`, Deno.readTextFileSync(path));
  }

  /** Rolls a version out, and waits until that has come to rest. */
  async rollOut(version: string, agents: string[], changes: object = {}): Promise<Rollout> {
    const body = JSON.stringify({ version, agents, timeout: 60, ...changes });
    const made = await this.#api.call("POST", "/manager/rollouts", body);
    const { id } = (made as { data: { id: number } }).data;
    return await eventually(
      async () => await this.#api.call("GET", `/manager/rollouts/${id}`) as Rollout,
      ({ state, open }) => state !== "running" && open === 0,
    );
  }

  /** Ends the first rollout, so that its agents are free for another. */
  async end(): Promise<void> {
    await this.#api.call("POST", "/manager/rollouts/1/cancel");
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

interface Rollout {
  state: string;
  reason: string | null;
  upgraded: number;
  failed: number;
  open: number;
  waves: { reasons: { message: string }[] }[];
}

/** A folder with one file that looks like an agent for this machine, whatever it does. */
function distribution(folder: TempFolder, file: string): { dist: string; name: string } {
  const dist = folder.file("dist");
  const name = `agent-${NEXT_VERSION}`;
  Deno.mkdirSync(dist);
  try {
    Deno.linkSync(file, `${dist}/${name}`);
  } catch {
    Deno.copyFileSync(file, `${dist}/${name}`);
  }
  return { dist, name };
}

const compiled = compiledVersions();

if (compiled === undefined) {
  Deno.test("a rollout to an agent that cannot be replaced stops, and says why", async () => {
    using folder = new TempFolder();
    await using server = await OwnServer.start(folder);
    using operator = new Operator(server, folder);
    const { key, trusted } = await operator.key("first");
    const side = new AgentSide(folder, server, [
      `upgrade: { enabled: true, trusted_keys: ${trusted}, spread: 0s }`,
    ]);
    const { id } = await side.register();
    await using running = await side.start();
    await operator.logIn();
    const { dist, name } = distribution(folder, Deno.execPath());
    const manifest = `${dist}/agent.json`;
    const what = ["--agent-version", NEXT_VERSION, "--release", "1", "--output", manifest];
    await operator.release("sign", dist, "--key", key, ...what);
    Deno.linkSync(`${dist}/${name}`, folder.file(`manager/releases/${name}`));
    await operator.put("agent.json", manifest);
    const rollout = await operator.rollOut(NEXT_VERSION, [id]);
    assert.deepEqual([rollout.state, rollout.reason], ["stopped", "1 of 1 agents failed"]);
    assert.match(rollout.waves[0]?.reasons[0]?.message ?? "", /^not_installed: /);
    assert.equal(await running.stop(), 0);
  });

  Deno.test("rollouts that upgrade are NOT TESTED here: AGENT_BIN and AGENT_NEXT_BIN name no compiled agents", () => {});
} else {
  Deno.test("a rollout upgrades an agent, by keys that took the place of those it was given", async () => {
    using folder = new TempFolder();
    await using server = await OwnServer.start(folder);
    using operator = new Operator(server, folder);
    const [old, own] = [await operator.key("old"), await operator.key("new")];
    const installation = install(folder.file("install"), compiled.own);
    const side = new AgentSide(folder, server, [
      `upgrade: { enabled: true, trusted_keys: ${old.trusted}, trial: 12s, rate: 1GiB, spread: 0s }`,
    ]);
    const { id } = await side.register();
    await using running = await side.start({ program: installation.program });
    await operator.logIn();
    const { dist, name } = distribution(folder, compiled.next);
    const manifest = `${dist}/agent.json`;
    const what = ["--agent-version", NEXT_VERSION, "--release", "1", "--output", manifest];
    await operator.release("sign", dist, "--key", own.key, ...what);
    Deno.linkSync(`${dist}/${name}`, folder.file(`manager/releases/${name}`));
    await operator.put("agent.json", manifest);
    const stopped = await operator.rollOut(NEXT_VERSION, [id]);
    assert.match(stopped.waves[0]?.reasons[0]?.message ?? "", /^key_unknown: .*is not trusted/);
    const change = folder.file("change.json");
    const keys = ["--new-keys", own.trusted, "--key", old.key, "--key", own.key];
    await operator.release("sign", ...keys, "--release", "1", "--output", change);
    await operator.put("agent-keys-1.json", change);
    await operator.end();
    const done = await operator.rollOut(NEXT_VERSION, [id]);
    assert.deepEqual([done.state, done.upgraded], ["done", 1], running.stderr);
    assert.equal(installation.current, NEXT_VERSION);
    const list = await agent(["keys", "--config", side.configPath]);
    assert.match(list.stdout, /releases +change 1\n/);
    assert.equal(await running.stop(), 0);
  });
}
