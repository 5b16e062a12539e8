/**
 * What a port and the server behind it have to do with each other.
 *
 * @module
 */

/** What is known of a request beside itself. */
export interface RequestInfo {
  remoteAddr: { hostname: string; port: number };
  /** Settles when the answer is sent, or never can be. */
  completed: Promise<void>;
  /** Names in the certificate that the client showed. */
  clientNames?: readonly string[];
}

/** Answers requests. Never rejects. */
export type Answer = (request: Request, info: RequestInfo) => Promise<Response>;

/** A server that listens. */
export interface InnerServer {
  readonly port: number;
  /** Ends when every answer is sent. */
  shutdown(): Promise<void>;
  /** Closes every connection at once. */
  abort(): void;
}

/** Where a server listens, and how it speaks. */
export interface InnerServerOptions {
  hostname: string;
  /** 0 picks a free one. */
  port: number;
  /** PEM; without it plain HTTP is spoken. */
  tls?: { cert: string; key: string };
  /** PEM: authorities, of one of which clients have to show a certificate. */
  clientCa?: string;
  answer: Answer;
}
