/**
 * The firewalls of Linux, each of which blocks an address in a place of the agent's own.
 *
 * @module
 */

import { ipVersion } from "../../../shared/networks.ts";
import {
  type Ensured,
  ipsetAdd,
  ipsetCreate,
  ipsetRemove,
  ipsetRules,
  iptablesChain,
  iptablesList,
  iptablesListed,
  iptablesRemovals,
  iptablesRules,
  type ToolArguments,
} from "./iptables.ts";
import { type BlockedAddress, nftBlock, nftUnblock } from "./nftables.ts";
import { failureText, isDone, type SystemTools } from "./system_tools.ts";

/** Blocks addresses. Everything can be done again; what fails throws, and its message says why. */
export interface Firewall {
  /** By this it is known in the table of responses. */
  readonly name: "nftables" | "ipset" | "iptables";
  /** Whether the programs that it needs for an address are there. */
  isThere(ip: string): boolean;
  /** Blocks them until their time is over. */
  block(addresses: readonly BlockedAddress[], signal: AbortSignal): Promise<void>;
  unblock(ip: string, signal: AbortSignal): Promise<void>;
}

/** All of them, the best first. */
export function firewalls(tools: SystemTools): Firewall[] {
  return [nftables(tools), ipset(tools), iptables(tools)];
}

function nftables(tools: SystemTools): Firewall {
  const tell = async (input: string, signal: AbortSignal) => {
    const result = await tools.run("nft", { arguments: ["-f", "-"], input, signal });
    if (!isDone(result)) throw new Error(failureText("nft", result));
  };
  return {
    name: "nftables",
    isThere: () => tools.has("nft"),
    block: (addresses, signal) => tell(nftBlock(addresses), signal),
    unblock: (ip, signal) => tell(nftUnblock(ip), signal),
  };
}

function ipset(tools: SystemTools): Firewall {
  return {
    name: "ipset",
    isThere: (ip) => tools.has("ipset") && hasIptables(tools, ip),
    async block(addresses, signal) {
      for (const ip of onePerVersion(addresses)) {
        await must(tools, ipsetCreate(ip), signal);
        await ensure(tools, [...iptablesChain(ip), ...ipsetRules(ip)], signal);
      }
      for (const { ip, durationMs } of addresses) {
        await must(tools, ipsetAdd(ip, durationMs), signal);
      }
    },
    async unblock(ip, signal) {
      // What is not there cannot be emptied.
      await must(tools, ipsetCreate(ip), signal);
      await must(tools, ipsetRemove(ip), signal);
    },
  };
}

function iptables(tools: SystemTools): Firewall {
  return {
    name: "iptables",
    isThere: (ip) => hasIptables(tools, ip),
    async block(addresses, signal) {
      for (const ip of onePerVersion(addresses)) await ensure(tools, iptablesChain(ip), signal);
      for (const { ip } of addresses) await ensure(tools, iptablesRules(ip), signal);
    },
    async unblock(ip, signal) {
      // With the chain made anew, a listing that fails is a failure.
      await ensure(tools, iptablesChain(ip).slice(0, 1), signal);
      const removals = iptablesRemovals(ip);
      const { stdout } = await must(tools, iptablesList(ip), signal);
      for (const [index, isListed] of iptablesListed(stdout, ip).entries()) {
        const removal = removals[index];
        if (isListed && removal !== undefined) await must(tools, removal, signal);
      }
    },
  };
}

/** What is made once for each version of IP. */
function onePerVersion(addresses: readonly BlockedAddress[]): string[] {
  return [...new Map(addresses.map(({ ip }) => [ipVersion(ip), ip])).values()];
}

function hasIptables(tools: SystemTools, ip: string): boolean {
  return tools.has(iptablesList(ip).tool);
}

async function ensure(
  tools: SystemTools,
  steps: readonly Ensured[],
  signal: AbortSignal,
): Promise<void> {
  for (const { check, add } of steps) {
    const found = await tools.run(check.tool, { arguments: check.arguments, signal });
    if (!isDone(found)) await must(tools, add, signal);
  }
}

async function must(
  tools: SystemTools,
  { tool, arguments: list }: ToolArguments,
  signal: AbortSignal,
) {
  const result = await tools.run(tool, { arguments: list, signal });
  if (!isDone(result)) throw new Error(failureText(tool, result));
  return result;
}
