/** What a manager tells NATS about its agents, with real processes on all sides. */

import assert from "node:assert/strict";
import type { AgentDocument } from "../../src/manager/keep_alive/agent_views.ts";
import { TestClient } from "../manager/harness.ts";
import { sayGoodbye, sendEvents } from "../manager/keep_alive/watch_scene.ts";
import { eventually } from "../support/eventually.ts";
import { ManagerProcess } from "../support/manager_process.ts";
import { NatsServer, natsTest } from "../support/nats_server.ts";
import { type PublishedMessage, publishedMessages } from "../support/published.ts";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, OwnServer } from "../support/scene.ts";

const AGENTS = 100;

const toNats = (nats: NatsServer) => [
  ...["--nats-enabled", "true", "--nats-jetstream", "true", "--nats-servers", nats.url],
  ...["--nats-reconnect-delay", "50ms"],
];

/** Changes and alerts in short, such as `0 > 1: keepalive_timeout, 3 missed`. */
function inShort(messages: readonly PublishedMessage[]): string[] {
  return messages.flatMap(({ subject, change }) => {
    if (change === undefined) return [];
    const { previous_status, current_status, reason } = change;
    const alert = subject.includes(".alerts.") ? "ALERT " : "";
    const changes = "changes" in change ? ` (${change.changes})` : "";
    return [`${alert}${previous_status} > ${current_status}: ${reason}${changes}`];
  });
}

natsTest(
  "starts, stops and the end of an agent are published in order, with reasons",
  async () => {
    using folder = new TempFolder();
    await using nats = await NatsServer.startJetStream();
    const args = [
      ...["--poll-timeout", "1h", "--keepalive-interval", "1100ms", "--keepalive-timeout", "4s"],
      ...["--keepalive-max-missed", "1000", ...toNats(nats)],
    ];
    const told = async (lines: number) =>
      inShort(
        await eventually(
          () => publishedMessages(nats.url),
          (messages) => inShort(messages).length >= lines,
        ),
      );
    await using server = await OwnServer.start(folder, [
      ...args,
      ...["--keepalive-retry-interval", "10ms"],
    ]);
    const side = new AgentSide(folder, server);
    await side.register();
    {
      await using agent = await side.start();
      await told(2);
      await eventually(
        () => publishedMessages(nats.url),
        (messages) => messages.some(({ change }) => change === undefined),
      );
      assert.equal(await agent.stop(), 0);
      await told(3);
    }
    {
      await using agent = await side.start();
      await told(4);
      await agent.stop("SIGKILL");
      await told(6);
    }
    {
      await using agent = await side.start();
      await told(7);
      // From here on everything that changes back is held until the manager stops.
      await server.goAway("SIGTERM");
      await server.comeBack([...args, "--keepalive-retry-interval", "1h"]);
      assert.equal(await agent.stop(), 0);
      await told(8);
    }
    {
      await using _agent = await side.start();
      using desk = await ManagerClient.open(server);
      await eventually(() => desk.agents(), ([agent]) => agent?.status === "active");
      await server.goAway("SIGTERM");
    }
    assert.deepEqual(await told(9), [
      "3 > 2: first_contact",
      "2 > 0: first_contact",
      "0 > 1: agent_shutdown",
      "1 > 0: reconnected",
      "0 > 1: keepalive_timeout",
      "ALERT 0 > 1: keepalive_timeout",
      "1 > 0: reconnected",
      "0 > 1: agent_shutdown",
      "1 > 0: flapping (2)",
    ]);
  },
);

natsTest(
  "a manager that is killed amid changes leaves no wrong last word",
  async () => {
    using folder = new TempFolder();
    await using nats = await NatsServer.startJetStream();
    const options = {
      program: "manager" as const,
      dataFolder: folder.file("manager"),
      http: true,
      args: [...toNats(nats), "--login-rate", "0", "--keepalive-retry-interval", "2s"],
    };
    await using first = await ManagerProcess.start(options);
    using before = await ManagerClient.open(first);
    const agents = await Promise.all(
      Array.from({ length: AGENTS }, async (_, index) => {
        const agent = await before.agent(`agent ${index}`);
        await sendEvents(agent);
        return agent;
      }),
    );
    let returned = 0;
    const halfway = Promise.withResolvers<void>();
    const burst = Promise.allSettled(agents.map(async (agent, index) => {
      await sayGoodbye(agent);
      // Half of them come and go until the manager is gone: what they do last is held back then.
      while (index % 2 === 1) {
        await agent.renewToken();
        if (++returned === AGENTS / 4) halfway.resolve();
        await sayGoodbye(agent);
      }
    }));
    await halfway.promise;
    await first.kill("SIGKILL");
    await burst;

    await using second = await ManagerProcess.start(options);
    using after = await ManagerClient.open(second);
    const standing = new Map(
      (await after.agents()).map((agent) => [agent.id, agent.status_number]),
    );
    assert.equal(standing.size, AGENTS);

    const messages = await eventually(
      () => publishedMessages(nats.url),
      (published) => {
        const words = lastWords(published);
        return [...standing].every(([id, status]) => words.get(id) === status);
      },
    );
    const flapping = messages.filter(({ change }) => change?.reason === "flapping");
    assert.ok(flapping.length > 0, "some were held back");
  },
);

/** The state that was published last of each agent. */
function lastWords(messages: readonly PublishedMessage[]): Map<string, number> {
  return new Map(
    messages.flatMap(({ change }) =>
      change === undefined ? [] : [[change.agent_id, change.current_status] as const]
    ),
  );
}

/** Talks to a manager process as a user and as its agents. */
class ManagerClient implements Disposable {
  private constructor(
    readonly urls: { managementUrl: string; commsUrl: string },
    readonly client: Deno.HttpClient,
    readonly token: string,
  ) {}

  static async open(
    urls: { managementUrl: string; commsUrl: string; caCertPath: string | undefined },
  ): Promise<ManagerClient> {
    const caCerts = urls.caCertPath === undefined ? [] : [Deno.readTextFileSync(urls.caCertPath)];
    const client = Deno.createHttpClient({ caCerts });
    const token = await ManagerClient.#as(urls, client).userToken();
    return new ManagerClient(urls, client, token);
  }

  /** A registered agent that has logged in. */
  agent(name: string): Promise<TestClient> {
    return ManagerClient.#as(this.urls, this.client).enrol(name);
  }

  /** How the agents stand. */
  async agents(): Promise<AgentDocument[]> {
    const answer = await fetch(`${this.urls.managementUrl}/manager/agents?limit=1000`, {
      headers: { Authorization: `Bearer ${this.token}` },
      client: this.client,
    });
    assert.equal(answer.status, 200);
    return (await answer.json()).agents;
  }

  [Symbol.dispose](): void {
    this.client.close();
  }

  static #as(
    { managementUrl, commsUrl }: { managementUrl: string; commsUrl: string },
    client: Deno.HttpClient,
  ): TestClient {
    const { fetch } = globalThis;
    return new TestClient(
      (input, init) => fetch(input, { ...init, client }),
      managementUrl,
      commsUrl,
    );
  }
}
