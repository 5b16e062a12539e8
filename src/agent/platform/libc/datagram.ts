/**
 * Datagrams to a Unix socket, which the runtime sends behind an unstable flag only, and never to an abstract address.
 *
 * @module
 */

import { type Libc, LibcError } from "./libc.ts";
import { openDatagramSocket } from "./datagram_socket.ts";
import { AF_UNIX, socketAddress } from "./unix_address.ts";

/** From `sys/socket.h` of Linux. */
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/**
 * Sends `text` in one datagram to the socket at `address`: an absolute path, or `@` and a name of Linux's abstract namespace. Never
 * waits: a receiver that is full is a failure.
 *
 * @throws {LibcError}
 */
export function sendDatagram(libc: Libc, address: string, text: string): void {
  const to = socketAddress(address);
  const bytes = new TextEncoder().encode(text);
  const { symbols } = libc;
  const fd = openDatagramSocket(libc, AF_UNIX);
  try {
    const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    const sent = symbols.sendto(fd, bytes, BigInt(bytes.length), flags, to, to.length);
    if (Number(sent) !== bytes.length) throw new LibcError("sendto", JSON.stringify(address));
  } finally {
    libc.close(fd);
  }
}
