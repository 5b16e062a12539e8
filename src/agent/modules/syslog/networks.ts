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
const ENTRY = /^([^/]+)(?:\/(\d{1,3}))?$/;

/** The version of an IP address; `undefined` for any other text. */
export function ipVersion(text: string): 4 | 6 | undefined {
  if (FOUR.test(text)) return 4;
  return SIX.test(text) && URL.canParse(`http://[${text}]/`) ? 6 : undefined;
}

/** The network that `text` names, such as `10.0.0.0/8`, or the one of a single address; `undefined` when it names none. */
export function parseNetwork(text: string): Network | undefined {
  const [, address = "", digits] = ENTRY.exec(text) ?? [];
  const version = ipVersion(address);
  if (version === undefined) return undefined;
  const most = version === 4 ? 32 : 128;
  const bits = digits === undefined ? most : Number(digits);
  return bits > most ? undefined : { address, bits, family: `ipv${version}` };
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
