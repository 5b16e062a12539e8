/**
 * `/proc/net/route` and `/proc/net/ipv6_route`, see proc_net(5): the default routes.
 *
 * @module
 */

import { ipv6Text } from "./socket_table.ts";

/** A route to everywhere. */
export interface DefaultRoute {
  interfaceName: string;
  family: "IPv4" | "IPv6";
  gateway: string;
  metric: number;
}

const FLAG_GATEWAY = 0x2;

/** The default routes of IPv4. */
export function parseRoutes(text: string): DefaultRoute[] {
  return text.split("\n").slice(1).flatMap((line) => {
    const [interfaceName = "", destination, gateway = "", flags = "", , , metric] = line.split(
      /\s+/,
    );
    const isDefault = destination === "00000000" && /^[0-9A-F]{8}$/.test(gateway) &&
      (Number.parseInt(flags, 16) & FLAG_GATEWAY) !== 0;
    if (!isDefault) return [];
    const ip = (gateway.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16));
    return [{
      interfaceName,
      family: "IPv4" as const,
      gateway: ip.join("."),
      metric: Number(metric),
    }];
  });
}

/** The default routes of IPv6. */
export function parseIpv6Routes(text: string): DefaultRoute[] {
  return text.split("\n").flatMap((line) => {
    const [destination = "", prefix, , , gateway = "", metric = "", , , flags = "", name = ""] =
      line
        .trim().split(/\s+/);
    const isDefault = /^0{32}$/.test(destination) && prefix === "00" &&
      (Number.parseInt(flags, 16) & FLAG_GATEWAY) !== 0;
    if (!isDefault || name === "") return [];
    const bytes = (gateway.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16));
    return [{
      interfaceName: name,
      family: "IPv6" as const,
      gateway: ipv6Text(bytes),
      metric: Number.parseInt(metric, 16),
    }];
  });
}
