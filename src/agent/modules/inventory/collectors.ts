/**
 * Every collector there is, and which of them the options turn on.
 *
 * @module
 */

import { browserExtensionsCollector } from "./collectors/browser_extensions.ts";
import { groupsCollector, usersCollector } from "./collectors/accounts.ts";
import { hardwareCollector } from "./collectors/hardware.ts";
import { hotfixesCollector } from "./collectors/hotfixes.ts";
import {
  interfacesCollector,
  networksCollector,
  protocolsCollector,
} from "./collectors/networks.ts";
import { packagesCollector } from "./collectors/packages.ts";
import { portsCollector } from "./collectors/ports.ts";
import { processesCollector } from "./collectors/processes.ts";
import { servicesCollector } from "./collectors/services.ts";
import { systemCollector } from "./collectors/system.ts";
import { CommandMask } from "../../platform/command_mask.ts";
import type { InventoryCollector } from "./item.ts";
import type { PackageKind } from "./packages/package.ts";

/** What collectors are made with. */
interface CollectorOptions {
  /** @default all kinds */
  packageKinds?: readonly PackageKind[] | undefined;
  portsAll: boolean;
  masks: readonly string[];
}

/** All collectors, in the order of a scan: what is quick comes first. */
export function allCollectors(
  { packageKinds, portsAll, masks }: CollectorOptions,
): InventoryCollector[] {
  return [
    systemCollector,
    hardwareCollector,
    networksCollector,
    interfacesCollector,
    protocolsCollector,
    usersCollector,
    groupsCollector,
    portsCollector(portsAll),
    processesCollector(new CommandMask(masks)),
    servicesCollector,
    browserExtensionsCollector,
    packagesCollector(packageKinds),
    hotfixesCollector,
  ];
}
