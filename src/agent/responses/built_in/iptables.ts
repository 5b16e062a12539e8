/**
 * What `iptables`, `ip6tables` and `ipset` are told: a chain of the agent's own, and nothing of others.
 *
 * @module
 */

import { ipVersion } from "../../../shared/networks.ts";

/** A program with its arguments. */
export interface ToolArguments {
  tool: string;
  arguments: readonly string[];
}

/** Something that is to be so: `add` is run when `check` fails. */
export interface Ensured {
  check: ToolArguments;
  add: ToolArguments;
}

/** The chain. */
const IPTABLES_CHAIN = "AGENT_RESPONSE";

/** Longest time that ipset takes, in seconds; what is for longer is ended by the agent alone. */
const MAX_IPSET_S = 2_147_483;
/** Waits for others who change the tables, so many seconds at most. */
const WAIT = ["-w", "5"];

/** The chain, and the way to it from the chains that all packets pass. */
export function iptablesChain(ip: string): Ensured[] {
  const chain: Ensured = {
    check: iptables(ip, "-n", "-L", IPTABLES_CHAIN),
    add: iptables(ip, "-N", IPTABLES_CHAIN),
  };
  const jumps = ["INPUT", "FORWARD", "OUTPUT"].map((from): Ensured => ({
    check: iptables(ip, "-C", from, "-j", IPTABLES_CHAIN),
    add: iptables(ip, "-I", from, "1", "-j", IPTABLES_CHAIN),
  }));
  return [chain, ...jumps];
}

/** The rules that block one address, without an end. */
export function iptablesRules(ip: string): Ensured[] {
  return ["-s", "-d"].map((side) => rule(ip, side, ip));
}

/** The rules that block what is in the set. */
export function ipsetRules(ip: string): Ensured[] {
  return ["src", "dst"].map((side) => rule(ip, "-m", "set", "--match-set", setOf(ip), side));
}

/** What takes a rule of {@linkcode iptablesRules} away. */
export function iptablesRemovals(ip: string): ToolArguments[] {
  return ["-s", "-d"].map((side) => iptables(ip, "-D", IPTABLES_CHAIN, side, ip, "-j", "DROP"));
}

/** The rules of the chain, as {@linkcode iptablesListed} reads them. */
export function iptablesList(ip: string): ToolArguments {
  return iptables(ip, "-S", IPTABLES_CHAIN);
}

/** Whether a listing has a rule that {@linkcode iptablesRemovals} takes away, by its place there. */
export function iptablesListed(listing: string, ip: string): boolean[] {
  const lines = new Set(listing.split("\n").map((line) => line.trim()));
  const bits = ipVersion(ip) === 6 ? 128 : 32;
  return ["-s", "-d"].map((side) =>
    lines.has(`-A ${IPTABLES_CHAIN} ${side} ${ip}/${bits} -j DROP`)
  );
}

/** The set, which loses its entries by itself. */
export function ipsetCreate(ip: string): ToolArguments {
  const family = ipVersion(ip) === 6 ? "inet6" : "inet";
  return ipset("create", "-exist", setOf(ip), "hash:ip", "family", family, "timeout", "0");
}

/** Puts an address in, also one that is in it until another moment. */
export function ipsetAdd(ip: string, durationMs: number): ToolArguments {
  const seconds = Math.max(1, Math.ceil(durationMs / 1000));
  const timeout = seconds > MAX_IPSET_S ? 0 : seconds;
  return ipset("add", "-exist", setOf(ip), ip, "timeout", String(timeout));
}

/** Takes it out. */
export function ipsetRemove(ip: string): ToolArguments {
  return ipset("del", "-exist", setOf(ip), ip);
}

function rule(ip: string, ...match: string[]): Ensured {
  return {
    check: iptables(ip, "-C", IPTABLES_CHAIN, ...match, "-j", "DROP"),
    add: iptables(ip, "-A", IPTABLES_CHAIN, ...match, "-j", "DROP"),
  };
}

function iptables(ip: string, ...rest: string[]): ToolArguments {
  const tool = ipVersion(ip) === 6 ? "ip6tables" : "iptables";
  return { tool, arguments: [...WAIT, ...rest] };
}

function ipset(...rest: string[]): ToolArguments {
  return { tool: "ipset", arguments: rest };
}

function setOf(ip: string): string {
  return `agent_response${ipVersion(ip) ?? 4}`;
}
