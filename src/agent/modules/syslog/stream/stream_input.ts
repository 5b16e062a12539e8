/**
 * An input of connections: who may connect, how many, and for how long they may be silent.
 *
 * @module
 */

import { aborted } from "../../../../shared/any_signal.ts";
import type { AllowList } from "../../../../shared/allow_list.ts";
import { allowListOf } from "../allow_list.ts";
import type { Input, InputDeps } from "../input.ts";
import type { Connection, ConnectionListener } from "./connection.ts";
import { openListener } from "./listeners.ts";
import { Session } from "./session.ts";

const SWEEP_INTERVAL_MS = 5_000;
/** Time for a message, or a handshake, from its first byte to its last. */
const WITHIN_MS = 30_000;
/** At the end: time for what has arrived already to be read. */
const DRAIN_MS = 50;

/** Receives by connections. */
export class StreamInput implements Input {
  readonly #deps: InputDeps;
  readonly #allowed: AllowList;
  readonly #sessions = new Map<Session, Promise<void>>();
  #listener: ConnectionListener | undefined;
  /** What ended a session that is no fault of its sender's. */
  #failure = Promise.withResolvers<void>();

  constructor(deps: InputDeps) {
    this.#deps = deps;
    this.#allowed = allowListOf(deps.options);
  }

  get place(): string {
    const { protocol, listen } = this.#deps.options;
    return `${protocol} ${this.#listener?.place ?? listen}`;
  }

  async run(signal: AbortSignal, onListening: () => void): Promise<void> {
    const { options, clock } = this.#deps;
    this.#failure = Promise.withResolvers();
    this.#listener = await openListener(options, clock);
    onListening();
    const stop = new AbortController();
    const accepting = this.#listener.run((connection) => this.#receive(connection, signal));
    const sweeping = this.#sweep(stop.signal);
    try {
      await Promise.race([aborted(signal), this.#failure.promise]);
    } finally {
      this.#listener.close();
      await this.#drain();
      stop.abort();
      await Promise.all([accepting, sweeping]);
      this.#listener = undefined;
    }
  }

  #receive(connection: Connection, signal: AbortSignal): void {
    if (!this.#isLetIn(connection)) return connection.close();
    const { options, counts, log } = this.#deps;
    const peer = connection.peer.address?.ip ?? "this machine";
    const session = new Session(connection, {
      ...this.#deps,
      transport: options.protocol,
      framing: options.framing,
      complain: (problem) =>
        log.warn("Connection of {peer} to {place} was cut: {problem}", {
          peer,
          place: this.place,
          problem,
        }),
    });
    counts.connections++;
    const ended = session.run(signal)
      .catch((error) => this.#failure.reject(error))
      .finally(() => {
        counts.connections--;
        this.#sessions.delete(session);
        session.close();
      });
    this.#sessions.set(session, ended);
  }

  #isLetIn({ peer: { address } }: Connection): boolean {
    const { counts, options, log } = this.#deps;
    if (address !== undefined && !this.#allowed.has(address.ip)) {
      counts.refusedPeers++;
      const { ip } = address;
      log.warn("{peer} may not send to {place}: see allow", { peer: ip, place: this.place });
      return false;
    }
    if (this.#sessions.size < options.max_connections) return true;
    counts.refusedConnections++;
    log.warn("{place} has {count} connections, one more was closed", {
      place: this.place,
      count: this.#sessions.size,
    });
    return false;
  }

  async #sweep(signal: AbortSignal): Promise<void> {
    const { clock, counts, options } = this.#deps;
    const limits = { idleMs: options.idle_timeout, withinMs: WITHIN_MS };
    while (!signal.aborted) {
      await clock.sleep(SWEEP_INTERVAL_MS, signal).catch(() => {});
      for (const session of this.#sessions.keys()) {
        if (!session.isOver(limits)) continue;
        counts.idleConnections++;
        session.close();
      }
    }
  }

  /** What the kernel has already is read; then the connections are cut. */
  async #drain(): Promise<void> {
    if (this.#sessions.size > 0) await this.#deps.clock.sleep(DRAIN_MS);
    const ended = [...this.#sessions.values()];
    for (const session of this.#sessions.keys()) session.close();
    await Promise.all(ended);
  }
}
