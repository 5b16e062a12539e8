/**
 * Addresses and networks as they stand in the configuration. Every command reads that: `node:net`, which takes 10 to 60 ms to load, is
 * left to what listens.
 *
 * @module
 */

/** The addresses whose first `bits` bits are those of `address`. */
interface Network {
  address: string;
  bits: number;
  family: "ipv4" | "ipv6";
}

const BYTE = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const FOUR = new RegExp(`^${BYTE}(?:\\.${BYTE}){3}$`);
const SIX = /^[0-9a-f:.]{2,45}$/i;
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
/** As the parser of URLs writes such an address. */
const MAPPED_HEX = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/;
/** Bits in front of the IPv4 address. */
const MAPPED_BITS = 96;
const ENTRY = /^([^/]+)(?:\/(\d{1,3}))?$/;

/** The version of an IP address; `undefined` for any other text. */
export function ipVersion(text: string): 4 | 6 | undefined {
  if (FOUR.test(text)) return 4;
  return SIX.test(text) && URL.canParse(`http://[${text}]/`) ? 6 : undefined;
}

/**
 * The one way to write an address: IPv6 as RFC 5952 has it, an IPv4 address seen by an IPv6 socket (`::ffff:1.2.3.4`, also with
 * its last part in hexadecimal) as IPv4. `undefined` for any other text, also for a network or an address with a zone.
 */
export function canonicalIp(text: string): string | undefined {
  const version = ipVersion(text);
  if (version !== 6) return version && text;
  const written = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const [, high, low] = MAPPED_HEX.exec(written) ?? [];
  if (high === undefined || low === undefined) return written;
  return [high, low].flatMap((digits) => {
    const word = Number.parseInt(digits, 16);
    return [word >> 8, word & 0xff];
  }).join(".");
}

/**
 * The network that `text` names, such as `10.0.0.0/8`, or the one of a single address; `undefined` when it names none. One of IPv4
 * addresses in IPv6 form is an IPv4 network.
 */
export function parseNetwork(text: string): Network | undefined {
  const [, given = "", digits] = ENTRY.exec(text) ?? [];
  const version = ipVersion(given);
  if (version === undefined) return undefined;
  const most = version === 4 ? 32 : 128;
  const bits = digits === undefined ? most : Number(digits);
  if (bits > most) return undefined;
  const address = canonicalIp(given) ?? given;
  const isMapped = version === 6 && ipVersion(address) === 4;
  if (!isMapped) return { address, bits, family: `ipv${version}` };
  return bits < MAPPED_BITS
    ? { address: "::", bits, family: "ipv6" }
    : { address, bits: bits - MAPPED_BITS, family: "ipv4" };
}

/** Whether only programs of this machine can reach the address. */
export function isLoopback(hostname: string): boolean {
  if (hostname === "localhost") return true;
  const version = ipVersion(hostname);
  if (version === 4) return hostname.startsWith("127.");
  // The parser of URLs writes every address in one way.
  return version === 6 && new URL(`http://[${hostname}]/`).hostname === "[::1]";
}

/** An address without what says that it is an IPv4 address seen by an IPv6 socket, and without its zone. */
export function plainIp(ip: string): string {
  return (MAPPED.exec(ip)?.[1] ?? ip).replace(/%.*$/, "");
}
