/**
 * A manager in this process whose keep-alive monitor tells a list what it finds.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { KeepAliveConfig } from "../../../src/manager/config/schema.ts";
import type { AgentDocument } from "../../../src/manager/keep_alive/agent_views.ts";
import type {
  Announcer,
  Finding,
  KeepAliveSent,
  StatusChange,
} from "../../../src/manager/keep_alive/announcement.ts";
import { DEFAULTS } from "../../../src/manager/config/manager_options.ts";
import { COMMANDS, Scene } from "../commands/scene.ts";
import { eventsBody, numbered, type TestClient, type TestOptions } from "../harness.ts";

export const SECOND_MS = 1_000;
export const INTERVAL_MS = 60 * SECOND_MS;
export const TIMEOUT_MS = 180 * SECOND_MS;
export const RETRY_MS = 30 * SECOND_MS;
/** The monitor may be late by less than this. */
export const LATE_MS = 250;

/** Options of the monitor that differ from the defaults. */
export interface WatchOptions extends TestOptions {
  monitor?: Partial<KeepAliveConfig>;
}

/** Keeps what it is told. */
export class Heard implements Announcer {
  readonly sent: KeepAliveSent[] = [];
  readonly changes: StatusChange[] = [];

  /** Has whoever watches write down what it found so far. */
  writeDown: () => void = () => {};

  announce(findings: readonly Finding[]): () => void {
    return () => {
      for (const finding of findings) {
        if (finding.kind === "keep_alive_sent") this.sent.push(finding);
        else this.changes.push(finding);
      }
    };
  }

  giveUp(): void {}

  /** The changes in short, such as `active > disconnected: max_missed`; then forgets them. */
  take(): string[] {
    this.writeDown();
    return this.changes.splice(0).map(({ previous, current, reason, changes }) =>
      `${previous} > ${current}: ${reason}${changes === undefined ? "" : ` (${changes})`}`
    );
  }
}

/** A {@linkcode Scene} with an ear. Polls are held longer than anything here lasts. */
export class WatchScene implements AsyncDisposable {
  private constructor(readonly scene: Scene, readonly heard: Heard) {}

  static async open({ monitor, ...options }: WatchOptions = {}): Promise<WatchScene> {
    const heard = new Heard();
    const scene = await Scene.open({
      pollTimeoutMs: 86_400_000,
      announcer: heard,
      keepAlive: { ...DEFAULTS.keepAlive, ...monitor },
      ...options,
    });
    heard.writeDown = () => void scene.test.manager.keepAlive.writeDown();
    return new WatchScene(scene, heard);
  }

  get clock() {
    return this.scene.clock;
  }

  /** An agent that is active; what that led to is forgotten. */
  async activeAgent(name = "box", groups: string[] = []): Promise<TestClient> {
    const agent = await this.scene.agent(name, groups);
    await sendEvents(agent);
    this.heard.take();
    return agent;
  }

  /** The agents that match, and the cursor of the next page. */
  async page(query = ""): Promise<{ agents: AgentDocument[]; next_cursor: string | null }> {
    const answer = await this.scene.manage(`/manager/agents?${query}`);
    const body = await answer.json();
    assert.equal(answer.status, 200, JSON.stringify(body));
    return body;
  }

  /** How one agent stands. */
  async stateOf({ agentId }: TestClient): Promise<AgentDocument> {
    const { agents } = await this.page();
    const found = agents.find(({ id }) => id === agentId);
    assert.ok(found !== undefined);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scene[Symbol.asyncDispose]();
  }
}

/** An open poll of an agent. */
export class OpenPoll {
  /** What it was answered, once it was. */
  status: number | undefined;
  commands: unknown;
  readonly #gone = new AbortController();
  readonly #ended: Promise<void>;

  constructor(agent: TestClient) {
    this.#ended = this.#read(agent.fetch(
      new Request(`http://manager${COMMANDS}`, {
        headers: { Authorization: `Bearer ${agent.agentToken}` },
        signal: this.#gone.signal,
      }),
    ));
  }

  /** The agent goes away. */
  async close(): Promise<void> {
    this.#gone.abort();
    await this.#ended;
  }

  async #read(answer: Promise<Response>): Promise<void> {
    try {
      const { status, ...rest } = await answer.then(async (got) => ({
        status: got.status,
        commands: (await got.json()).commands,
      }));
      this.status = status;
      this.commands = rest.commands;
    } catch (error) {
      if (!this.#gone.signal.aborted) throw error;
    }
  }
}

/** An agent sends an event. */
export async function sendEvents(agent: TestClient): Promise<void> {
  const answer = await agent.postEvents(eventsBody(agent.agentId, ...numbered(1)));
  assert.equal(answer.status, 204);
}

/** Both messages of an agent that stops, side by side as it sends them. */
export async function sayGoodbye(agent: TestClient): Promise<void> {
  const { agentId } = agent;
  const answers = await Promise.all([
    agent.postEvents(eventsBody(
      agentId,
      { module: "agent", operation: "shutdown" },
      { event: { original: "The agent is shutting down." } },
    )),
    agent.postEvents(
      eventsBody(
        agentId,
        { module: "agent", id: agentId, operation: "update" },
        { agent: { status: "shutdown" } },
      ),
      { stream: "stateful" },
    ),
  ]);
  assert.deepEqual(answers.map(({ status }) => status), [204, 200]);
  await answers[1]?.body?.cancel();
}
