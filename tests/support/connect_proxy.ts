/**
 * A proxy for `CONNECT`, on loopback, that can ask for a user and refuse.
 *
 * @module
 */

const MAX_HEAD = 16_384;

/** How a {@linkcode ConnectProxy} behaves. */
interface ConnectProxyOptions {
  /** `user:password` that it wants. @default anybody may use it */
  credentials?: string;
  /** What it answers to every request in place of connecting, such as `403 Forbidden`. */
  refusal?: string;
  /** Ends each tunnel after so many milliseconds of silence from the server. @default never */
  idleLimitMs?: number;
}

/** Connects to whatever it is asked for. */
export class ConnectProxy implements AsyncDisposable {
  /** Who was asked for, in order. */
  readonly asked: string[] = [];
  /** What clients send is passed on so much later, in milliseconds. */
  delayMs = 0;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #options: ConnectProxyOptions;
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #work: Promise<void>;

  constructor(options: ConnectProxyOptions = {}) {
    this.#options = options;
    this.#work = this.#serve();
  }

  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  /** Its address, with a user and password if they are given. */
  url(credentials?: string): string {
    return `http://${credentials === undefined ? "" : `${credentials}@`}127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) close(connection);
    await this.#work;
  }

  async #serve(): Promise<void> {
    const tunnels: Promise<void>[] = [];
    for await (const client of this.#listener) {
      this.#connections.add(client);
      tunnels.push(this.#tunnel(client).catch(() => {}).finally(() => close(client)));
    }
    await Promise.all(tunnels);
  }

  async #tunnel(client: Deno.TcpConn): Promise<void> {
    const head = await readHead(client);
    const [, hostname = "", port = ""] = /^CONNECT \[?([^\s\]]+)\]?:(\d+) /.exec(head) ?? [];
    this.asked.push(`${hostname}:${port}`);
    const refusal = this.#refusal(head);
    if (refusal !== undefined) return await say(client, refusal);
    const server = await Deno.connect({ hostname, port: Number(port) }).catch(() => undefined);
    if (server === undefined) return await say(client, "502 Bad Gateway");
    this.#connections.add(server);
    await client.write(new TextEncoder().encode("HTTP/1.1 200 Connection established\r\n\r\n"));
    const delay = () => new Promise<void>((resolve) => setTimeout(resolve, this.delayMs));
    await Promise.allSettled([pipe(client, server, delay), this.#answers(server, client)]);
  }

  #refusal(head: string): string | undefined {
    const { credentials, refusal } = this.#options;
    if (credentials === undefined) return refusal;
    const wanted = `proxy-authorization: basic ${btoa(credentials)}`.toLowerCase();
    return head.toLowerCase().includes(wanted) ? refusal : "407 Proxy Authentication Required";
  }

  async #answers(server: Deno.TcpConn, client: Deno.TcpConn): Promise<void> {
    const { idleLimitMs } = this.#options;
    if (idleLimitMs === undefined) return await pipe(server, client);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(() => [server, client].forEach(close), idleLimitMs);
    };
    try {
      wait();
      await pipe(server, client, wait);
    } finally {
      clearTimeout(timer);
    }
  }
}

async function readHead(client: Deno.TcpConn): Promise<string> {
  let head = "";
  const bytes = new Uint8Array(MAX_HEAD);
  while (!head.includes("\r\n\r\n") && head.length < MAX_HEAD) {
    const count = await client.read(bytes);
    if (count === null) break;
    head += new TextDecoder().decode(bytes.subarray(0, count));
  }
  return head;
}

async function say(client: Deno.TcpConn, status: string): Promise<void> {
  await client.write(new TextEncoder().encode(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`));
}

async function pipe(from: Deno.TcpConn, to: Deno.TcpConn, onBytes?: () => unknown): Promise<void> {
  const bytes = new Uint8Array(65_536);
  try {
    for (let count = await from.read(bytes); count !== null; count = await from.read(bytes)) {
      await onBytes?.();
      for (let sent = 0; sent < count;) sent += await to.write(bytes.subarray(sent, count));
    }
  } catch {
    // One side has gone.
  }
  close(from);
  close(to);
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
