/**
 * A machine with a registered agent that does not run, a manager in this process behind TLS, and `agent doctor` on it.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { CheckResult, DoctorReport } from "../../src/agent/app/doctor/check.ts";
import { queueOptions } from "../../src/agent/app/queue/queue_settings.ts";
import { configSchema } from "../../src/agent/config/schema.ts";
import { Queue } from "../../src/agent/queue/queue.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { type Manager, openManager } from "../../src/manager/manager.ts";
import { KEY, TestClient } from "../manager/harness.ts";
import { inProcessFetch } from "../../mock_server/in_process_fetch.ts";
import { TempFolder } from "./queues.ts";
import { runCommand } from "./run_command.ts";
import { createTestAuthority, type TestAuthority } from "./tls.ts";

/** How the server of a {@linkcode DoctorScene} is. */
interface ServerShape {
  /** Names in its certificate. @default localhost and 127.0.0.1 */
  names?: readonly string[];
  /** Its certificate is valid for a day from this moment on. */
  notBeforeMs?: number;
  /** Answers in place of the manager; `undefined` leaves a request to that. */
  answer?: (request: Request) => Response | undefined;
}

/** Stage for the tests of `agent doctor`. */
export class DoctorScene implements AsyncDisposable {
  readonly folder: TempFolder = new TempFolder();
  readonly dataFolder: string = this.folder.file("data");
  readonly configPath: string = this.folder.file("agent.yaml");
  readonly manager: Manager;
  readonly client: TestClient;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  private constructor(manager: Manager, client: TestClient, server: Deno.HttpServer<Deno.NetAddr>) {
    this.manager = manager;
    this.client = client;
    this.#server = server;
  }

  /** Starts the server and registers the agent. */
  static async open(shape: ServerShape = {}): Promise<DoctorScene> {
    const manager = await openManager();
    const client = await new TestClient(inProcessFetch(manager.apps)).enrol();
    const authority = await createTestAuthority();
    const server = await serve(manager, authority, shape);
    const scene = new DoctorScene(manager, client, server);
    Deno.writeTextFileSync(scene.folder.file("ca.pem"), authority.cert);
    Deno.mkdirSync(scene.dataFolder, { mode: 0o700 });
    scene.writeIdentity();
    scene.configure();
    return scene;
  }

  get url(): string {
    return `https://localhost:${this.#server.addr.port}`;
  }

  /** Writes the configuration: what a sound agent has, changed by `options`. */
  configure(options: Readonly<Record<string, unknown>> = {}): void {
    const all = {
      "agent.server_url": this.url,
      "agent.ca_cert": this.folder.file("ca.pem"),
      "agent.path.data": this.dataFolder,
      "agent.path.run": this.folder.file("run"),
      "agent.request_timeout": "5s",
      ...options,
    };
    const lines = Object.entries(all).filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
    Deno.writeTextFileSync(this.configPath, lines.join("\n") + "\n");
  }

  /** Writes the identity of the agent that the manager knows, or another. */
  writeIdentity({ id = this.client.agentId, mode = 0o600 }: { id?: string; mode?: number } = {}) {
    const identity = {
      schema: 1,
      id,
      name: "box",
      key: KEY,
      groups: [],
      registered_at: new Date().toISOString(),
      management_url: "https://localhost:55000",
    };
    const path = `${this.dataFolder}/identity.json`;
    Deno.writeTextFileSync(path, JSON.stringify(identity));
    Deno.chmodSync(path, mode);
  }

  /** Makes the queue, as the first start of an agent does. */
  makeQueue(): void {
    this.openQueue()[Symbol.dispose]();
  }

  /** The queue; made when there is none. */
  openQueue(): Queue {
    const config = configSchema().parse({ agent: { path: { data: this.dataFolder } } });
    return Queue.open(queueOptions(config, { clock: systemClock }));
  }

  /** Has the manager order the agent to do something. */
  async order(name: string): Promise<void> {
    const { agentId: id } = this.client;
    const action = { name, args: {}, version: "5.0.0" };
    const command = {
      source: "Users/Services",
      user: "tests",
      target: { type: "agent", id },
      action,
      timeout: 600,
    };
    const answer = await this.client.fetch(
      "http://manager/_plugins/_command_manager/commands",
      {
        method: "POST",
        headers: {
          Authorization: `Bearer ${await this.client.userToken()}`,
          "Content-Type": "application/json",
        },
        body: JSON.stringify({ commands: [command] }),
      },
    );
    assert.equal(answer.status, 200, await answer.text());
  }

  /** Runs any command on this configuration. */
  run(...args: string[]): ReturnType<typeof runCommand> {
    return runCommand(...args, "--config", this.configPath);
  }

  /** Runs `agent doctor --json`. */
  async doctor(...args: string[]): Promise<{ code: number; report: DoctorReport }> {
    const { code, stdout, stderr } = await this.run("doctor", "--json", ...args);
    assert.match(stdout, /^\{"schema":1/, stdout + stderr);
    return { code, report: JSON.parse(stdout) };
  }

  /** The first check that fails; the status of the command has to say the same. */
  async firstFailure(...args: string[]): Promise<CheckResult> {
    const { code, report } = await this.doctor(...args);
    const failed = report.checks.find(({ status }) => status === "fail");
    assert.ok(failed, JSON.stringify(report.checks, null, 2));
    assert.deepEqual([code, report.ok], [1, false]);
    return failed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    await this.manager.close();
    this.folder[Symbol.dispose]();
  }
}

async function serve(
  manager: Manager,
  authority: TestAuthority,
  { names = ["localhost", "127.0.0.1"], notBeforeMs, answer = () => undefined }: ServerShape,
): Promise<Deno.HttpServer<Deno.NetAddr>> {
  const { cert, key } = await authority.issue(names, {
    ...(notBeforeMs !== undefined && { notBeforeMs }),
  });
  const options = { hostname: "127.0.0.1", port: 0, cert, key, onListen: () => {} };
  return Deno.serve(
    options,
    async (request) => {
      const response = answer(request) ?? await manager.apps.comms.fetch(request);
      if (!response.headers.has("date")) response.headers.set("date", new Date().toUTCString());
      return response;
    },
  );
}

/** The check `id` of a report. */
export function checkOf({ checks }: DoctorReport, id: string): CheckResult {
  const found = checks.find((check) => check.id === id);
  assert.ok(found, `no check ${id}`);
  return found;
}
