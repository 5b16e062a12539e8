/**
 * The connection of a manager to its NATS cluster, which comes back by itself.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import {
  jetstream,
  type JetStreamClient,
  type JetStreamManager,
  jetstreamManager,
} from "@nats-io/jetstream";
import { type NatsConnection, NatsConnectionImpl } from "@nats-io/transport-node";
import { AgentError, messageOf } from "../../../shared/errors.ts";
import { authenticatorOf, tlsOptions } from "../../nats/nats_connection.ts";
import { type AbortableOptions, useAbortableTransport } from "../../nats/nats_transport.ts";
import type { ClusterOptions } from "../options_schema.ts";
import { Publisher } from "./publisher.ts";
import { checkVersion } from "./server_version.ts";

const log = getLogger(["manager", "cluster"]);

/** Time for one request: a leader answers in milliseconds, and without one it is better to ask again. */
const REQUEST_TIMEOUT_MS = 1_500;
const PING_INTERVAL_MS = 2_000;
const MAX_UNANSWERED_PINGS = 2;
const RECONNECT_WAIT_MS = 250;

/** Room in a message for what is not the events. */
const HEADER_ROOM_BYTES = 16 * 1_024;

/** A connection, and what is asked over it. */
export class ClusterLink {
  readonly connection: NatsConnection;
  readonly js: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly publisher: Publisher;
  readonly options: ClusterOptions;
  readonly #stop: AbortController;
  /** By what the client tells: it goes on to name the server that it was connected to last. */
  #isConnected = true;

  private constructor(
    connection: NatsConnection,
    { manager, options, stop }: {
      manager: JetStreamManager;
      options: ClusterOptions;
      stop: AbortController;
    },
  ) {
    this.connection = connection;
    this.js = jetstream(connection, { timeout: REQUEST_TIMEOUT_MS });
    this.manager = manager;
    this.publisher = new Publisher(connection, REQUEST_TIMEOUT_MS);
    this.options = options;
    this.#stop = stop;
    void this.#follow();
  }

  /**
   * Connects to one of the servers.
   *
   * @throws AgentError when none can be reached, or its version is not sound
   */
  static async open(options: ClusterOptions): Promise<ClusterLink> {
    const stop = new AbortController();
    const connection = await connect(options, stop.signal);
    try {
      checkVersion(connection.info?.version ?? "0", (warning) => log.warn(warning));
      const manager = await jetstreamManager(connection, {
        timeout: REQUEST_TIMEOUT_MS,
        checkAPI: false,
      });
      return new ClusterLink(connection, { manager, options, stop });
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** Largest body of events, in bytes, that fits into one message. */
  get maxBatchBytes(): number {
    return (this.connection.info?.max_payload ?? 1_048_576) - HEADER_ROOM_BYTES;
  }

  /** True while the connection stands. */
  get isConnected(): boolean {
    return this.#isConnected && !this.#stop.signal.aborted;
  }

  /** Closes the connection; what waits for an answer fails. */
  async close(): Promise<void> {
    await this.connection.close();
    this.#stop.abort();
  }

  async #follow(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === "disconnect") {
        this.#isConnected = false;
        log.warn("The connection to NATS is lost");
      }
      if (status.type !== "reconnect") continue;
      this.#isConnected = true;
      log.info("Connected to NATS at {server} again", { server: status.server });
      warnOf(this.connection.info?.version ?? "0");
    }
  }
}

/** A server of an older version may have joined since. */
function warnOf(version: string): void {
  try {
    checkVersion(version, (warning) => log.warn(warning));
  } catch (error) {
    log.error("This NATS server is not fit: {reason}", { reason: messageOf(error) });
  }
}

async function connect(options: ClusterOptions, signal: AbortSignal): Promise<NatsConnection> {
  const authenticator = authenticatorOf(options);
  const [server = ""] = options.servers;
  const tls = tlsOptions(server, options.tls);
  const settings: AbortableOptions = {
    servers: [...options.servers],
    name: `${options.name} ${options.node}`,
    signal,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    ignoreClusterUpdates: true,
    noAsyncTraces: true,
    timeout: REQUEST_TIMEOUT_MS,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: MAX_UNANSWERED_PINGS,
    ...(tls !== undefined && { tls }),
    ...(authenticator !== undefined && { authenticator }),
  };
  try {
    useAbortableTransport();
    return await NatsConnectionImpl.connect(settings) as NatsConnection;
  } catch (error) {
    const names = options.servers.join(", ");
    throw new AgentError(
      "failed",
      `Cannot connect to the cluster at ${names}: ${messageOf(error)}`,
      {
        cause: error,
        hint: "start the NATS servers, or name others (cluster.servers)",
      },
    );
  }
}
