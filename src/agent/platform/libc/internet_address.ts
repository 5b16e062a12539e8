/**
 * Addresses of the internet, as the C library takes and gives them.
 *
 * @module
 */

import { isIP } from "node:net";

/** From `sys/socket.h` of Linux. */
const AF_INET = 2;
const AF_INET6 = 10;
/** `struct sockaddr_in`: family, port, address, padding. */
const BYTES_4 = 16;
/** `struct sockaddr_in6`: family, port, flow, address, scope. */
const BYTES_6 = 28;
const PORT_AT = 2;
const ADDRESS_4_AT = 4;
const ADDRESS_6_AT = 8;
/** What an IPv4 address begins with in a socket of IPv6. */
const MAPPED = "0:0:0:0:0:ffff";

/** An address and a port. */
export interface InternetAddress {
  ip: string;
  port: number;
}

/** The family of an address, for `socket`. */
export function familyOf(ip: string): number {
  return isIP(ip) === 6 ? AF_INET6 : AF_INET;
}

/** `struct sockaddr_in` or `sockaddr_in6`. */
export function internetAddress({ ip, port }: InternetAddress): Uint8Array<ArrayBuffer> {
  const isSix = isIP(ip) === 6;
  const bytes = new Uint8Array(isSix ? BYTES_6 : BYTES_4);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, familyOf(ip), true);
  view.setUint16(PORT_AT, port);
  if (isSix) bytes.set(bytesOf6(ip), ADDRESS_6_AT);
  else bytes.set(ip.split(".").map(Number), ADDRESS_4_AT);
  return bytes;
}

/** What stands in either; an IPv4 address that came to a socket of IPv6 is given as such. */
export function readInternetAddress(bytes: Uint8Array): InternetAddress {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const port = view.getUint16(PORT_AT);
  const four = (at: number) => bytes.subarray(at, at + 4).join(".");
  if (view.getUint16(0, true) === AF_INET) return { ip: four(ADDRESS_4_AT), port };
  const words = Array.from({ length: 8 }, (_, index) => view.getUint16(ADDRESS_6_AT + 2 * index));
  const hex = words.map((word) => word.toString(16));
  const isMapped = hex.slice(0, 6).join(":") === MAPPED;
  if (isMapped) return { ip: four(ADDRESS_6_AT + 12), port };
  // The parser of URLs writes every address in one way.
  return { ip: new URL(`http://[${hex.join(":")}]/`).hostname.slice(1, -1), port };
}

/** The 16 bytes of an IPv6 address. */
export function bytesOf6(address: string): number[] {
  const plain = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [front = "", back] = plain.split("::");
  const words = (text: string) => text === "" ? [] : text.split(":");
  const [head, tail] = [words(front), words(back ?? "")];
  const zeros = back === undefined ? [] : Array(8 - head.length - tail.length).fill("0");
  return [...head, ...zeros, ...tail].flatMap((word) => {
    const value = Number.parseInt(word, 16);
    return [value >> 8, value & 0xff];
  });
}
