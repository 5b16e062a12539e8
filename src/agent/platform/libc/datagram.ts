/**
 * Datagrams to a Unix socket, which the runtime sends behind an unstable flag only, and never to an abstract address.
 *
 * @module
 */

import { cString } from "./c_string.ts";
import { type Libc, LibcError } from "./libc.ts";

/** From `sys/socket.h` of Linux. */
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const FAMILY_BYTES = 2;
const MAX_ADDRESS_BYTES = 108;

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
  const fd = symbols.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw new LibcError("socket", "of type datagram");
  try {
    const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    const sent = symbols.sendto(fd, bytes, BigInt(bytes.length), flags, to, to.length);
    if (Number(sent) !== bytes.length) throw new LibcError("sendto", JSON.stringify(address));
  } finally {
    libc.close(fd);
  }
}

/** `struct sockaddr_un`. */
function socketAddress(address: string): Uint8Array<ArrayBuffer> {
  // An abstract name begins with a zero byte and ends where the length says; a path ends with a zero byte.
  const name = cString(address).subarray(0, address.startsWith("@") ? -1 : undefined);
  if (name.length > MAX_ADDRESS_BYTES) throw new LibcError("sendto", "an address that is too long");
  const result = new Uint8Array(FAMILY_BYTES + name.length);
  result[0] = AF_UNIX;
  result.set(name, FAMILY_BYTES);
  if (address.startsWith("@")) result[FAMILY_BYTES] = 0;
  return result;
}
