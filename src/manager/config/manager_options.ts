/**
 * The options of the manager, and the default of each in one place.
 *
 * @module
 */

import { type KeepAliveConfig, MANAGER_CONFIG } from "./schema.ts";

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
  /** The user of the management API. */
  user: string;
  password: string;
  /** Life of a token in milliseconds. */
  tokenTtlMs: number;
  /** Log-ins of agents a second; 0 for any number. */
  loginRate: number;
  /** How long a poll is held, in milliseconds. */
  pollTimeoutMs: number;
  /** Limit for request bodies in bytes. */
  maxBodyBytes: number;
  /** How many events stay in the store. */
  keepEvents: number;
  /** How many idempotency keys are remembered for each agent. */
  idempotencyKeys: number;
  /**
   * Base URL of this manager's management API as the scheduler is to reach it; without it orders
   * are handed on within the process.
   */
  acceptCommandsUrl?: string;
  /**
   * How long an order that was sent waits for a result until it is offered again, and how much
   * longer than its own timeout until it is given up, in milliseconds.
   */
  offerGraceMs: number;
  /** How long a finished order stays among the others, in milliseconds. */
  archiveAfterMs: number;
  /** How long it stays in the archive after that, in milliseconds. */
  removeAfterMs: number;
  /** The monitor of the agents; see `config/schema.ts`. */
  keepAlive: KeepAliveConfig;
}

/** What holds where nothing else is said. */
export const DEFAULTS: ManagerOptions = {
  host: "127.0.0.1",
  managementPort: 55_000,
  commsPort: 27_000,
  http: false,
  user: "wazuh",
  password: "topsecret",
  tokenTtlMs: 900_000,
  loginRate: 500,
  pollTimeoutMs: 30_000,
  maxBodyBytes: 10_000_000,
  keepEvents: 100_000,
  idempotencyKeys: 10_000,
  offerGraceMs: 5_000,
  archiveAfterMs: 3_600_000,
  removeAfterMs: 168 * 3_600_000,
  keepAlive: MANAGER_CONFIG.parse({ manager_keepalive: {} }).manager_keepalive,
};
