/**
 * Which addresses may send.
 *
 * @module
 */

import { BlockList, isIP } from "node:net";
import { parseNetwork, plainIp } from "./networks.ts";

/** Only this machine. */
const LOOPBACK: readonly string[] = ["127.0.0.0/8", "::1"];

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
