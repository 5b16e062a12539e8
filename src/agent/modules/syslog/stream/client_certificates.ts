/**
 * TLS for clients that have to show a certificate: `Deno.listenTls` asks nobody for one, and the `node:tls` of runtimes before 2.8
 * neither.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { AgentError } from "../../../../shared/errors.ts";
import { showAddress } from "../listen_address.ts";
import { plainIp } from "../../../../shared/networks.ts";
import type { Peer } from "../message/encode_message.ts";
import type { Connection, ConnectionListener } from "./connection.ts";

/** Where to listen, and with what: PEM texts. */
interface CertifiedListen {
  hostname: string;
  port: number;
  cert: string;
  key: string;
  /** Who must have signed a client's certificate. */
  ca: string;
}

/** @throws {AgentError} `failed` where the runtime cannot ask for certificates; else why it cannot listen */
export async function listenWithClientCertificates(
  { hostname, port, ...tls }: CertifiedListen,
): Promise<ConnectionListener> {
  const server = createServer({ ...tls, requestCert: true, rejectUnauthorized: true });
  if (!asksForCertificates(server)) throw cannotAsk();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, hostname, () => resolve());
  });
  const address = server.address();
  const chosen = typeof address === "object" ? address?.port ?? port : port;
  return {
    place: showAddress({ hostname, port: chosen }),
    run: (onConnection) => handOn(server, onConnection),
    close: () => void server.close(),
  };
}

/** Resolves when the server is closed. */
function handOn(server: Server, onConnection: (connection: Connection) => void): Promise<void> {
  /** By who it is with. */
  const underWay = new Map<string, PromiseWithResolvers<TLSSocket>>();
  server.on("connection", (socket: Socket) => {
    const secured = Promise.withResolvers<TLSSocket>();
    // Nobody may be waiting: a connection can be refused before its handshake.
    secured.promise.catch(() => {});
    const key = keyOf(socket);
    underWay.set(key, secured);
    socket.on("error", (error) => secured.reject(error));
    socket.once("close", () => {
      underWay.delete(key);
      secured.reject(new Error("the client ended it, or has no certificate of client_ca"));
    });
    onConnection(certifiedConnection(socket, secured.promise));
  });
  server.on("secureConnection", (socket) => underWay.get(keyOf(socket))?.resolve(socket));
  server.on("tlsClientError", (error, socket) => underWay.get(keyOf(socket))?.reject(error));
  return new Promise((resolve) => server.once("close", () => resolve()));
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function certifiedConnection(raw: Socket, secured: Promise<TLSSocket>): Connection {
  const { remoteAddress: ip = "", remotePort: port = 0 } = raw;
  const peer: Peer = { address: { ip: plainIp(ip), port } };
  let secure: TLSSocket | undefined;
  return {
    peer,
    async handshake() {
      secure = await secured;
      // A connection that breaks is told to whoever reads it.
      secure.on("error", () => {});
      if (!secure.authorized) throw new Error(String(secure.authorizationError));
      peer.subject = subjectOf(secure);
    },
    chunks: () => chunksOf(secure),
    close() {
      secure?.destroy();
      raw.destroy();
    },
  };
}

async function* chunksOf(secure: TLSSocket | undefined): AsyncGenerator<Uint8Array> {
  if (secure === undefined) return;
  for await (const chunk of secure) yield chunk as Buffer;
}

/** Such as `CN=web1,O=Example`. */
function subjectOf(secure: TLSSocket): string {
  const subject = secure.getPeerCertificate()?.subject ?? {};
  return Object.entries(subject).map(([name, value]) => `${name}=${value}`).join(",");
}

/** Runtimes whose server ignores `requestCert` do not have it as a member either. */
function asksForCertificates(server: Server): boolean {
  return (server as { requestCert?: boolean }).requestCert === true;
}

function cannotAsk(): AgentError {
  return new AgentError(
    "failed",
    `Deno ${Deno.version.deno} cannot ask clients for certificates`,
    { hint: "run the agent with Deno 2.9, or leave client_ca out and name addresses in allow" },
  );
}
