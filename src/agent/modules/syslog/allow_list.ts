/**
 * Which addresses may send.
 *
 * @module
 */

import { BlockList, isIP } from "node:net";

/** Only this machine. */
const LOOPBACK: readonly string[] = ["127.0.0.0/8", "::1"];

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const ENTRY = /^([^/]+)(?:\/(\d{1,3}))?$/;

/** Addresses and networks. */
export class AllowList {
  readonly #list = new BlockList();

  /** @param entries such as `10.0.0.0/8` and `2001:db8::1`; each must be an {@linkcode isNetwork} */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const network = networkOf(entry);
      if (network === undefined) throw new Error(`Not a network: ${JSON.stringify(entry)}`);
      this.#list.addSubnet(network.address, network.bits, network.family);
    }
  }

  /** Whether whoever has the address `ip` may send. */
  has(ip: string): boolean {
    const plain = plainIp(ip);
    return this.#list.check(plain, isIP(plain) === 6 ? "ipv6" : "ipv4");
  }
}

/** Who may send to an input: this machine alone where nothing is said. */
export function allowListOf({ allow }: { allow?: readonly string[] | undefined }): AllowList {
  return new AllowList(allow ?? LOOPBACK);
}

/** Whether `text` is an address, or a network such as `10.0.0.0/8`. */
export function isNetwork(text: string): boolean {
  return networkOf(text) !== undefined;
}

/** An address without what says that it is an IPv4 address seen by an IPv6 socket, and without its zone. */
function plainIp(ip: string): string {
  return (MAPPED.exec(ip)?.[1] ?? ip).replace(/%.*$/, "");
}

/** Whether only programs of this machine can reach the address. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || isIP(hostname) !== 0 && new AllowList(LOOPBACK).has(hostname);
}

function networkOf(text: string) {
  const [, address = "", digits] = ENTRY.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0 || address.includes("%")) return undefined;
  const most = version === 4 ? 32 : 128;
  const bits = digits === undefined ? most : Number(digits);
  const family = version === 4 ? "ipv4" as const : "ipv6" as const;
  return bits > most ? undefined : { address, bits, family };
}
