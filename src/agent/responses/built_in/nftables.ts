/**
 * What `nft -f -` is told: a table of the agent's own, whose sets lose their entries by themselves. Everything is one transaction of the
 * kernel, and can be said again.
 *
 * @module
 */

import { ipVersion } from "../../../shared/networks.ts";

/** An address, and for how long it is to be blocked. */
export interface BlockedAddress {
  ip: string;
  durationMs: number;
}

/** Of the agent alone. */
const NFT_TABLE = "inet agent_response";

/** In front of the filters of others, which cannot let in what is dropped here. */
const HOOKS = ["input", "forward", "output"];
const PRIORITY = -10;

/** Table, sets and rules; those of an agent before are replaced, and the sets keep their entries. */
function tableText(): string[] {
  const sets = [4, 6].map((version) =>
    `add set ${NFT_TABLE} blocked${version} { type ipv${version}_addr; flags timeout; }`
  );
  return [`add table ${NFT_TABLE}`, ...sets, ...HOOKS.flatMap(chainText)];
}

function chainText(hook: string): string[] {
  const rule = (match: string) => `add rule ${NFT_TABLE} ${hook} ${match} drop`;
  const from = [rule("ip saddr @blocked4"), rule("ip6 saddr @blocked6")];
  const to = [rule("ip daddr @blocked4"), rule("ip6 daddr @blocked6")];
  return [
    `add chain ${NFT_TABLE} ${hook} { type filter hook ${hook} priority ${PRIORITY}; policy accept; }`,
    `flush chain ${NFT_TABLE} ${hook}`,
    ...(hook === "output" ? [] : from),
    ...(hook === "input" ? [] : to),
  ];
}

/** Blocks addresses until their time is over, also those that are blocked until another moment. */
export function nftBlock(addresses: readonly BlockedAddress[]): string {
  const lines = addresses.flatMap(({ ip, durationMs }) => {
    const seconds = Math.max(1, Math.ceil(durationMs / 1000));
    // An entry keeps the time that it was made with: it has to go first, and to be there for that.
    return [...removal(ip), `add element ${setOf(ip)} { ${ip} timeout ${seconds}s }`];
  });
  return [...tableText(), ...lines, ""].join("\n");
}

/** Blocks an address no more. */
export function nftUnblock(ip: string): string {
  return [...tableText(), ...removal(ip), ""].join("\n");
}

function removal(ip: string): string[] {
  return [`add element ${setOf(ip)} { ${ip} }`, `delete element ${setOf(ip)} { ${ip} }`];
}

function setOf(ip: string): string {
  return `${NFT_TABLE} blocked${ipVersion(ip) ?? 4}`;
}
