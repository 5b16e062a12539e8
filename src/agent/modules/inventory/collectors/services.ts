/**
 * Services, for schema 5.0: of systemd by `systemctl`, and where that cannot tell, by the unit files; of SysV by their scripts.
 *
 * @module
 */

import { messageOf } from "../../../../shared/errors.ts";
import { parseInitScript } from "../formats/init_script.ts";
import {
  parseUnitFile,
  parseUnitFiles,
  parseUnits,
  type Service,
} from "../formats/systemd_units.ts";
import {
  type CollectContext,
  type Findings,
  type InventoryCollector,
  type InventoryItem,
  keyOf,
  orNull,
} from "../item.ts";
import { foreignServices } from "./foreign_machine.ts";
import type { Machine } from "../machine.ts";
import { sorted } from "../packages/source.ts";

/** Where unit files lie: what comes first is what counts. */
const FOLDERS = [
  "/etc/systemd/system",
  "/run/systemd/system",
  "/usr/local/lib/systemd/system",
  "/usr/lib/systemd/system",
  "/lib/systemd/system",
] as const;
/** Scripts of SysV. */
const SCRIPTS = "/etc/init.d";
const RUN_LEVELS = [2, 3, 4, 5] as const;
const SERVICE = /\.service$/;
/** There is systemd and it runs. */
const RUNNING = "/run/systemd/system";

/** Services, loaded or only installed. */
export const servicesCollector: InventoryCollector = {
  name: "services",
  schemas: ["5.0"],
  subject: {
    category: "process",
    create: ["service-added", "creation"],
    update: ["service-updated", "change"],
    delete: ["service-removed", "deletion"],
    member: "service",
    describe: (document) => `Service ${(document.service as { name: string }).name}`,
  },
  async collect(context): Promise<Findings> {
    if (context.machine.platform !== "linux") {
      return { items: (await foreignServices(context)).map(serviceItem), problems: [] };
    }
    const services = installed(context.machine);
    addScripts(context.machine, services);
    const problems = await askSystemctl(context, services);
    return { items: [...services.values()].map(serviceItem), problems };
  },
};

/** What the unit files say. */
function installed(machine: Machine): Map<string, Service> {
  const services = new Map<string, Service>();
  for (const folder of FOLDERS) {
    for (const file of sorted(machine.list(folder)).filter((name) => SERVICE.test(name))) {
      const name = file.replace(SERVICE, "");
      if (services.has(name)) continue;
      const path = `${folder}/${file}`;
      const isMasked = machine.readLink(path) === "/dev/null";
      services.set(name, {
        name,
        path,
        ...parseUnitFile(machine.readText(path) ?? ""),
        ...(isMasked && { enabled: "masked" }),
      });
    }
  }
  return services;
}

/** Adds scripts of SysV that no unit stands for: systemd would run them by a unit that it makes of them. */
function addScripts(machine: Machine, services: Map<string, Service>): void {
  const started = startedScripts(machine);
  for (const name of sorted(machine.list(SCRIPTS))) {
    const path = `${SCRIPTS}/${name}`;
    const script = services.has(name) ? undefined : parseInitScript(machine.readText(path) ?? "");
    if (script === undefined) continue;
    const enabled = started.has(name) ? "enabled" : "disabled";
    services.set(name, { name, path, executable: path, enabled, ...script });
  }
}

/** Those that are started in a run level of a machine at work. */
function startedScripts(machine: Machine): ReadonlySet<string> {
  const folders = RUN_LEVELS.flatMap((level) => [`/etc/rc${level}.d`, `/etc/rc.d/rc${level}.d`]);
  const names = folders.flatMap((folder) => machine.list(folder));
  return new Set(names.flatMap((name) => /^S\d\d(.+)$/.exec(name)?.[1] ?? []));
}

/** Adds what systemd says of them; why it does not, if it should. */
async function askSystemctl(
  { machine, signal }: CollectContext,
  services: Map<string, Service>,
): Promise<string[]> {
  if (!machine.isOwn || machine.identify(RUNNING) === undefined) return [];
  const ask = async (what: string, parse: (json: string) => Service[]) => {
    const args = [what, "--all", "--output=json", "--no-pager", "--type=service"];
    const json = await machine.run("systemctl", args, signal);
    for (const { name, ...told } of json === undefined ? [] : parse(json)) {
      const known = services.get(name);
      services.set(name, { ...known, name, ...told });
    }
  };
  try {
    await ask("list-unit-files", parseUnitFiles);
    await ask("list-units", parseUnits);
    return [];
  } catch (error) {
    signal.throwIfAborted();
    return [`systemctl: ${messageOf(error)}`];
  }
}

function serviceItem(service: Service): InventoryItem {
  const { name, path } = service;
  return {
    key: keyOf(name, path ?? ""),
    idParts: [name, path ?? ""],
    document: {
      error: { log: { file: { path: null } } },
      file: { path: orNull(path) },
      log: { file: { path: null } },
      process: {
        args: null,
        executable: orNull(service.executable),
        group: { name: orNull(service.group) },
        pid: null,
        root_directory: null,
        user: { name: orNull(service.user) },
        working_directory: orNull(service.workingDirectory),
      },
      service: membersOf(service),
    },
  };
}

function membersOf(service: Service) {
  return {
    address: null,
    description: orNull(service.description),
    enabled: orNull(service.enabled),
    exit_code: null,
    following: null,
    frequency: null,
    id: service.name,
    inetd_compatibility: null,
    name: service.name,
    object_path: null,
    restart: orNull(service.restart),
    start_type: orNull(service.enabled),
    starts: { on_mount: null, on_not_empty_directory: null, on_path_modified: null },
    state: orNull(service.state),
    sub_state: orNull(service.subState),
    target: { address: null, ephemeral_id: null, type: null },
    type: orNull(service.type),
    win32_exit_code: null,
  };
}
