/**
 * An input of UDP.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIP } from "node:net";
import { aborted, AnySignal } from "../../../../shared/any_signal.ts";
import { type AllowList, allowListOf } from "../allow_list.ts";
import type { Input, InputDeps } from "../input.ts";
import { type ListenAddress, parseListenAddress } from "../listen_address.ts";
import { encodeMessage } from "../message/encode_message.ts";
import { withoutEnd } from "../message/without_end.ts";
import { DatagramBuffer } from "./datagram_buffer.ts";
import { KernelDrops } from "./kernel_drops.ts";

/** What the kernel may hold for us; it gives as much as the system allows. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
/** At the end: time for what has arrived already to be read. */
const DRAIN_MS = 50;
/** About what an event has beside the message, twice: as it came, and its text. */
const EVENT_BYTES = 400;

/** Receives datagrams of the network. */
export class UdpInput implements Input {
  readonly #deps: InputDeps;
  readonly #allowed: AllowList;
  readonly #buffer: DatagramBuffer;
  #address: ListenAddress | undefined;
  #drops: KernelDrops | undefined;

  constructor(deps: InputDeps) {
    this.#deps = deps;
    this.#allowed = allowListOf(deps.options);
    const place = () => this.place;
    this.#buffer = new DatagramBuffer({ ...deps, maxBytes: deps.options.buffer, place });
  }

  get place(): string {
    if (this.#address === undefined) return `udp ${this.#deps.options.listen}`;
    const { hostname, port } = this.#address;
    return `udp ${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  }

  async run(signal: AbortSignal, onListening: () => void): Promise<void> {
    const address = parseListenAddress(this.#deps.options.listen);
    if (address === undefined) throw new Error("No address with a port");
    const socket = await bind(address);
    this.#address = { ...address, port: socket.address().port };
    onListening();
    this.#drops = new KernelDrops(this.#address, this.#deps);
    socket.on("message", (bytes, from) => this.#take(bytes, from));
    const failed = new AbortController();
    using either = new AnySignal(signal, failed.signal);
    const broken = new Promise<never>((_, reject) => socket.on("error", reject));
    const watching = this.#drops.run(either.signal);
    try {
      await Promise.race([aborted(signal), broken, this.#buffer.run(signal)]);
    } finally {
      if (signal.aborted) await this.#deps.clock.sleep(DRAIN_MS);
      failed.abort();
      await watching;
      socket.close();
      await this.#buffer.flush(signal);
    }
  }

  #take(bytes: Buffer, { address: ip, port }: RemoteInfo): void {
    const { counts, clock, maxMessageBytes, log } = this.#deps;
    if (!this.#allowed.has(ip)) {
      counts.refusedPeers++;
      return log.warn("{peer} may not send to {place}: see allow", { peer: ip, place: this.place });
    }
    // An empty datagram says nothing.
    if (bytes.length === 0) return;
    counts.messages++;
    this.#drops?.datagramCame();
    const truncated = bytes.length > maxMessageBytes;
    if (truncated) counts.truncated++;
    const kept = withoutEnd(bytes.subarray(0, maxMessageBytes));
    if (!this.#buffer.admits(2 * kept.length + EVENT_BYTES)) return;
    const arrival = {
      transport: "udp",
      peer: { address: { ip, port } },
      nowMs: clock.now(),
    } as const;
    this.#buffer.add(encodeMessage({ bytes: kept, truncated }, arrival));
  }
}

async function bind({ hostname, port }: ListenAddress): Promise<Socket> {
  const type = isIP(hostname) === 6 ? "udp6" : "udp4";
  const socket = createSocket({ type, recvBufferSize: RECEIVE_BUFFER_BYTES });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, hostname, () => {
      socket.off("error", reject);
      resolve();
    });
  });
  return socket;
}
