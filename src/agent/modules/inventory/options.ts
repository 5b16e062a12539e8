/**
 * The section `inventory`.
 *
 * @module
 */

import * as z from "zod";
import * as field from "../../../shared/config/fields.ts";
import { messageOf } from "../../../shared/errors.ts";
import { CommandMask, DEFAULT_MASKS } from "../../platform/command_mask.ts";
import type { CollectorName, Schema } from "./item.ts";
import { PACKAGE_KINDS } from "./packages/package.ts";

/** Collectors that schema 6.0 does not have. */
const OF_FIVE = {
  users: "users of this machine, never the hash of a password",
  groups: "groups of this machine",
  services: "services of systemd",
  interfaces: "network interfaces",
  protocols: "IPv4 and IPv6 of each interface, with gateways",
} as const;

/** Fields of the section. */
export const INVENTORY_OPTIONS = {
  enabled: field.toggle({
    default: false,
    about: "Whether the server shows what is on this machine.",
    shareable: true,
  }),
  interval: field.duration({
    default: "1h",
    min: "1s",
    max: "720h",
    about: "How often it is looked at.",
    shareable: true,
  }),
  scan_on_start: field.toggle({
    default: true,
    about: "Whether it is looked at when the agent starts, too.",
    shareable: true,
  }),
  scan_spread: field.duration({
    default: "30s",
    min: "0s",
    max: "24h",
    about:
      "The first look after a start waits for a random part of this, so that machines that start " +
      "together do not look together.",
    shareable: true,
  }),
  hardware: collector(true, "processor, memory and serial number"),
  system: collector(true, "the operating system"),
  networks: collector(true, "addresses of the network"),
  packages: field.toggleOrWords(PACKAGE_KINDS, {
    default: true,
    about: "Whether the server shows packages, or which kinds of them, such as [deb, snap].",
    shareable: true,
    neverLess: true,
  }),
  hotfixes: collector(true, "hotfixes of Windows"),
  ports: collector(true, "ports that wait for others, with the process of each"),
  ports_all: field.toggle({
    default: false,
    about: "Whether ports are all sockets, not only those that wait for others.",
    shareable: true,
    neverLess: true,
  }),
  processes: collector(false, "processes; each that starts or ends is a change"),
  users: ofFive("users"),
  groups: ofFive("groups"),
  services: ofFive("services"),
  interfaces: ofFive("interfaces"),
  protocols: ofFive("protocols"),
  browser_extensions: collector(
    false,
    'extensions of browsers in the homes of users, with stateful.schema "5.0", which alone has them',
  ),
  max_items: field.count({
    default: 100_000,
    min: 1,
    max: 10_000_000,
    about: "Most documents of each collector; what is beyond is counted, and not shown.",
    shareable: true,
    neverLess: true,
  }),
  mask: field.list(pattern(), {
    error: 'must be a list of regular expressions, such as ["--password[= ]\\\\S+"]',
    most: 100,
    about:
      "What is hidden in command lines beside the usual ways to write passwords and tokens, which always are: regular " +
      "expressions whose first group is kept. A blank also is the border of two arguments; upper and " +
      "lower case are the same.",
  }),
  root: field.path({
    default: "/",
    about:
      "The folder whose files are looked at, such as /host in a container where the machine's own are mounted. " +
      "Programs are not run then.",
  }),
};

const NAMES_OF_FIVE = [
  ...Object.keys(OF_FIVE) as (keyof typeof OF_FIVE)[],
  "browser_extensions",
] as const;
type NameOfFive = (typeof NAMES_OF_FIVE)[number];

/** What is asked for by name must be in the documents that the server takes. */
export const SCHEMA_RULES = NAMES_OF_FIVE
  .map((name) => ({
    option: name,
    check: (
      options: Readonly<Partial<Record<NameOfFive, boolean | undefined>>>,
      { schema }: { schema: Schema },
    ) =>
      options[name] !== true || schema === "5.0" ? undefined : "which only the documents of " +
        `stateful.schema "5.0" have, and it is "${schema}"`,
  }));

/** The options once loaded. */
export type InventoryOptions = z.output<z.ZodObject<typeof INVENTORY_OPTIONS>>;

/** The collectors that are turned on, of those that the schema has. */
export function wantedCollectors(options: InventoryOptions, schema: Schema): CollectorName[] {
  const names = [
    "hardware",
    "system",
    "networks",
    "hotfixes",
    "ports",
    "processes",
    ...(schema === "5.0" ? NAMES_OF_FIVE : []),
  ] as const;
  // What is left out is on where the schema has it.
  const wanted = names.filter((name) => options[name] ?? true);
  return options.packages === false ? wanted : [...wanted, "packages"];
}

function collector(preset: boolean, what: string) {
  return field.toggle({
    default: preset,
    about: `Whether the server shows ${what}.`,
    shareable: true,
    neverLess: true,
  });
}

function ofFive(name: keyof typeof OF_FIVE) {
  return field.optionalToggle({
    about: `Whether the server shows ${OF_FIVE[name]}; left out, it does with stateful.schema ` +
      '"5.0", which alone has them.',
    shareable: true,
    neverLess: true,
  });
}

function pattern() {
  return z.string({ error: "must be a regular expression" }).min(1).max(1_000)
    .superRefine((text, context) => {
      try {
        new CommandMask([text]);
      } catch (error) {
        context.addIssue({
          code: "custom",
          message: `must be a regular expression (${messageOf(error)})`,
        });
      }
    });
}

/** What the collectors are made with under these options. */
export function collectorOptions({ packages, ports_all, mask }: InventoryOptions) {
  return {
    packageKinds: Array.isArray(packages) ? packages : undefined,
    portsAll: ports_all,
    masks: [...DEFAULT_MASKS, ...mask],
  };
}
