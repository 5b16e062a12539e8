/**
 * A manager in this process, a person who sends commands, and agents that poll and report.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Command } from "../../../src/shared/protocol/wire.ts";
import {
  eventsBody,
  KEY,
  registration,
  TestClient,
  TestManager,
  type TestOptions,
} from "../harness.ts";

export const COMMANDS = "/api/v1/commands";

/** A command for an agent, as it should be; `changes` replace whole members. */
export function command(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    source: "Users/Services",
    user: "Management API",
    target: { type: "agent", id: "set me" },
    action: { name: "fetch-config", args: {}, version: "5.0.0" },
    timeout: 100,
    ...changes,
  };
}

/** An order as `GET /manager/orders` shows it. */
export interface OrderDocument extends Command {
  result: { code: number; message: string | null; data: unknown } | null;
  late_result?: unknown;
  offers: number;
  sent_at: string | null;
  finished_at: string | null;
  deadline: string | null;
  archived: boolean;
}

/** A {@linkcode TestManager} with what commands need. */
export class Scene implements AsyncDisposable {
  #token: string | undefined;

  private constructor(readonly test: TestManager) {}

  static async open(options: TestOptions = {}): Promise<Scene> {
    return new Scene(await TestManager.open({ agent: false, tokenTtlMs: 86_400_000, ...options }));
  }

  get clock() {
    return this.test.clock;
  }

  get polls() {
    return this.test.manager.polls;
  }

  /** Registers and logs in an agent. */
  async agent(name: string, groups: string[] = []): Promise<TestClient> {
    const client = new TestClient(this.test.fetch);
    const body = registration({ name, groups });
    const answer = await client.register(body);
    assert.equal(answer.status, 201, await answer.text());
    client.agentId = String(body.id);
    await client.renewToken();
    return client;
  }

  /** A request of the user of the management API. */
  async manage(path: string, init: RequestInit = {}): Promise<Response> {
    this.#token ??= await this.test.userToken();
    return await this.test.fetch(`http://manager${path}`, {
      ...init,
      headers: {
        "Authorization": `Bearer ${this.#token}`,
        "Content-Type": "application/json",
        ...init.headers,
      },
    });
  }

  /** Posts a body, whatever it is. */
  post(body: unknown): Promise<Response> {
    return this.manage("/_plugins/_command_manager/commands", {
      method: "POST",
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  }

  /** Sends commands that are as they should be. */
  async submit(...commands: Record<string, unknown>[]): Promise<string[]> {
    const answer = await this.post({ commands });
    const body = await answer.json();
    assert.equal(answer.status, 200, JSON.stringify(body));
    assert.deepEqual(Object.keys(body), ["_index", "_documents", "result"]);
    assert.equal(body.result, "OK");
    return body._documents.map(({ _id }: { _id: string }) => _id);
  }

  /** Sends one command to one agent. */
  async order(agent: TestClient, changes: Record<string, unknown> = {}): Promise<string> {
    const target = { type: "agent", id: agent.agentId };
    const [id] = await this.submit(command({ target, ...changes }));
    assert.ok(id !== undefined);
    return id;
  }

  /** The orders that match, as documents. */
  async orders(query = ""): Promise<OrderDocument[]> {
    const answer = await this.manage(`/manager/orders?${query}`);
    const body = await answer.json();
    assert.equal(answer.status, 200, JSON.stringify(body));
    return body.orders;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.test[Symbol.asyncDispose]();
  }
}

/** Polls once; an answer without commands is an empty list. */
export async function poll(agent: TestClient): Promise<Command[]> {
  const answer = await agent.get(COMMANDS);
  const body = await answer.json();
  if (answer.status === 408) return [];
  assert.equal(answer.status, 200, JSON.stringify(body));
  return body.commands;
}

/** Reports a result. */
export async function report(
  agent: TestClient,
  id: string,
  result: unknown,
  key?: string,
): Promise<void> {
  const body = eventsBody(
    agent.agentId,
    { module: "command", id, operation: "update" },
    { command: { result } },
  );
  const options = { stream: "stateful" as const, ...(key !== undefined && { key }) };
  const answer = await agent.postEvents(body, options);
  assert.equal(answer.status, 200, await answer.text());
}

/** Asks whether an order may begin. */
export async function askStart(agent: TestClient, id: string): Promise<unknown> {
  const answer = await agent.get(`/api/v1/commands/${id}/start`, {
    method: "POST",
    headers: { Authorization: `Bearer ${agent.agentToken}` },
  });
  return await answer.json();
}

/** Logs an agent in at another manager of the same data folder. */
export async function again(agent: TestClient, scene: Scene): Promise<TestClient> {
  const client = new TestClient(scene.test.fetch);
  client.agentId = agent.agentId;
  client.agentToken = (await (await client.logIn(agent.agentId, KEY)).json()).token;
  return client;
}
