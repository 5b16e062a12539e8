/**
 * The network between an agent and its server: passes bytes on, and treats them badly when it is told to.
 *
 * @module
 */

/** What the relay does to the bytes that it is passing. */
export type Treatment =
  | { kind: "pass" }
  /** Takes no connection, and ends those that there are. */
  | { kind: "refuse" }
  /** Holds everything back. */
  | { kind: "stall" }
  /** A few bytes at a time. */
  | { kind: "trickle" }
  /** Changes one bit of the next block. */
  | { kind: "corrupt" }
  /** Passes the first bytes of the next block, then ends the connection. */
  | { kind: "truncate" }
  /** Passes the first half of each request with events and then nothing more to the server, whose answer arrives. */
  | { kind: "break_off" }
  /** Ends the direction towards one side of each connection and leaves the other open. */
  | { kind: "half_close"; towards: Direction };

/** Who sent the bytes. */
export type Direction = "agent" | "server";

type Pair = {
  agent: Deno.TcpConn;
  server: Deno.TcpConn;
  /** Blocks that the agent sent on this connection. */
  blocks: number;
  /** The last block was a request with a body: its answer comes next. */
  isAsked: boolean;
};

const TRICKLE_BYTES = 7;
const TRICKLE_PAUSE_MS = 5;
const STALL_LOOK_MS = 20;
const BLOCK_BYTES = 64 * 1024;
/** The first blocks of a connection are its handshake. */
const HANDSHAKE_BLOCKS = 2;
/** Requests without events are shorter. */
const REQUEST_WITH_EVENTS_BYTES = 1_500;

/** Listens on a port of its own and connects to the server for each connection that it takes. */
export class FaultRelay implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #targetPort: () => number;
  readonly #pairs = new Set<Pair>();
  readonly #waiting = new Map<Direction, () => void>();
  readonly #accepting: Promise<void>;
  #treatment: Treatment = { kind: "pass" };
  #closed = false;

  /** `targetPort` gives the server's port on the loopback address, asked anew for each connection. */
  constructor(targetPort: () => number) {
    this.#targetPort = targetPort;
    this.#accepting = this.#accept();
  }

  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  /** Treats what passes from now on like this. */
  treat(treatment: Treatment): void {
    this.#treatment = treatment;
    if (treatment.kind === "refuse") this.cut();
    if (treatment.kind === "half_close") this.#halfClose(treatment.towards);
  }

  /** Ends every connection. */
  cut(): void {
    for (const pair of this.#pairs) closePair(pair);
  }

  /**
   * Calls `act` in place of passing on the next request with events (`agent`) or the next answer to one (`server`), whose
   * connection ends. Resolves with false when the signal was aborted before one came.
   */
  instead(direction: Direction, act: () => void, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      this.#waiting.set(direction, () => {
        act();
        resolve(true);
      });
      const giveUp = () => {
        this.#waiting.delete(direction);
        resolve(false);
      };
      if (signal.aborted) giveUp();
      else signal.addEventListener("abort", giveUp, { once: true });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#listener.close();
    this.cut();
    await this.#accepting;
  }

  async #accept(): Promise<void> {
    while (!this.#closed) {
      try {
        const agent = await this.#listener.accept() as Deno.TcpConn;
        if (this.#treatment.kind === "refuse") closeQuietly(agent);
        else void this.#connect(agent);
      } catch {
        // The agent had gone before its connection was taken, or the listener was closed.
      }
    }
  }

  async #connect(agent: Deno.TcpConn): Promise<void> {
    try {
      const server = await Deno.connect({ hostname: "127.0.0.1", port: this.#targetPort() });
      const pair: Pair = { agent, server, blocks: 0, isAsked: false };
      this.#pairs.add(pair);
      await Promise.all([this.#pass(pair, "agent"), this.#pass(pair, "server")]);
      closePair(pair);
      this.#pairs.delete(pair);
    } catch {
      // Nobody listens there: the manager was killed.
      closeQuietly(agent);
    }
  }

  async #pass(pair: Pair, from: Direction): Promise<void> {
    const [source, sink] = from === "agent" ? [pair.agent, pair.server] : [pair.server, pair.agent];
    const block = new Uint8Array(BLOCK_BYTES);
    try {
      for (let size = await source.read(block); size !== null; size = await source.read(block)) {
        if (this.#isHit(pair, { from, size })) return closePair(pair);
        const bytes = block.subarray(0, size);
        if (this.#breaksOff(from, size)) {
          await writeAll(sink, bytes.subarray(0, size >> 1));
          break;
        }
        if (!await this.#deliver(bytes, sink)) return closePair(pair);
      }
      await sink.closeWrite();
    } catch {
      closePair(pair);
    }
  }

  #breaksOff(from: Direction, size: number): boolean {
    return this.#treatment.kind === "break_off" && from === "agent" &&
      size >= REQUEST_WITH_EVENTS_BYTES;
  }

  /** True when somebody waited for this block, and has acted. */
  #isHit(pair: Pair, { from, size }: { from: Direction; size: number }): boolean {
    const isAnswer = from === "server" && pair.isAsked;
    if (from === "agent") {
      pair.isAsked = ++pair.blocks > HANDSHAKE_BLOCKS && size >= REQUEST_WITH_EVENTS_BYTES;
    }
    const act = this.#waiting.get(from);
    if (act === undefined || !(from === "agent" ? pair.isAsked : isAnswer)) return false;
    this.#waiting.delete(from);
    act();
    return true;
  }

  /** False when the connection is to end. */
  async #deliver(bytes: Uint8Array, sink: Deno.TcpConn): Promise<boolean> {
    while (this.#treatment.kind === "stall") await pause(STALL_LOOK_MS);
    switch (this.#treatment.kind) {
      case "trickle":
        return await this.#trickle(bytes, sink);
      case "corrupt":
        this.#treatment = { kind: "pass" };
        bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
        return await writeAll(sink, bytes);
      case "truncate":
        this.#treatment = { kind: "pass" };
        await writeAll(sink, bytes.subarray(0, bytes.length >> 1));
        return false;
      default:
        return await writeAll(sink, bytes);
    }
  }

  async #trickle(bytes: Uint8Array, sink: Deno.TcpConn): Promise<boolean> {
    for (let at = 0; at < bytes.length;) {
      const slow = this.#treatment.kind === "trickle";
      const end = slow ? at + TRICKLE_BYTES : bytes.length;
      await writeAll(sink, bytes.subarray(at, end));
      at = end;
      if (slow) await pause(TRICKLE_PAUSE_MS);
    }
    return true;
  }

  #halfClose(towards: Direction): void {
    for (const pair of this.#pairs) pair[towards].closeWrite().catch(() => {});
    this.#treatment = { kind: "pass" };
  }
}

async function writeAll(sink: Deno.TcpConn, bytes: Uint8Array): Promise<boolean> {
  for (let at = 0; at < bytes.length;) at += await sink.write(bytes.subarray(at));
  return true;
}

function closePair({ agent, server }: Pair): void {
  closeQuietly(agent);
  closeQuietly(server);
}

function closeQuietly(resource: { close(): void }): void {
  try {
    resource.close();
  } catch {
    // Closed already, by the other side.
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
