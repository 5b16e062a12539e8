/**
 * The options of the manager, and the default of each in one place.
 *
 * @module
 */

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
  /** How long a poll is held, in milliseconds. */
  pollTimeoutMs: number;
  /** Limit for request bodies in bytes. */
  maxBodyBytes: number;
  /** How many events stay in the store. */
  keepEvents: number;
  /** How many idempotency keys are remembered for each agent. */
  idempotencyKeys: number;
  /** File that gains one line for each event. */
  recordFile?: string;
  /** See `fault_spec.ts`. */
  faults: readonly string[];
  /** Decides which requests the faults hit. */
  faultSeed: number;
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
  pollTimeoutMs: 30_000,
  maxBodyBytes: 10_000_000,
  keepEvents: 100_000,
  idempotencyKeys: 10_000,
  faults: [],
  faultSeed: 1,
};
