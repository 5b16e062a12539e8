/**
 * An input of UDP.
 *
 * @module
 */

import { AnySignal } from "../../../../shared/any_signal.ts";
import { type AllowList, allowListOf } from "../allow_list.ts";
import type { Input, InputDeps } from "../input.ts";
import { type ListenAddress, parseListenAddress, showAddress } from "../listen_address.ts";
import { encodeMessage, type Peer } from "../message/encode_message.ts";
import { withoutEnd } from "../message/without_end.ts";
import { DatagramBuffer } from "./datagram_buffer.ts";
import { KernelDrops } from "./kernel_drops.ts";
import { openUdp } from "./udp_sources.ts";

/** About what an event has beside the message, which stands in it twice: as it came, and its text. */
const EVENT_BYTES = 400;

/** Receives datagrams of the network. */
export class UdpInput implements Input {
  readonly #deps: InputDeps;
  readonly #allowed: AllowList;
  readonly #buffer: DatagramBuffer;
  #address: ListenAddress | undefined;

  constructor(deps: InputDeps) {
    this.#deps = deps;
    this.#allowed = allowListOf(deps.options);
    const place = () => this.place;
    this.#buffer = new DatagramBuffer({ ...deps, maxBytes: deps.options.buffer, place });
  }

  get place(): string {
    const { listen } = this.#deps.options;
    return `udp ${this.#address === undefined ? listen : showAddress(this.#address)}`;
  }

  async run(signal: AbortSignal, onListening: () => void): Promise<void> {
    const { options, library, maxMessageBytes } = this.#deps;
    const address = parseListenAddress(options.listen);
    if (address === undefined) throw new Error("No address with a port");
    const source = await openUdp(address, { library, maxBytes: maxMessageBytes });
    this.#address = { ...address, port: source.port };
    onListening();
    const drops = new KernelDrops(this.#address, this.#deps);
    const ended = new AbortController();
    using stop = new AnySignal(signal, ended.signal);
    const beside = [drops.run(stop.signal), this.#buffer.run(stop.signal)];
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
      source.close();
      await this.#buffer.flush(signal);
    }
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
