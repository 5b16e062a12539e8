/**
 * An input of UDP. Its socket stays open when the module is to go on with other options, or rests: what comes meanwhile waits in the
 * kernel, which counts what it has no room for.
 *
 * @module
 */

import { AnySignal } from "../../../../shared/any_signal.ts";
import type { AllowList } from "../../../../shared/allow_list.ts";
import { allowListOf } from "../allow_list.ts";
import type { Input, InputDeps } from "../input.ts";
import { type ListenAddress, parseListenAddress, showAddress } from "../listen_address.ts";
import { encodeMessage, type Peer } from "../message/encode_message.ts";
import { withoutEnd } from "../message/without_end.ts";
import { DatagramBuffer } from "./datagram_buffer.ts";
import { KernelDrops } from "./kernel_drops.ts";
import { openUdp, type UdpSource } from "./udp_sources.ts";

/** About what an event has beside the message, which stands in it twice: as it came, and its text. */
const EVENT_BYTES = 400;

/** A socket, and what is known of it. */
interface OpenSocket {
  source: UdpSource;
  address: ListenAddress;
  drops: KernelDrops;
}

/** Receives datagrams of the network. */
export class UdpInput implements Input {
  readonly #deps: InputDeps;
  readonly #allowed: AllowList;
  readonly #buffer: DatagramBuffer;
  #open: OpenSocket | undefined;

  constructor(deps: InputDeps) {
    this.#deps = deps;
    this.#allowed = allowListOf(deps.options);
    const place = () => this.place;
    this.#buffer = new DatagramBuffer({ ...deps, maxBytes: deps.options.buffer, place });
  }

  get place(): string {
    const { listen } = this.#deps.options;
    return `udp ${this.#open === undefined ? listen : showAddress(this.#open.address)}`;
  }

  async run(signal: AbortSignal, onListening: () => void): Promise<void> {
    const { source, drops } = this.#open ??= await this.#listen();
    onListening();
    const ended = new AbortController();
    using stop = new AnySignal(signal, ended.signal);
    const beside = [drops.run(this.#deps, stop.signal), this.#buffer.run(stop.signal)];
    try {
      const receiving = source.run((datagram) => {
        drops.datagramCame();
        this.#take(datagram);
      }, signal);
      await Promise.race([receiving, Promise.all(beside)]);
      await receiving;
    } finally {
      ended.abort("the input ends");
      await Promise.allSettled(beside);
      if (!signal.aborted || !source.canRest) this.close();
      await this.#buffer.flush(signal);
    }
  }

  takeOver(previous: Input): void {
    if (!(previous instanceof UdpInput) || previous.#key !== this.#key) return;
    this.#open = previous.#open;
    previous.#open = undefined;
  }

  close(): void {
    this.#open?.source.close();
    this.#open = undefined;
  }

  /** What another one must have in common to go on with its socket. */
  get #key(): string {
    return `${this.#deps.options.listen} ${this.#deps.maxMessageBytes}`;
  }

  async #listen(): Promise<OpenSocket> {
    const { options, library, maxMessageBytes, clock } = this.#deps;
    const wanted = parseListenAddress(options.listen);
    if (wanted === undefined) throw new Error("No address with a port");
    const source = await openUdp(wanted, { library, maxBytes: maxMessageBytes });
    const address = { ...wanted, port: source.port };
    return { source, address, drops: new KernelDrops(address, clock) };
  }

  #take(
    { bytes, truncated, from }: {
      bytes: Uint8Array;
      truncated: boolean;
      from: NonNullable<Peer["address"]>;
    },
  ): void {
    const { counts, clock, log } = this.#deps;
    if (!this.#allowed.has(from.ip)) {
      counts.refusedPeers++;
      const message = "{peer} may not send to {place}: see allow";
      return log.warn(message, { peer: from.ip, place: this.place });
    }
    const kept = withoutEnd(bytes);
    // A datagram with nothing in it says nothing.
    if (kept.length === 0) return;
    counts.messages++;
    if (truncated) counts.truncated++;
    if (!this.#buffer.admits(2 * kept.length + EVENT_BYTES)) return;
    const arrival = { transport: "udp", peer: { address: from }, nowMs: clock.now() } as const;
    this.#buffer.add(encodeMessage({ bytes: kept, truncated }, arrival));
  }
}
