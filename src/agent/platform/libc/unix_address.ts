/**
 * Unix sockets of datagrams, and their addresses, as the C library takes them.
 *
 * @module
 */

import { cString } from "./c_string.ts";
import { type Libc, LibcError } from "./libc.ts";

/** From `sys/socket.h` of Linux. */
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const FAMILY_BYTES = 2;
const MAX_ADDRESS_BYTES = 108;

/**
 * A new socket; its descriptor is to be closed.
 *
 * @throws {LibcError}
 */
export function openDatagramSocket({ symbols }: Libc): number {
  const fd = symbols.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw new LibcError("socket", "of type datagram");
  return fd;
}

/**
 * `struct sockaddr_un` of an absolute path, or of `@` and a name of Linux's abstract namespace.
 *
 * @throws {LibcError} when it is too long
 */
export function socketAddress(address: string): Uint8Array<ArrayBuffer> {
  // An abstract name begins with a zero byte and ends where the length says; a path ends with a zero byte.
  const name = cString(address).subarray(0, address.startsWith("@") ? -1 : undefined);
  if (name.length > MAX_ADDRESS_BYTES) throw new LibcError("use", "an address that is too long");
  const result = new Uint8Array(FAMILY_BYTES + name.length);
  result[0] = AF_UNIX;
  result.set(name, FAMILY_BYTES);
  if (address.startsWith("@")) result[FAMILY_BYTES] = 0;
  return result;
}
