/**
 * Bounds of connections.
 *
 * @module
 */

/** Bounds of the connections of one port. */
export interface ConnectionLimits {
  /** 0 for any number. */
  maxConnections: number;
  /** 0 for any number. */
  maxConnectionsPerAddress: number;
  /** From the connection to the end of its first head, in milliseconds. */
  headTimeoutMs: number;
  /** Between two requests, in milliseconds. */
  idleTimeoutMs: number;
  /** Within a request, in milliseconds; longer than a poll is held. */
  silenceTimeoutMs: number;
}
