/** A manager with a release, and a fleet that polls and reports. */

import assert from "node:assert/strict";
import type { Command } from "../../../src/shared/protocol/wire.ts";
import { report } from "../commands/scene.ts";
import { KEY, registration, TestClient, TestManager, type TestOptions } from "../harness.ts";
import { content, KEY as SIGNING_KEY, releaseOf } from "../releases_scene.ts";
import { MemoryClock } from "../../support/fake_clock.ts";
import { signedBy } from "../../shared/releases/support.ts";

const BYTES = content(100);

/** What a rollout says of itself, as far as the tests look. */
export interface RolloutDocument {
  id: number;
  state: string;
  reason: string | null;
  agents: number;
  upgraded: number;
  failed: number;
  not_reached: number;
  open: number;
  waiting: number;
  waves: {
    number: number;
    agents: number;
    state: string;
    request_id: string | null;
    upgraded: number;
    failed: number;
    not_reached: number;
    withdrawn: number;
    open: number;
    reasons: { message: string; agents: number; example: string }[];
  }[];
}

export class Fleet implements AsyncDisposable {
  #token = "";
  readonly agents: TestClient[] = [];

  private constructor(public test: TestManager, readonly folder: string) {}

  /** Opens a manager with the release 1.4.0, and `count` agents in the group `web`. */
  static async open(count: number, options: TestOptions = {}): Promise<Fleet> {
    const dataFolder = await Deno.makeTempDir();
    const test = await TestManager.open({
      agent: false,
      tokenTtlMs: 86_400_000,
      clock: new MemoryClock(),
      ...options,
      dataFolder,
    });
    const fleet = new Fleet(test, dataFolder);
    await Deno.writeFile(`${dataFolder}/releases/agent`, BYTES);
    await fleet.sign();
    for (let number = 0; number < count; number++) await fleet.enrol(`agent-${number}`);
    return fleet;
  }

  async sign(changes: Parameters<typeof releaseOf>[2] = {}): Promise<void> {
    const text = signedBy([SIGNING_KEY], releaseOf("agent", BYTES, changes));
    await Deno.writeTextFile(`${this.folder}/releases/agent.json`, text);
  }

  async enrol(name: string, groups = ["web"], connected = true): Promise<TestClient> {
    const client = new TestClient((url, init) => this.test.fetch(url, init));
    const body = registration({ name, groups });
    assert.equal((await client.register(body)).status, 201);
    client.agentId = String(body.id);
    if (connected) await client.renewToken();
    this.agents.push(client);
    return client;
  }

  async manage(path: string, init: RequestInit = {}): Promise<Response> {
    this.#token ||= await this.test.userToken();
    const headers = {
      "Authorization": `Bearer ${this.#token}`,
      "Content-Type": "application/json",
    };
    return await this.test.fetch(`http://manager/manager/rollouts${path}`, { headers, ...init });
  }

  post(body: unknown): Promise<Response> {
    return this.manage("", { method: "POST", body: JSON.stringify(body) });
  }

  /** Begins a rollout to the group `web` that is as it should be. */
  async begin(changes: Record<string, unknown> = {}): Promise<RolloutDocument> {
    const answer = await this.post({ version: "1.4.0", groups: ["web"], ...changes });
    const body = await answer.json();
    assert.equal(answer.status, 201, JSON.stringify(body));
    await this.pass();
    return body.data;
  }

  async show(id = 1): Promise<RolloutDocument> {
    return await (await this.manage(`/${id}`)).json();
  }

  async operate(operation: string, id = 1): Promise<Response> {
    const answer = await this.manage(`/${id}/${operation}`, { method: "POST" });
    await this.pass();
    return answer;
  }

  /** Has the manager look again. */
  async pass(durationMs = 2_000): Promise<void> {
    await this.test.clock.advance(durationMs);
  }

  /** Those agents that are offered an order now, with it. */
  async offered(): Promise<{ agent: TestClient; order: Command }[]> {
    const offers: { agent: TestClient; order: Command }[] = [];
    for (const agent of this.agents) {
      const held = this.test.manager.stores.orders.offer(agent.agentId, this.test.clock.now());
      const { commands: [order] } = await held;
      if (order !== undefined) offers.push({ agent, order });
    }
    return offers;
  }

  /** Has everyone who is offered an order report `code`; returns who that was. */
  async obey(code = 0, message = "done"): Promise<string[]> {
    const offers = await this.offered();
    for (const { agent, order } of offers) {
      await report(agent, order.document_id, { code, message });
    }
    await this.pass();
    return offers.map(({ agent }) => agent.agentId);
  }

  /** Ends the manager, and opens it anew. */
  async restart(): Promise<void> {
    await this.test[Symbol.asyncDispose]();
    const { clock } = this.test;
    this.test = await TestManager.open({
      agent: false,
      tokenTtlMs: 86_400_000,
      clock,
      dataFolder: this.folder,
    });
    this.#token = "";
    for (const agent of this.agents) {
      agent.agentToken = (await (await agent.logIn(agent.agentId, KEY)).json()).token;
    }
    await this.pass();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.test[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}
