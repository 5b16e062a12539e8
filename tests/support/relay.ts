/**
 * A relay before a TCP server, that can lose what one side says.
 *
 * @module
 */

/** Listens on a free port of 127.0.0.1; dispose of it. */
export class Relay implements Disposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.TcpConn>();
  readonly #target: number;
  #losing: "client" | "server" | undefined;

  /** @param target port of the server on 127.0.0.1 */
  constructor(target: number) {
    this.#target = target;
    void this.#run();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** From now on what this side says is lost; without one nothing is. */
  lose(side?: "client" | "server"): void {
    this.#losing = side;
  }

  /** Closes the connections that are open. New ones lose nothing. */
  cut(): void {
    for (const connection of this.#open) connection.close();
    this.#open.clear();
    this.lose();
  }

  [Symbol.dispose](): void {
    this.#listener.close();
    this.cut();
  }

  async #run(): Promise<void> {
    for await (const client of this.#listener) {
      const server = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
      this.#open.add(client).add(server);
      void this.#pass(client, server, () => this.#losing !== "client");
      void this.#pass(server, client, () => this.#losing !== "server");
    }
  }

  async #pass(from: Deno.TcpConn, to: Deno.TcpConn, passes: () => boolean): Promise<void> {
    try {
      const writer = to.writable.getWriter();
      for await (const bytes of from.readable) if (passes()) await writer.write(bytes);
    } catch {
      // Closed by one side or by the test.
    }
  }
}
