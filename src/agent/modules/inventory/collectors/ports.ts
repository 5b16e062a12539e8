/**
 * Sockets, with the process that has each.
 *
 * @module
 */

import {
  isListening,
  parseSocketTable,
  type Socket,
  type SocketProtocol,
} from "../formats/socket_table.ts";
import { parseProcessStat } from "../formats/process_files.ts";
import { foreignSockets } from "./foreign_machine.ts";
import {
  type CollectContext,
  type Findings,
  type InventoryCollector,
  type InventoryItem,
  keyOf,
  orNull,
  type Schema,
} from "../item.ts";
import type { Machine } from "../machine.ts";

const PROTOCOLS: readonly SocketProtocol[] = ["tcp", "tcp6", "udp", "udp6"];
const SOCKET_LINK = /^socket:\[(\d+)\]$/;

/** Who has a socket. */
interface Owner {
  pid: number;
  name: string | undefined;
}

/** Those that wait for others; all with `isAll`. */
export function portsCollector(isAll: boolean): InventoryCollector {
  return {
    name: "ports",
    schemas: ["6.0", "5.0"],
    subject: {
      category: "network",
      create: ["port-detected", "connection"],
      update: ["port-updated", "change"],
      delete: ["port-closed", "end"],
      member: "source",
      describe: describePort,
    },
    collect: (context) =>
      context.machine.platform === "linux"
        ? collect(context.machine, { schema: context.schema, isAll })
        : collectForeign(context, isAll),
  };
}

function collect(
  machine: Machine,
  { schema, isAll }: { schema: Schema; isAll: boolean },
): Findings {
  const tables = PROTOCOLS.map((protocol) => ({
    protocol,
    text: machine.readText(`/proc/net/${protocol}`),
  }));
  if (tables[0]?.text === undefined) {
    return { items: [], problems: ["/proc/net/tcp cannot be read"] };
  }
  const sockets = tables.flatMap(({ protocol, text = "" }) => parseSocketTable(text, protocol))
    // A socket that is being closed has no inode any more.
    .filter((socket) => socket.inode !== "0" && (isAll || isListening(socket)));
  const owners = ownersOf(machine, new Set(sockets.map(({ inode }) => inode)));
  const items = new Map<string, InventoryItem>();
  for (const socket of sockets) {
    const item = itemOf(socket, { owner: owners.get(socket.inode), schema });
    items.set(item.key, item);
  }
  return { items: [...items.values()], problems: [] };
}

async function collectForeign(context: CollectContext, isAll: boolean): Promise<Findings> {
  const found = await foreignSockets(context);
  const items = new Map<string, InventoryItem>();
  for (const { socket, owner } of found.filter((one) => isAll || isListening(one.socket))) {
    const item = itemOf(socket, { owner, schema: context.schema });
    items.set(item.key, item);
  }
  return { items: [...items.values()], problems: [] };
}

/** The processes that have these sockets open; of others' processes only root learns it. */
function ownersOf(machine: Machine, wanted: ReadonlySet<string>): Map<string, Owner> {
  const owners = new Map<string, Owner>();
  for (const pid of machine.list("/proc")) {
    if (owners.size === wanted.size) break;
    if (!/^\d+$/.test(pid)) continue;
    for (const fd of machine.list(`/proc/${pid}/fd`)) {
      const inode = SOCKET_LINK.exec(machine.readLink(`/proc/${pid}/fd/${fd}`) ?? "")?.[1];
      if (inode === undefined || !wanted.has(inode) || owners.has(inode)) continue;
      const name = parseProcessStat(machine.readText(`/proc/${pid}/stat`) ?? "")?.name;
      if (name !== undefined) owners.set(inode, { pid: Number(pid), name });
    }
  }
  return owners;
}

function itemOf(
  { protocol, local, remote, state, inode, sendQueue, receiveQueue }: Socket,
  { owner, schema }: { owner: Owner | undefined; schema: Schema },
): InventoryItem {
  const parts = [inode, protocol, local.ip, local.port];
  const isSix = schema === "6.0";
  return {
    key: keyOf(...parts),
    idParts: parts,
    document: {
      destination: { ip: [remote.ip], port: remote.port },
      file: { inode: inode === "" ? null : isSix ? Number(inode) : inode },
      host: {
        network: { egress: { queue: sendQueue }, ingress: { queue: receiveQueue } },
      },
      interface: { state: orNull(state) },
      network: isSix ? { protocol } : { transport: protocol },
      process: { name: orNull(owner?.name), pid: orNull(owner?.pid) },
      source: { ip: [local.ip], port: local.port },
    },
  };
}

function describePort(document: Readonly<Record<string, unknown>>): string {
  const { source, network, process } = document as {
    source: { ip: string[]; port: number };
    network: { protocol?: string; transport?: string };
    process: { name: string | null; pid: number | null };
  };
  const by = process.pid === null ? "" : ` of ${process.name} (pid ${process.pid})`;
  return `Port ${source.port}/${network.protocol ?? network.transport} at ${source.ip[0]}${by}`;
}
