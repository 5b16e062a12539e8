/**
 * `/proc/net/{tcp,tcp6,udp,udp6}`, see proc_net(5): a socket a line, addresses as the kernel has them in memory.
 *
 * @module
 */

/** A socket. */
export interface Socket {
  protocol: SocketProtocol;
  local: Endpoint;
  remote: Endpoint;
  /** As people call it: `listening`, `established` …; `undefined` for UDP. */
  state: string | undefined;
  inode: string;
  sendQueue: number;
  receiveQueue: number;
}

/** One of the tables. */
export type SocketProtocol = "tcp" | "tcp6" | "udp" | "udp6";

interface Endpoint {
  ip: string;
  port: number;
}

/** `include/net/tcp_states.h`. */
const TCP_STATES = [
  "unknown",
  "established",
  "syn_sent",
  "syn_recv",
  "fin_wait1",
  "fin_wait2",
  "time_wait",
  "close",
  "close_wait",
  "last_ack",
  "listening",
  "closing",
] as const;

const LINE =
  /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{2}) ([0-9A-F]{8}):([0-9A-F]{8}) \S+ \S+\s+\d+\s+\d+ (\d+)/gm;

/** Reads a table. */
export function parseSocketTable(text: string, protocol: SocketProtocol): Socket[] {
  const isTcp = protocol.startsWith("tcp");
  return Array.from(text.matchAll(LINE), ([, ...fields]): Socket => {
    const [localIp = "", localPort = "", remoteIp = "", remotePort = "", state = ""] = fields;
    const [sendQueue = "", receiveQueue = "", inode = ""] = fields.slice(5);
    return {
      protocol,
      local: { ip: addressOf(localIp), port: hex(localPort) },
      remote: { ip: addressOf(remoteIp), port: hex(remotePort) },
      state: isTcp ? TCP_STATES[hex(state)] ?? "unknown" : undefined,
      inode,
      sendQueue: hex(sendQueue),
      receiveQueue: hex(receiveQueue),
    };
  });
}

/** Waits for others: TCP that listens, UDP that has no peer. */
export function isListening({ protocol, state, remote }: Socket): boolean {
  return protocol.startsWith("tcp") ? state === "listening" : remote.port === 0;
}

/** Words of 32 bits in the order of a little-endian machine. */
function addressOf(text: string): string {
  const bytes = (text.match(/.{8}/g) ?? []).flatMap((word) =>
    (word.match(/../g) ?? []).reverse().map(hex)
  );
  return bytes.length === 4 ? bytes.join(".") : ipv6Text(bytes);
}

/** The shortest text (RFC 5952); an IPv4 address in an IPv6 socket as `::ffff:192.0.2.1`. */
export function ipv6Text(bytes: readonly number[]): string {
  const groups = Array.from(
    { length: 8 },
    (_, index) => ((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0),
  );
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${bytes.slice(12).join(".")}`;
  }
  const text = groups.map((group) => group.toString(16)).join(":");
  const [longest] = [...text.matchAll(/(?:^|:)(0(?::0)+)(?=:|$)/g)]
    .sort(([one], [other]) => other.length - one.length);
  if (longest === undefined) return text;
  const before = text.slice(0, longest.index);
  return `${before}::${text.slice(longest.index + longest[0].length + 1)}`;
}

function hex(text: string): number {
  return Number.parseInt(text, 16);
}
