/**
 * How a manager is started, as code says it; people say it by the options of `schema.ts`.
 *
 * @module
 */

import type { UserLine } from "./users.ts";
import { type KeepAliveConfig, MANAGER_CONFIG, type ManagerConfig } from "./schema.ts";

/** How a manager is started. */
export interface ManagerOptions {
  /** Address to listen on. */
  host: string;
  /** Port of the management API; 0 picks a free one. */
  managementPort: number;
  /** Port of the comms API; 0 picks a free one. */
  commsPort: number;
  /** True for plain HTTP in place of TLS. */
  http: boolean;
  /** Folder of database, keys, certificates and files; without it everything is in memory. */
  dataFolder?: string;
  /** File of authorities of the agents' certificates; without it none is asked for. */
  clientCa?: string;
  /** What of the agent its certificate has to name. */
  clientCertName: "any" | "id" | "name";
  /** The user of the management API. */
  user: string;
  password: string;
  /** Users beside the first. @default none */
  users?: readonly UserLine[];
  /** File of the key that orders and the files of groups are signed with; without it nothing is signed. */
  signingKeyFile?: string;
  /** Life of a token in milliseconds. */
  tokenTtlMs: number;
  /** For how long a key signs tokens, in milliseconds. */
  tokenKeyLifeMs: number;
  /** Log-ins of agents a second; 0 for any number. */
  loginRate: number;
  /** How long a poll is held, in milliseconds. */
  pollTimeoutMs: number;
  /** Limit for request bodies in bytes. */
  maxBodyBytes: number;
  /** Connections to each port; 0 for any number. */
  maxConnections: number;
  /** Connections from one address to each port; 0 for any number. */
  maxConnectionsPerAddress: number;
  /** From a connection to the end of its first head, in milliseconds. */
  headTimeoutMs: number;
  /** Between two requests of a connection, in milliseconds. */
  idleTimeoutMs: number;
  /** Within how many milliseconds a body has to arrive. */
  bodyTimeoutMs: number;
  /** Limit for all bodies that arrive, and again for all that are decompressed, in bytes. */
  maxBodyMemoryBytes: number;
  /** Largest file for agents to download, in bytes. */
  maxReleaseBytes: number;
  /** Downloads at a time. */
  maxDownloads: number;
  /** Log-ins of one account that may fail within the window; 0 for any number. */
  loginFailures: number;
  loginFailureWindowMs: number;
  /** How long requests are taken still after the order to stop, while somebody asks for `/ready`. */
  drainDelayMs: number;
  /** How long those under way may take after that. */
  drainTimeoutMs: number;
  /** How many events stay in the store. */
  keepEvents: number;
  /** How many idempotency keys are remembered for each agent. */
  idempotencyKeys: number;
  /** Base URL for the scheduler; without it orders are handed on within the process. */
  acceptCommandsUrl?: string;
  /** Until an order that was sent is offered again, and beyond its timeout until it is given up, in milliseconds. */
  offerGraceMs: number;
  /** What becomes of orders for an id that several machines use. */
  clonedOrders: "refuse" | "give";
  /** Whether requests from two addresses by turns tell that several machines use an id. */
  clonesByAddress: boolean;
  /** How long a finished order stays among the others, in milliseconds. */
  archiveAfterMs: number;
  /** How long it stays in the archive after that, in milliseconds. */
  removeAfterMs: number;
  /** The monitor of the agents. */
  keepAlive: KeepAliveConfig;
  /** Managers beside this one; without servers it is alone. */
  cluster: ManagerConfig["cluster"];
  /** Events into an index; without a URL nothing is sent. */
  bulkOutput: ManagerConfig["bulk_output"];
}

/** What a configuration says; the password stands in its file. */
export function optionsFrom(
  { manager, cluster, manager_keepalive, bulk_output }: ManagerConfig,
): Omit<ManagerOptions, "password"> {
  return {
    host: manager.host,
    managementPort: manager.management_port,
    commsPort: manager.comms_port,
    http: manager.http,
    ...(manager.data_dir !== undefined && { dataFolder: manager.data_dir }),
    ...(manager.client_ca !== undefined && { clientCa: manager.client_ca }),
    clientCertName: manager.client_cert_name,
    user: manager.user,
    ...(manager.signing_key_file !== undefined && { signingKeyFile: manager.signing_key_file }),
    tokenTtlMs: manager.token_ttl,
    tokenKeyLifeMs: manager.token_key_life,
    loginRate: manager.login_rate,
    pollTimeoutMs: manager.poll_timeout,
    maxBodyBytes: manager.max_body,
    maxConnections: manager.max_connections,
    maxConnectionsPerAddress: manager.max_connections_per_address,
    headTimeoutMs: manager.head_timeout,
    idleTimeoutMs: manager.idle_timeout,
    bodyTimeoutMs: manager.body_timeout,
    maxBodyMemoryBytes: manager.max_body_memory,
    maxReleaseBytes: manager.max_release,
    maxDownloads: manager.max_downloads,
    loginFailures: manager.login_failures,
    loginFailureWindowMs: manager.login_failure_window,
    drainDelayMs: manager.drain_delay,
    drainTimeoutMs: manager.drain_timeout,
    keepEvents: manager.keep_events,
    idempotencyKeys: manager.idempotency_keys,
    ...(manager.accept_commands_url !== undefined && {
      acceptCommandsUrl: manager.accept_commands_url,
    }),
    offerGraceMs: manager.offer_grace,
    clonedOrders: manager.cloned_orders,
    clonesByAddress: manager.clones_by_address,
    archiveAfterMs: manager.archive_after,
    removeAfterMs: manager.remove_after,
    keepAlive: manager_keepalive,
    cluster,
    bulkOutput: bulk_output,
  };
}

/**
 * What holds where nothing else is said. The password is one for tries on one machine: with it a configuration can't have the
 * manager listen anywhere else.
 */
export const DEFAULTS: ManagerOptions = {
  ...optionsFrom(MANAGER_CONFIG.parse({})),
  password: "topsecret",
};
