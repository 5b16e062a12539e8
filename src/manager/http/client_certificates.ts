/**
 * A TLS server whose clients have to show a certificate: `node:https`, with its requests and answers made those of `fetch`.
 *
 * Half as many small requests a second as `Deno.serve`, which is why it is used only where certificates are asked for.
 *
 * @module
 */

import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { Readable } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { AddressInfo } from "node:net";
import { errorResponse } from "./api_error.ts";
import type { Answer, InnerServer, InnerServerOptions } from "./inner_server_types.ts";

/** Starts a server that ends the handshake with who shows no certificate of `clientCa`. */
export async function serveWithClientCertificates(
  { hostname, port, tls, clientCa, answer }: InnerServerOptions,
): Promise<InnerServer> {
  const server = createServer({
    ...tls,
    ca: clientCa,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
  }, (incoming, outgoing) => void exchange(incoming, outgoing, answer));
  server.listen(port, hostname);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    shutdown: () => new Promise((resolve) => server.close(() => resolve())),
    abort: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function exchange(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  answer: Answer,
): Promise<void> {
  const socket = incoming.socket as TLSSocket;
  const completed = new Promise<void>((resolve) => outgoing.once("close", resolve));
  const gone = new AbortController();
  outgoing.once("close", () => outgoing.writableEnded || gone.abort());
  outgoing.on("error", () => gone.abort());
  try {
    const { remoteAddress = "", remotePort = 0 } = socket;
    const remoteAddr = { hostname: remoteAddress, port: remotePort };
    // The handshake has seen to it; a runtime in which it did not must let nobody in.
    const response = socket.authorized === true
      ? await answer(toRequest(incoming, gone.signal), {
        remoteAddr,
        completed,
        clientNames: namesOf(socket),
      })
      : errorResponse(403, "Permission denied: no certificate");
    await send(response, outgoing);
  } catch {
    outgoing.destroy();
  }
}

function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (typeof value === "string") headers.append(name, value);
    else value?.forEach((one) => headers.append(name, one));
  }
  const { method = "GET" } = incoming;
  const hasBody = method !== "GET" && method !== "HEAD";
  const body = hasBody ? Readable.toWeb(incoming) as ReadableStream<Uint8Array> : null;
  return new Request(new URL(incoming.url ?? "/", "https://manager"), {
    method,
    headers,
    body,
    signal,
  });
}

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(response.status, [...response.headers].flat());
  for await (const chunk of response.body ?? []) {
    if (!outgoing.write(chunk)) await once(outgoing, "drain");
  }
  outgoing.end();
}

/** The common name and the DNS names. */
function namesOf(socket: TLSSocket): string[] {
  const { subject, subjectaltname = "" } = socket.getPeerCertificate();
  const dnsNames = subjectaltname.split(/, */).filter((name) => name.startsWith("DNS:"))
    .map((name) => name.slice("DNS:".length));
  return [subject?.CN, ...dnsNames].flat().filter((name) => typeof name === "string");
}
