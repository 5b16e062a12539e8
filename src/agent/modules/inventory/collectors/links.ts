/**
 * The network interfaces of a machine: what `networks`, `interfaces` and `protocols` are made of.
 *
 * @module
 */

import { type DefaultRoute, parseIpv6Routes, parseRoutes } from "../formats/routes.ts";
import { orNull } from "../item.ts";
import type { Machine } from "../machine.ts";
import { sorted } from "../packages/source.ts";

/** An interface. */
export interface Link {
  name: string;
  alias: string | undefined;
  mac: string | undefined;
  mtu: number | undefined;
  state: string | undefined;
  /** Such as `ethernet` or `loopback`. */
  type: string | undefined;
  addresses: Address[];
  routes: DefaultRoute[];
  traffic: Traffic;
  /** `undefined` when nothing tells. */
  isDhcp: boolean | undefined;
}

interface Address {
  family: "IPv4" | "IPv6";
  ip: string;
  netmask: string;
  broadcast: string | undefined;
}

/** Counts since the interface is there. */
interface Traffic {
  egress: Record<(typeof COUNTS)[number], number | null>;
  ingress: Record<(typeof COUNTS)[number], number | null>;
}

const FOLDER = "/sys/class/net";
const COUNTS = ["bytes", "drops", "errors", "packets"] as const;
const FILES = { bytes: "bytes", drops: "dropped", errors: "errors", packets: "packets" } as const;
/** `include/uapi/linux/if_arp.h`. */
const TYPES: Readonly<Record<string, string>> = {
  1: "ethernet",
  32: "infiniband",
  512: "point-to-point",
  768: "tunnel",
  769: "tunnel6",
  772: "loopback",
  776: "sit",
  778: "gre",
  801: "wireless",
};
const NO_MAC = "00:00:00:00:00:00";

/** All interfaces in the order of their names. */
export function readLinks(machine: Machine): Link[] {
  const known = machine.interfaces();
  const routes = [
    ...parseRoutes(machine.readText("/proc/net/route") ?? ""),
    ...parseIpv6Routes(machine.readText("/proc/net/ipv6_route") ?? ""),
  ];
  const inKernel = machine.list(FOLDER);
  const names = inKernel.length > 0 ? inKernel : known.map(({ name }) => name);
  return sorted(new Set(names)).map((name) => linkOf(machine, { name, known, routes }));
}

function linkOf(
  machine: Machine,
  { name, known, routes }: {
    name: string;
    known: readonly Deno.NetworkInterfaceInfo[];
    routes: readonly DefaultRoute[];
  },
): Link {
  const own = known.filter((one) => one.name === name);
  const text = (file: string) => machine.readText(`${FOLDER}/${name}/${file}`)?.trim() || undefined;
  const mac = text("address") ?? own[0]?.mac;
  const mtu = Number(text("mtu"));
  return {
    name,
    alias: text("ifalias"),
    mac: mac === NO_MAC ? undefined : mac,
    mtu: mtu > 0 ? mtu : undefined,
    state: text("operstate"),
    type: TYPES[text("type") ?? ""],
    addresses: own.map(addressOf),
    routes: routes.filter(({ interfaceName }) => interfaceName === name),
    traffic: { egress: countsOf(text, "tx"), ingress: countsOf(text, "rx") },
    isDhcp: isDhcp(machine, { name, index: text("ifindex") }),
  };
}

function countsOf(text: (file: string) => string | undefined, way: "tx" | "rx") {
  const entries = COUNTS.map((name) => {
    const value = text(`statistics/${way}_${FILES[name]}`);
    return [name, orNull(value === undefined ? undefined : Number(value))] as const;
  });
  return Object.fromEntries(entries) as Traffic["egress"];
}

function addressOf({ family, address, netmask }: Deno.NetworkInterfaceInfo): Address {
  const isFour = family === "IPv4";
  return {
    family,
    ip: address,
    netmask,
    broadcast: isFour ? broadcastOf(address, netmask) : undefined,
  };
}

/** The last address of a network; none for a single address or a pair of them (RFC 3021). */
function broadcastOf(address: string, netmask: string): string | undefined {
  const [ip, mask] = [address, netmask].map((text) => text.split(".").map(Number));
  if (ip?.length !== 4 || mask?.length !== 4 || (mask[3] ?? 0) >= 254) return undefined;
  return ip.map((byte, index) => byte | (~(mask[index] ?? 0) & 255)).join(".");
}

/** Whoever leases an address writes it down: systemd-networkd, NetworkManager, dhclient, dhcpcd. */
function isDhcp(
  machine: Machine,
  { name, index }: { name: string; index: string | undefined },
): boolean | undefined {
  const hasFile = (path: string) => machine.identify(path) !== undefined;
  const ends = (folder: string, end: string) =>
    machine.list(folder).some((file) => file.endsWith(end));
  const isLeased = (index !== undefined && hasFile(`/run/systemd/netif/leases/${index}`)) ||
    ends("/var/lib/NetworkManager", `-${name}.lease`) ||
    ends("/var/lib/dhclient", `-${name}.lease`) ||
    hasFile(`/var/lib/dhcp/dhclient.${name}.leases`) ||
    hasFile(`/var/lib/dhcpcd/${name}.lease`);
  return isLeased || (machine.platform === "linux" ? false : undefined);
}
