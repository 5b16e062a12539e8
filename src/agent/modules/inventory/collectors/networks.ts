/**
 * Addresses, interfaces and protocols of the network. Schema 6.0 has all in one document an address; 5.0 has three collectors.
 *
 * @module
 */

import {
  type CollectContext,
  type Findings,
  type InventoryCollector,
  type InventoryItem,
  keyOf,
  orNull,
} from "../item.ts";
import { type Link, readLinks } from "./links.ts";

const WORDS = {
  category: "network",
  create: ["network-interface-detected", "info"],
  update: ["network-interface-updated", "change"],
  delete: ["network-interface-removed", "deletion"],
} as const;

/** The addresses of each interface, and one document for an interface without any. */
export const networksCollector: InventoryCollector = {
  name: "networks",
  schemas: ["6.0", "5.0"],
  subject: {
    ...WORDS,
    member: "network",
    describe(document) {
      const { observer, interface: link } = document as {
        observer?: { ingress: { interface: { name: string } } };
        interface?: { name?: string };
      };
      return `Address of interface ${observer?.ingress.interface.name ?? link?.name}`;
    },
  },
  collect: (context) => perLink(context, context.schema === "6.0" ? itemsOfSix : itemsOfFive),
};

/** The interfaces themselves. */
export const interfacesCollector: InventoryCollector = {
  name: "interfaces",
  schemas: ["5.0"],
  subject: { ...WORDS, member: "interface", describe: interfaceText },
  collect: (context) =>
    perLink(context, (link) => [{
      key: keyOf(link.name),
      idParts: [link.name, link.alias ?? "", link.type ?? ""],
      document: {
        host: { mac: link.mac === undefined ? null : [link.mac], network: link.traffic },
        interface: {
          alias: orNull(link.alias),
          mtu: orNull(link.mtu),
          name: link.name,
          state: orNull(link.state),
          type: orNull(link.type),
        },
      },
    }]),
};

/** IPv4 and IPv6 of each interface. */
export const protocolsCollector: InventoryCollector = {
  name: "protocols",
  schemas: ["5.0"],
  subject: { ...WORDS, member: "network", describe: interfaceText },
  collect: (context) =>
    perLink(context, (link) =>
      familiesOf(link).map((family) => ({
        key: keyOf(link.name, family),
        idParts: [link.name, family],
        document: { interface: { name: link.name }, network: protocolOf(link, family) },
      }))),
};

function protocolOf(link: Link, family: "ipv4" | "ipv6") {
  const routes = link.routes.filter((route) => route.family.toLowerCase() === family);
  return {
    dhcp: orNull(link.isDhcp),
    gateway: orNone(routes.map(({ gateway }) => gateway)),
    metric: orNull(routes[0]?.metric),
    type: family,
  };
}

function perLink(
  { machine }: CollectContext,
  itemsOf: (link: Link) => InventoryItem[],
): Findings {
  return { items: readLinks(machine).flatMap(itemsOf), problems: [] };
}

function itemsOfSix(link: Link): InventoryItem[] {
  const addresses = link.addresses.length === 0 ? [undefined] : link.addresses;
  return addresses.map((address) => {
    const family = address?.family.toLowerCase() as "ipv4" | "ipv6" | undefined;
    const { gateway, metric } = family === undefined
      ? { gateway: null, metric: null }
      : protocolOf(link, family);
    const parts = [link.name, link.alias ?? "", link.type ?? "", family ?? "", address?.ip ?? ""];
    return {
      key: keyOf(link.name, family ?? "", address?.ip ?? ""),
      idParts: parts,
      document: {
        host: { ip: listOf(address?.ip), mac: orNull(link.mac), network: link.traffic },
        interface: { mtu: orNull(link.mtu), state: orNull(link.state), type: orNull(link.type) },
        network: {
          broadcast: listOf(address?.broadcast),
          dhcp: link.isDhcp === undefined ? null : link.isDhcp ? "enabled" : "disabled",
          gateway,
          metric,
          netmask: listOf(address?.netmask),
          type: orNull(family),
        },
        observer: { ingress: { interface: { alias: orNull(link.alias), name: link.name } } },
      },
    };
  });
}

function itemsOfFive(link: Link): InventoryItem[] {
  return link.addresses.map(({ family, ip, netmask, broadcast }) => {
    const type = family === "IPv4" ? "0" : "1";
    return {
      key: keyOf(link.name, type, ip),
      idParts: [link.name, type, ip],
      document: {
        interface: { name: link.name },
        network: { broadcast: listOf(broadcast), ip: [ip], netmask: [netmask], type },
      },
    };
  });
}

function familiesOf({ addresses }: Link): ("ipv4" | "ipv6")[] {
  return (["ipv4", "ipv6"] as const).filter((family) =>
    addresses.some((address) => address.family.toLowerCase() === family)
  );
}

function listOf(value: string | undefined): string[] | null {
  return value === undefined ? null : [value];
}

function orNone(values: string[]): string[] | null {
  return values.length === 0 ? null : values;
}

function interfaceText(document: Readonly<Record<string, unknown>>): string {
  return `Interface ${(document.interface as { name: string }).name}`;
}
