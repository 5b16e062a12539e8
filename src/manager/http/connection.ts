/**
 * What an app learns of the connection that a request came by.
 *
 * @module
 */

/** A connection. */
export interface Connection {
  /** The client's address; missing when something stands between, so that it is not known. */
  remoteAddress?: string;
  /** The client's port, which tells its connections apart. */
  remotePort?: number;
  /** Names in the certificate that the client showed; missing where none is asked for. */
  clientNames?: readonly string[];
}
