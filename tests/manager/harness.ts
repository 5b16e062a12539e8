/**
 * A manager in this process with one registered agent, for the tests of the manager.
 *
 * @module
 */

import assert from "node:assert/strict";
import { v7 } from "uuid";
import { type Fetch, inProcessFetch } from "../../mock_server/in_process_fetch.ts";
import { type Manager, openManager, type OpenOptions } from "../../src/manager/manager.ts";
import type { Stream } from "../../src/shared/protocol/wire.ts";
import { FakeClock } from "../support/fake_clock.ts";

export const KEY = "abcdefghijklmnopqrstuvwxyz012345";

/** Host information as an agent sends it. */
export const HOST = {
  architecture: "x86_64",
  hostname: "box",
  ip: ["192.0.2.7"],
  os: { name: "Debian GNU/Linux", type: "Linux", version: "12" },
};

/** A registration that is as it should be. */
export function registration(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: v7(),
    name: "box",
    key: KEY,
    type: "Endpoint",
    version: "1.0",
    host: HOST,
    ...changes,
  };
}

/** The body of an events request. */
export function eventsBody(agentId: string, ...lines: object[]): string {
  return [{ agent: { id: agentId } }, ...lines].map((line) => JSON.stringify(line)).join("\n");
}

/** Lines of `count` stateless events, numbered from `first`. */
export function numbered(count: number, first = 0): object[] {
  return Array.from({ length: count }).flatMap((_, index) => [
    { module: "logcollector", collector: "file" },
    { event: { original: `line ${first + index}` } },
  ]);
}

/** What {@linkcode TestClient.postEvents} sends beside the body. */
export interface PostOptions {
  stream?: Stream;
  key?: string;
  headers?: Record<string, string>;
}

/** Talks to a manager as a person and as an agent. */
export class TestClient {
  agentId = "";
  agentToken = "";

  constructor(
    readonly fetch: Fetch,
    readonly managementUrl = "http://manager",
    readonly commsUrl = "http://manager",
  ) {}

  /** Token of the user of the management API. */
  async userToken(password = "topsecret"): Promise<string> {
    const answer = await this.authenticate(`wazuh:${password}`);
    const body = await answer.json();
    assert.equal(answer.status, 200);
    return body.data.token;
  }

  authenticate(credentials: string): Promise<Response> {
    return this.fetch(`${this.managementUrl}/security/user/authenticate`, {
      method: "POST",
      headers: { Authorization: `Basic ${btoa(credentials)}` },
    });
  }

  async register(body: unknown): Promise<Response> {
    return await this.fetch(`${this.managementUrl}/agents`, {
      method: "POST",
      headers: {
        "Authorization": `Bearer ${await this.userToken()}`,
        "Content-Type": "application/json",
      },
      body: JSON.stringify(body),
    });
  }

  logIn(uuid: string, key: string): Promise<Response> {
    return this.fetch(`${this.commsUrl}/api/v1/authentication`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ uuid, key }),
    });
  }

  /** Registers an agent and logs it in; later requests are its. */
  async enrol(name = "box"): Promise<this> {
    const body = registration({ name });
    const answer = await this.register(body);
    assert.equal(answer.status, 201, await answer.text());
    this.agentId = String(body.id);
    await this.renewToken();
    return this;
  }

  async renewToken(): Promise<void> {
    const answer = await this.logIn(this.agentId, KEY);
    this.agentToken = (await answer.json()).token;
  }

  get(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { Authorization: `Bearer ${this.agentToken}` };
    return this.fetch(`${this.commsUrl}${path}`, { headers, ...init });
  }

  postEvents(
    body: string | Uint8Array | ReadableStream<Uint8Array>,
    { stream = "stateless", key, headers = {} }: PostOptions = {},
  ): Promise<Response> {
    return this.fetch(`${this.commsUrl}/api/v1/events/${stream}`, {
      method: "POST",
      headers: {
        "Authorization": `Bearer ${this.agentToken}`,
        "Content-Type": "application/json",
        ...(key !== undefined && { "Idempotency-Key": key }),
        ...headers,
      },
      body: body as BodyInit,
    });
  }

  /** The figures of the manager. */
  async stats() {
    const answer = await this.fetch(`${this.managementUrl}/manager/stats`, {
      headers: { Authorization: `Bearer ${await this.userToken()}` },
    });
    return await answer.json();
  }
}

/** How {@linkcode TestManager.open} opens it. */
export interface TestOptions extends OpenOptions {
  /** Whether an agent is registered and logged in. @default true */
  agent?: boolean;
  clock?: FakeClock;
}

/** A manager in memory (or in `dataFolder`), a clock that stands still, and an enrolled agent. */
export class TestManager<Opened extends Manager = Manager> extends TestClient
  implements AsyncDisposable {
  private constructor(readonly manager: Opened, readonly clock: FakeClock) {
    super(inProcessFetch(manager.apps));
  }

  static open(options: TestOptions = {}): Promise<TestManager> {
    return TestManager.openBy(openManager, options);
  }

  /** Has `open` open the manager, with the options that are its. */
  static async openBy<Opened extends Manager, Options extends TestOptions>(
    open: (options: Omit<Options, "agent">) => Promise<Opened>,
    options: Options,
  ): Promise<TestManager<Opened>> {
    const { agent = true, clock = new FakeClock(), ...rest } = options;
    const test = new TestManager(await open({ clock, ...rest } as Omit<Options, "agent">), clock);
    if (agent) await test.enrol();
    return test;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.manager.close();
  }
}

/** Asserts status and body of a refusal. */
export async function assertRefused(
  answer: Response,
  status: number,
  message: string | RegExp,
): Promise<void> {
  const body = await answer.json();
  assert.equal(answer.status, status, JSON.stringify(body));
  assert.deepEqual(Object.keys(body), ["message", "code"]);
  if (typeof message === "string") assert.equal(body.message, message);
  else assert.match(body.message, message);
}
