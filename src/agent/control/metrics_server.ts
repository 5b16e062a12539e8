/**
 * An HTTP server for one page that anybody who reaches it may read, such as a Prometheus server.
 *
 * It is bounded by itself, since `Deno.serve` bounds neither connections nor slow clients: few connections at a time, one request on
 * each, a short head that has to come soon, GET and HEAD alone, and a client that does not read its answer is left.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { AgentError, messageOf } from "../../shared/errors.ts";
import type { Clock } from "../../shared/clock.ts";

/** Where to listen. */
export interface ListenAddress {
  hostname: string;
  port: number;
}

/** The page. */
export interface Page {
  contentType: string;
  text: string;
}

/** What a {@linkcode MetricsServer} is built with. */
interface MetricsServerDeps {
  page: () => Promise<Page>;
  clock: Clock;
}

/** Where the page is. */
const PATH = "/metrics";
/** Most connections at a time; one more is told so and closed. */
const MAX_CONNECTIONS = 16;
/** Time for the whole head of a request, in milliseconds. */
const HEAD_LIMIT_MS = 5_000;
/** Time for the client to take the answer, in milliseconds. */
const ANSWER_LIMIT_MS = 10_000;
/** Longest head, in bytes. */
const MAX_HEAD_BYTES = 8_192;

const REASONS = {
  200: "OK",
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
} as const;

interface Answer extends Page {
  status: keyof typeof REASONS;
}

/** A server that listens until it is closed. */
export class MetricsServer {
  readonly #listener: Deno.TcpListener;
  readonly #deps: MetricsServerDeps;
  readonly #open = new Set<Deno.TcpConn>();
  readonly #accepting: Promise<void>;

  /** @throws {AgentError} `failed` when nothing can listen there */
  constructor({ hostname, port }: ListenAddress, deps: MetricsServerDeps) {
    this.#deps = deps;
    try {
      this.#listener = Deno.listen({ hostname, port });
    } catch (error) {
      const reason = error instanceof Deno.errors.AddrInUse
        ? "another program listens there"
        : messageOf(error);
      throw new AgentError(
        "failed",
        `Cannot listen on ${addressText({ hostname, port })}: ${reason}`,
        {
          cause: error,
          hint: "give metrics.listen an address of this machine with a port that is free",
        },
      );
    }
    this.#accepting = this.#accept();
  }

  /** Where it listens; the system chose the port when that was 0. */
  get address(): ListenAddress {
    const { hostname, port } = this.#listener.addr;
    return { hostname, port };
  }

  /** Stops; requests under way are cut. */
  async close(): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) close(connection);
    await this.#accepting;
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) {
      // What a client does is no reason to stop.
      this.#serve(connection).catch(() => {}).finally(() => {
        this.#open.delete(connection);
        close(connection);
      });
    }
  }

  async #serve(connection: Deno.TcpConn): Promise<void> {
    const isOneTooMany = this.#open.size >= MAX_CONNECTIONS;
    this.#open.add(connection);
    const head = isOneTooMany
      ? undefined
      : await this.#within(HEAD_LIMIT_MS, connection, () => readHead(connection));
    const answer = isOneTooMany ? TOO_MANY : await this.#answer(head);
    const bytes = bytesOf(answer, { withBody: head?.startsWith("HEAD ") !== true });
    await this.#within(ANSWER_LIMIT_MS, connection, () => writeAll(connection, bytes));
  }

  async #answer(head: string | undefined): Promise<Answer> {
    if (head === undefined) return text(431, `The head is longer than ${MAX_HEAD_BYTES} bytes`);
    const [, method, target] = /^([A-Z]+) (\S+) HTTP\/1\.[01]\r?$/m.exec(head) ?? [];
    if (method === undefined || target === undefined) return text(400, "This is not HTTP/1.1");
    if (method !== "GET" && method !== "HEAD") return text(405, "Only GET and HEAD are answered");
    if (target.replace(/\?.*/s, "") !== PATH) return text(404, `The metrics are at ${PATH}`);
    try {
      return { status: 200, ...await this.#deps.page() };
    } catch (error) {
      return text(500, messageOf(error));
    }
  }

  /** Closes the connection, by which `work` rejects, when it takes too long. */
  async #within<T>(limitMs: number, connection: Deno.TcpConn, work: () => Promise<T>): Promise<T> {
    const done = new AbortController();
    this.#deps.clock.sleep(limitMs, done.signal).then(() => close(connection), () => {});
    try {
      return await work();
    } finally {
      done.abort();
    }
  }
}

/** Such as `127.0.0.1:9464` and `[::1]:9464`. */
export function addressText({ hostname, port }: ListenAddress): string {
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}

function text(status: Answer["status"], line: string): Answer {
  return { status, contentType: "text/plain; charset=utf-8", text: `${line}\n` };
}

const TOO_MANY = text(503, `${MAX_CONNECTIONS} others are being answered: ask again`);

/** The head of a request; `undefined` when it is too long. */
async function readHead(connection: Deno.TcpConn): Promise<string | undefined> {
  const bytes = new Uint8Array(MAX_HEAD_BYTES);
  const decoder = new TextDecoder("latin1");
  for (let length = 0; length < bytes.length;) {
    const count = await connection.read(bytes.subarray(length));
    if (count === null) throw new Error("the client has gone");
    length += count;
    const head = decoder.decode(bytes.subarray(0, length));
    if (/\r?\n\r?\n/.test(head)) return head;
  }
  return undefined;
}

function bytesOf({ status, contentType, text }: Answer, { withBody }: { withBody: boolean }) {
  const body = new TextEncoder().encode(text);
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    `Content-Type: ${contentType}`,
    `Content-Length: ${body.length}`,
    "Cache-Control: no-store",
    "X-Content-Type-Options: nosniff",
    ...(status === 405 ? ["Allow: GET, HEAD"] : []),
    "Connection: close",
    "\r\n",
  ].join("\r\n");
  const headBytes = new TextEncoder().encode(head);
  return withBody ? Buffer.concat([headBytes, body]) : headBytes;
}

async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await connection.write(rest));
  await connection.closeWrite();
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed.
  }
}
