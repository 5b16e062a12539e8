/**
 * Processor, memory and serial number: one document.
 *
 * @module
 */

import { parseCpuinfo, parseMeminfo } from "../formats/machine_files.ts";
import { macHardware } from "./foreign_machine.ts";
import {
  type CollectContext,
  type Findings,
  type InventoryCollector,
  type InventoryItem,
  orNull,
  type Schema,
} from "../item.ts";
import type { Machine } from "../machine.ts";

/** Where the serial number stands: of the board, else of the system; on ARM in the device tree. */
const SERIALS = [
  "/sys/class/dmi/id/board_serial",
  "/sys/class/dmi/id/product_serial",
  "/proc/device-tree/serial-number",
] as const;
/** What firmware has in place of one. */
const NO_SERIAL =
  /^(|0+|none|default string|not specified|not applicable|to be filled by o\.e\.m\.)$/i;
const KHZ_PER_MHZ = 1_000;

/** Reads `/proc` and `/sys`. */
export const hardwareCollector: InventoryCollector = {
  name: "hardware",
  schemas: ["6.0", "5.0"],
  subject: {
    category: "host",
    create: ["hardware-detected", "start"],
    update: ["hardware-updated", "change"],
    delete: ["hardware-removed", "deletion"],
    member: "host",
    describe: () => "Hardware of this machine",
  },
  collect,
};

async function collect(context: CollectContext): Promise<Findings> {
  const facts = context.machine.platform === "darwin"
    ? await macHardware(context)
    : linuxHardware(context.machine);
  return { items: [hardwareItem(facts, context.schema)], problems: [] };
}

/** What is known of it; memory in bytes, speed in MHz. */
interface HardwareFacts {
  cores?: number | undefined;
  name?: string | undefined;
  speed?: number | undefined;
  total?: number | undefined;
  free?: number | undefined;
  serial?: string | undefined;
}

function linuxHardware(machine: Machine): HardwareFacts {
  const cpu = parseCpuinfo(machine.readText("/proc/cpuinfo") ?? "");
  return {
    ...cpu,
    ...parseMeminfo(machine.readText("/proc/meminfo") ?? ""),
    speed: fullSpeed(machine) ?? cpu.speed,
    serial: serialOf(machine),
  };
}

function hardwareItem(
  { cores, name, speed, total, free, serial }: HardwareFacts,
  schema: Schema,
): InventoryItem {
  const used = total === undefined || free === undefined ? undefined : total - free;
  const processor = { cores: orNull(cores), name: orNull(name), speed: orNull(speed) };
  const memory = { free: orNull(free), total: orNull(total) };
  const percentage = used === undefined || !total ? null : Math.round(100 * used / total);
  const document = schema === "6.0"
    ? {
      host: { cpu: processor, memory: { ...memory, used: { percentage } } },
      observer: { serial_number: orNull(serial) },
    }
    : {
      host: {
        cpu: processor,
        memory: { ...memory, used: orNull(used) },
        serial_number: orNull(serial),
      },
    };
  return { key: "hardware", idParts: [serial ?? ""], document };
}

function serialOf(machine: Machine): string | undefined {
  return SERIALS.map((path) => machine.readText(path)?.replaceAll("\0", "").trim())
    .find((serial) => serial !== undefined && !NO_SERIAL.test(serial));
}

/** MHz that the first processor can have at most: unlike the clock of this moment it does not change. */
function fullSpeed(machine: Machine): number | undefined {
  const khz = machine.readText("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq")?.trim();
  return khz && /^\d+$/.test(khz) ? Math.round(Number(khz) / KHZ_PER_MHZ) : undefined;
}
