/**
 * A small balancer before the managers, as operators have one: connections of one address go to one manager, for as long as it takes
 * them. It asks each manager whether it is ready; one that drains gets no new connections, one that does not answer loses those it has.
 * When none is ready, whoever takes a connection gets it: then agents hear the reason, and when to come again.
 *
 * @module
 */

import { pause } from "./time_limits.ts";

/** A manager, as a balancer sees it. */
export interface Target {
  /** Base address of the API for agents. */
  readonly comms: string;
}

const ANSWER_WITHIN_MS = 1_000;
/** So many times without an answer, and its connections are closed. */
const MOST_UNANSWERED = 2;

/** Listens on a free port of 127.0.0.1 until it is disposed of. */
export class Balancer implements Disposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #backends: readonly Backend[];
  readonly #askEveryMs: number;
  #isOver = false;

  /** @param options.askEveryMs how often each manager is asked whether it is ready, in milliseconds */
  constructor(targets: readonly Target[], { askEveryMs = 500 } = {}) {
    this.#askEveryMs = askEveryMs;
    this.#backends = targets.map((target) => new Backend(target));
    void this.#accept();
    for (const backend of this.#backends) void this.#watch(backend);
  }

  /** Base address for agents. */
  get url(): string {
    return `http://127.0.0.1:${this.#listener.addr.port}`;
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#listener.close();
    for (const backend of this.#backends) backend.cut();
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) void this.#serve(client);
  }

  /** At the manager of the client's address, or at the next one that takes the connection. */
  async #serve(client: Deno.TcpConn): Promise<void> {
    const first = numberOf(client.remoteAddr.hostname) % this.#backends.length;
    const inTurn = [...this.#backends.slice(first), ...this.#backends.slice(0, first)];
    const ready = inTurn.filter((backend) => backend.isReady);
    for (const backend of ready.length > 0 ? ready : inTurn) {
      if (await backend.take(client)) return;
    }
    client.close();
  }

  async #watch(backend: Backend): Promise<void> {
    while (!this.#isOver) {
      await backend.ask();
      await pause(this.#askEveryMs);
    }
  }
}

/** One manager, and the connections that it has. */
class Backend {
  readonly #target: Target;
  readonly #open = new Set<Deno.TcpConn>();
  #isReady = true;
  #unanswered = 0;

  constructor(target: Target) {
    this.#target = target;
  }

  /** Whether it is to have new connections, by its last answer. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Joins `client` with a new connection. Returns false when it cannot be had. */
  async take(client: Deno.TcpConn): Promise<boolean> {
    const port = Number(new URL(this.#target.comms).port);
    const server = await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => undefined);
    if (server === undefined) return false;
    this.#open.add(client).add(server);
    void Promise.allSettled([pass(client, server), pass(server, client)]).then(() => {
      for (const connection of [client, server]) {
        this.#open.delete(connection);
        close(connection);
      }
    });
    return true;
  }

  /** Asks whether it is ready. */
  async ask(): Promise<void> {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const answer = await fetch(`${this.#target.comms}/ready`, { signal }).catch(() => undefined);
    await answer?.body?.cancel().catch(() => {});
    this.#unanswered = answer === undefined ? this.#unanswered + 1 : 0;
    this.#isReady = answer !== undefined && answer.status !== 503;
    if (this.#unanswered === MOST_UNANSWERED) this.cut();
  }

  /** Closes all connections. */
  cut(): void {
    for (const connection of this.#open) close(connection);
    this.#open.clear();
  }
}

/** Passes on what one side says, until one of the two is gone: then both are. */
async function pass(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  try {
    await from.readable.pipeTo(to.writable);
  } finally {
    close(from);
    close(to);
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed.
  }
}

/** Of an IPv4 address, so that addresses next to each other go to different managers. */
function numberOf(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
