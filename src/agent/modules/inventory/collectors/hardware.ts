/**
 * Processor, memory and serial number: one document.
 *
 * @module
 */

import { parseCpuinfo, parseMeminfo } from "../formats/machine_files.ts";
import { type CollectContext, type Findings, type InventoryCollector, orNull } from "../item.ts";
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

function collect({ machine, schema }: CollectContext): Findings {
  const cpu = parseCpuinfo(machine.readText("/proc/cpuinfo") ?? "");
  const { total, free } = parseMeminfo(machine.readText("/proc/meminfo") ?? "");
  const used = total === undefined || free === undefined ? undefined : total - free;
  const serial = serialOf(machine);
  const processor = {
    cores: orNull(cpu.cores),
    name: orNull(cpu.name),
    speed: orNull(fullSpeed(machine) ?? cpu.speed),
  };
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
  return { items: [{ key: "hardware", idParts: [serial ?? ""], document }], problems: [] };
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
