/**
 * A connection that messages come by, whatever is below.
 *
 * @module
 */

import { plainIp } from "../../../../shared/networks.ts";
import type { Peer } from "../message/encode_message.ts";

/** One connection. */
export interface Connection {
  readonly peer: Peer;
  /** Resolves when the other side has shown who it is. Left out where nothing is to be shown. */
  handshake?(): Promise<unknown>;
  /** What comes, piece by piece; a piece is good until the next one. Rejects when the connection breaks. */
  chunks(): AsyncIterable<Uint8Array>;
  /** Cuts it, by which reading ends. */
  close(): void;
}

/** What waits for connections. */
export interface ConnectionListener {
  /** Where, such as `127.0.0.1:514`. */
  readonly place: string;
  /** Hands on each connection, until it is closed. */
  run(onConnection: (connection: Connection) => void): Promise<void>;
  close(): void;
}

const CHUNK_BYTES = 16_384;

/** A connection of the runtime's. */
export function plainConnection(conn: Deno.Conn | Deno.TlsConn): Connection {
  return {
    peer: peerOf(conn.remoteAddr),
    ...("handshake" in conn && { handshake: () => conn.handshake() }),
    chunks: () => chunksOf(conn),
    close() {
      try {
        conn.close();
      } catch {
        // It is closed.
      }
    },
  };
}

function peerOf(address: Deno.Addr): Peer {
  if (!("hostname" in address)) return {};
  return { address: { ip: plainIp(address.hostname), port: address.port } };
}

async function* chunksOf(conn: Deno.Conn): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (;;) {
    const count = await conn.read(buffer);
    if (count === null) return;
    yield buffer.subarray(0, count);
  }
}
