/**
 * Stands between the clients of the local API and its server: `Deno.serve` takes any number of connections and waits for ever for a
 * head, and the `node:http` of the oldest runtime that is supported knows no Unix sockets.
 *
 * Bytes are passed as they come, and tell enough: who was heard last. A connection is cut that
 *
 * - is one too many, unless another one that waits for no answer can make room for it;
 * - has not sent the end of its first head in time;
 * - has its answer and says nothing more, or waits for one for longer than any takes.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";

/** How much one client can hold of the agent. */
export interface ConnectionBounds {
  most: number;
  /** From the connection to the end of its first head, in milliseconds. */
  headMs: number;
  /** Between an answer and the next request, in milliseconds. */
  idleMs: number;
  /** Between a request and its answer, in milliseconds. */
  answerMs: number;
}

/** What a {@linkcode BoundedConnections} is built with. */
interface BoundedConnectionsDeps {
  /** Opens a connection to the server behind. */
  connect: () => Promise<Deno.Conn>;
  clock: Clock;
  bounds: ConnectionBounds;
}

const SWEEP_INTERVAL_MS = 1_000;

/** Passes the connections of a listener on until it is closed. */
export class BoundedConnections {
  readonly #listener: Deno.Listener;
  readonly #deps: BoundedConnectionsDeps;
  /** Oldest first. */
  readonly #open = new Set<Passage>();
  readonly #stop = new AbortController();
  readonly #accepting: Promise<void>;
  #sweeping = false;

  constructor(listener: Deno.Listener, deps: BoundedConnectionsDeps) {
    this.#listener = listener;
    this.#deps = deps;
    this.#accepting = this.#accept();
  }

  /** Stops listening and cuts every connection. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#listener.close();
    for (const passage of this.#open) passage.cut();
    await this.#accepting;
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      const passage = new Passage(client, this.#deps.clock);
      if (!this.#makeRoom()) passage.cut();
      else this.#pass(passage);
    }
  }

  #pass(passage: Passage): void {
    this.#open.add(passage);
    // What a client does, or a server that has gone, is no reason to stop.
    passage.run(this.#deps.connect).catch(() => {}).finally(() => {
      this.#open.delete(passage);
      passage.cut();
    });
    if (!this.#sweeping) this.#sweep().catch(() => {});
  }

  /** False when everybody is at work. */
  #makeRoom(): boolean {
    if (this.#open.size < this.#deps.bounds.most) return true;
    const idle = [...this.#open].find((passage) => !passage.awaitsAnswer);
    if (idle === undefined) return false;
    this.#open.delete(idle);
    idle.cut();
    return true;
  }

  async #sweep(): Promise<void> {
    this.#sweeping = true;
    try {
      while (this.#open.size > 0) {
        await this.#deps.clock.sleep(SWEEP_INTERVAL_MS, this.#stop.signal);
        for (const passage of this.#open) if (passage.isOver(this.#deps.bounds)) passage.cut();
      }
    } finally {
      this.#sweeping = false;
    }
  }
}

/** One connection of a client, and the one behind it. */
class Passage {
  readonly #client: Deno.Conn;
  readonly #clock: Clock;
  readonly #beganMs: number;
  #server: Deno.Conn | undefined;
  #lastMs: number;
  #heardLast: "client" | "server" = "client";
  readonly #head = new HeadEnd();

  constructor(client: Deno.Conn, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
    this.#beganMs = this.#lastMs = clock.monotonic();
  }

  /** True while a request of it is with the server. */
  get awaitsAnswer(): boolean {
    return this.#head.seen && this.#heardLast === "client";
  }

  isOver({ headMs, idleMs, answerMs }: ConnectionBounds): boolean {
    const nowMs = this.#clock.monotonic();
    if (!this.#head.seen) return nowMs - this.#beganMs > headMs;
    return nowMs - this.#lastMs > (this.awaitsAnswer ? answerMs : idleMs);
  }

  /** Resolves when the server has said all it has to, rejects when either has gone. */
  async run(connect: () => Promise<Deno.Conn>): Promise<void> {
    this.#server = await connect();
    this.#copy(this.#client, this.#server, "client").catch(() => this.cut());
    await this.#copy(this.#server, this.#client, "server");
  }

  cut(): void {
    for (const connection of [this.#client, this.#server]) {
      try {
        connection?.close();
      } catch {
        // It is closed.
      }
    }
  }

  async #copy(from: Deno.Conn, to: Deno.Conn, who: "client" | "server"): Promise<void> {
    const buffer = new Uint8Array(16_384);
    for (;;) {
      const count = await from.read(buffer);
      if (count === null) return await to.closeWrite();
      this.#lastMs = this.#clock.monotonic();
      this.#heardLast = who;
      if (who === "client") this.#head.look(buffer.subarray(0, count));
      for (let rest = buffer.subarray(0, count); rest.length > 0;) {
        rest = rest.subarray(await to.write(rest));
        this.#lastMs = this.#clock.monotonic();
      }
    }
  }
}

/** Finds the empty line that ends a head, in however small pieces it comes. */
class HeadEnd {
  seen = false;
  #last = "";

  look(bytes: Uint8Array): void {
    if (this.seen) return;
    const text = this.#last + new TextDecoder("latin1").decode(bytes);
    this.seen = /\n\r?\n/.test(text);
    this.#last = text.slice(-3);
  }
}
