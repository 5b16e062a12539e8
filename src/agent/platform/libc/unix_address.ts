/**
 * Addresses of Unix sockets, as the C library takes them.
 *
 * @module
 */

import { cString } from "./c_string.ts";
import { LibcError } from "./libc.ts";

/** From `sys/socket.h` of Linux. */
export const AF_UNIX = 1;

const FAMILY_BYTES = 2;
const MAX_ADDRESS_BYTES = 108;

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
