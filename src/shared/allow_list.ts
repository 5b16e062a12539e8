/**
 * Whether an address is in one of several networks.
 *
 * @module
 */

import { BlockList, isIP } from "node:net";
import { canonicalIp, parseNetwork, plainIp } from "./networks.ts";

/** Addresses and networks. */
export class AllowList {
  readonly #list = new BlockList();

  /** @param entries such as `10.0.0.0/8` and `2001:db8::1` */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const network = parseNetwork(entry);
      if (network === undefined) throw new Error(`Not a network: ${JSON.stringify(entry)}`);
      this.#list.addSubnet(network.address, network.bits, network.family);
    }
  }

  /** Whether the address `ip`, as a socket tells it, is among them. */
  has(ip: string): boolean {
    const plain = plainIp(ip);
    const address = canonicalIp(plain) ?? plain;
    return this.#list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
  }
}
