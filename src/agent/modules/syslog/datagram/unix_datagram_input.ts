/**
 * An input of datagrams at the path of a socket, as `/dev/log` is one. While the queue takes nothing it is not read, and who sends
 * waits: the kernel holds a few datagrams only.
 *
 * @module
 */

import { LibcError } from "../../../platform/libc/libc.ts";
import { DatagramSocket } from "../../../platform/libc/datagram_socket.ts";
import { AF_UNIX, socketAddress } from "../../../platform/libc/unix_address.ts";
import type { Input, InputDeps } from "../input.ts";
import { encodeMessage } from "../message/encode_message.ts";
import { withoutEnd } from "../message/without_end.ts";
import { freeSocketPath, removeSocket } from "../socket_file.ts";

/** So many go to the queue together. */
const GROUP_DATAGRAMS = 512;

/** Receives datagrams of this machine's programs. */
export class UnixDatagramInput implements Input {
  readonly place: string;
  readonly #deps: InputDeps;

  constructor(deps: InputDeps) {
    this.#deps = deps;
    this.place = `unix_dgram ${deps.options.listen}`;
  }

  async run(signal: AbortSignal, onListening: () => void): Promise<void> {
    const { listen: path, mode } = this.#deps.options;
    const { libc, missing } = this.#deps.library;
    if (libc === undefined) throw new LibcError("receive datagrams", `at a path: ${missing}`);
    await freeSocketPath(path);
    using socket = new DatagramSocket(libc, {
      family: AF_UNIX,
      address: socketAddress(path),
      maxBytes: this.#deps.maxMessageBytes,
    });
    try {
      Deno.chmodSync(path, Number.parseInt(mode, 8));
      onListening();
      while (await socket.wait(signal)) await this.#store(socket, signal);
    } finally {
      // Nobody can send any more, and what was sent is read.
      removeSocket(path);
      while (await this.#store(socket, signal)) { /* The next ones. */ }
    }
  }

  /** False when there was nothing. */
  async #store(socket: DatagramSocket, signal: AbortSignal): Promise<boolean> {
    const { intake, clock, counts } = this.#deps;
    const arrival = { transport: "unix_dgram", peer: {}, nowMs: clock.now() } as const;
    const datagrams = received(socket);
    const messages = datagrams
      .map(({ bytes, length }) => ({ bytes: withoutEnd(bytes), truncated: length > bytes.length }))
      .filter(({ bytes }) => bytes.length > 0);
    counts.messages += messages.length;
    counts.truncated += messages.filter(({ truncated }) => truncated).length;
    await intake.append(messages.map((message) => encodeMessage(message, arrival)), signal);
    return datagrams.length > 0;
  }
}

function received(socket: DatagramSocket) {
  const datagrams: { bytes: Uint8Array; length: number }[] = [];
  while (datagrams.length < GROUP_DATAGRAMS) {
    const datagram = socket.receive();
    if (datagram === undefined) break;
    datagrams.push(datagram);
  }
  return datagrams;
}
