/**
 * NATS servers that several managers can stand on: one alone, or three as a cluster.
 *
 * @module
 */

import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { NatsServer } from "./nats_server.ts";

const ANSWERS_WITHIN_MS = 60_000;

/** Where `.ci/nats_server` has put it; `undefined` when it has not been fetched. */
export const CLUSTER_PROGRAM = find();

/** Registers a test that needs it. Without it the test is skipped, and says so in its name. */
export function clusterTest(name: string, run: () => Promise<void>): void {
  const ignore = CLUSTER_PROGRAM === undefined;
  const reason = ignore ? " (skipped: run .ci/nats_server first)" : "";
  // Connections and followers outlive a turn of the loop after they are closed.
  Deno.test({
    name: `${name}${reason}`,
    ignore,
    fn: run,
    sanitizeOps: false,
    sanitizeResources: false,
  });
}

/** One server with JetStream. @param settings more of JetStream's */
export function startOne(config = "", settings = ""): Promise<NatsServer> {
  return NatsServer.start(
    `jetstream: { store_dir: "FOLDER/jetstream"\n${settings} }\n${config}`,
    CLUSTER_PROGRAM,
  );
}

/** Three servers. Each can go away and come back. */
export class NatsCluster implements AsyncDisposable {
  private constructor(readonly servers: readonly NatsServer[]) {}

  /** Starts them, and waits until they have a leader. @param settings of JetStream */
  static async start(settings = ""): Promise<NatsCluster> {
    const ports = [0, 1, 2].map(freePort);
    const routes = ports.map((port) => `nats://127.0.0.1:${port}`).join(", ");
    const servers = await Promise.all(ports.map((port, index) =>
      startOne(
        `
        server_name: s${index}
        cluster: { name: c, listen: "127.0.0.1:${port}", routes: [${routes}] }
      `,
        settings,
      )
    ));
    const cluster = new NatsCluster(servers);
    await cluster.whenReady();
    return cluster;
  }

  get urls(): string[] {
    return this.servers.map(({ url }) => url);
  }

  /** The server that leads a stream. */
  async leaderOf(stream: string): Promise<NatsServer> {
    const name = await this.ask(async (manager) => {
      const { cluster } = await manager.streams.info(stream);
      if (!cluster?.leader) throw new Error(`${stream} has no leader`);
      return cluster.leader;
    });
    return this.servers[Number(name.slice(1))] as NatsServer;
  }

  /** Resolves when requests are answered. */
  async whenReady(): Promise<void> {
    await this.ask((manager) => manager.getAccountInfo());
  }

  /** Resolves when all streams have a leader, and all copies of them are up to date. */
  async whenCurrent(): Promise<void> {
    await this.ask(async (manager) => {
      for (const { config, cluster } of await manager.streams.list().next()) {
        const isCurrent = cluster?.leader && cluster.replicas?.every(({ current }) => current);
        if (!isCurrent) throw new Error(`${config.name} has no leader, or a copy that is behind`);
      }
    });
  }

  /**
   * Asks until there is an answer: a cluster without a leader has none for a while.
   *
   * @throws Error with the last reason when there is none within a minute
   */
  async ask<T>(question: (manager: JetStreamManager) => Promise<T>): Promise<T> {
    const untilMs = performance.now() + ANSWERS_WITHIN_MS;
    for (;;) {
      const connection = await connect({ servers: this.urls, timeout: 1_000 }).catch(() =>
        undefined
      );
      try {
        if (connection === undefined) throw new Error("no server can be reached");
        return await question(
          await jetstreamManager(connection, { timeout: 1_000, checkAPI: false }),
        );
      } catch (error) {
        if (performance.now() > untilMs) {
          const reason = error instanceof Error ? error.message : String(error);
          throw new Error(`The cluster does not answer: ${reason}`, { cause: error });
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      } finally {
        await connection?.close();
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.servers.map((server) => server[Symbol.asyncDispose]()));
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

function find(): string | undefined {
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? join(Deno.env.get("HOME") ?? "/", ".cache");
  const path = join(cache, "agent-nats-server", "usr", "sbin", "nats-server");
  try {
    return Deno.statSync(path).isFile ? path : undefined;
  } catch {
    return undefined;
  }
}
