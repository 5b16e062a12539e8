/**
 * Processes. What looks like a secret in a command line is masked before anything is compared or stored.
 *
 * @module
 */

import {
  parseBootTime,
  parseCommandLine,
  parseProcessIds,
  parseProcessStat,
  type ProcessStat,
  secondsOf,
  startOf,
} from "../formats/process_files.ts";
import {
  type Findings,
  type InventoryCollector,
  type InventoryItem,
  orNull,
  type Schema,
} from "../item.ts";
import type { Machine } from "../machine.ts";
import type { CommandMask } from "../../../platform/command_mask.ts";

type Ids = NonNullable<ReturnType<typeof parseProcessIds>>;

/** What is known of one. */
interface ProcessFacts {
  stat: ProcessStat;
  ids: Ids | undefined;
  args: string[];
  start: string | undefined;
}

/** Major number of a device, as `tty_nr` of proc(5) holds it. */
const MAJOR_SHIFT = 8;
const MAJOR_MASK = 0xfff;

/** Reads `/proc`. */
export function processesCollector(mask: CommandMask): InventoryCollector {
  return {
    name: "processes",
    schemas: ["6.0", "5.0"],
    subject: {
      category: "process",
      create: ["process-started", "start"],
      update: ["process-updated", "change"],
      delete: ["process-stopped", "end"],
      member: "process",
      describe(document) {
        const { name, pid } = document.process as { name: string; pid: number };
        return `Process ${name} (pid ${pid})`;
      },
    },
    collect: ({ machine, schema }) => collect(machine, { schema, mask }),
  };
}

function collect(
  machine: Machine,
  { schema, mask }: { schema: Schema; mask: CommandMask },
): Findings {
  const boot = parseBootTime(machine.readText("/proc/stat") ?? "");
  const pids = machine.list("/proc").filter((name) => /^\d+$/.test(name));
  if (pids.length === 0) return { items: [], problems: ["/proc cannot be listed"] };
  const items = pids.flatMap((pid): InventoryItem[] => {
    const facts = readProcess(machine, { pid, boot, mask });
    if (facts === undefined) return [];
    const process = schema === "6.0" ? membersOfSix(facts) : membersOfFive(facts);
    return [{ key: pid, idParts: [pid], document: { process } }];
  });
  return { items, problems: [] };
}

/** `undefined` for one that has ended meanwhile. */
function readProcess(
  machine: Machine,
  { pid, boot, mask }: { pid: string; boot: number | undefined; mask: CommandMask },
): ProcessFacts | undefined {
  const stat = parseProcessStat(machine.readText(`/proc/${pid}/stat`) ?? "");
  if (stat === undefined) return undefined;
  const args = parseCommandLine(machine.readText(`/proc/${pid}/cmdline`) ?? "");
  return {
    stat,
    ids: parseProcessIds(machine.readText(`/proc/${pid}/status`) ?? ""),
    args: mask.hide(args),
    start: startOf(stat, boot),
  };
}

function membersOfSix({ stat, ids, args, start }: ProcessFacts) {
  const rest = args.slice(1);
  return {
    args: rest.length === 0 ? null : rest.join(" "),
    command_line: args.length === 0 ? null : args.join(" "),
    group: { id: orNull(ids?.group.effective) },
    name: stat.name,
    parent: { pid: stat.parent },
    pid: stat.pid,
    real_group: { id: orNull(ids?.group.real) },
    real_user: { id: orNull(ids?.user.real) },
    saved_group: { id: orNull(ids?.group.saved) },
    saved_user: { id: orNull(ids?.user.saved) },
    start: orNull(start),
    thread: { id: stat.pid },
    tty: { char_device: { major: stat.tty === 0 ? null : (stat.tty >> MAJOR_SHIFT) & MAJOR_MASK } },
    user: { id: orNull(ids?.user.effective) },
  };
}

function membersOfFive({ stat, args, start }: ProcessFacts) {
  const rest = args.slice(1);
  return {
    args: rest.length === 0 ? null : rest,
    args_count: rest.length,
    command_line: args.length === 0 ? null : args.join(" "),
    name: stat.name,
    parent: { pid: stat.parent },
    pid: stat.pid,
    start: orNull(start),
    state: stat.state,
    stime: secondsOf(stat.systemTicks),
    utime: secondsOf(stat.userTicks),
  };
}
