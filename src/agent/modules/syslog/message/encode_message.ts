/**
 * Makes an event of a message. What it says stands where the Elastic Common Schema has it; the message as it came is always kept.
 *
 * @module
 */

import { encodeStateless } from "../../../../shared/protocol/event_encoder.ts";
import { readMessage } from "../../../syslog_messages/read_message.ts";
import type { SyslogMessage } from "../../../syslog_messages/syslog_message.ts";

/** How a message came. */
export type Transport = "udp" | "tcp" | "tls" | "unix_dgram" | "unix_stream";

/** Who sent a message. */
export interface Peer {
  /** Address of the network; left out for a program of this machine that came by a socket file. */
  address?: { ip: string; port: number };
  /** Subject of the certificate that it showed, such as `CN=web1`. */
  subject?: string;
}

/** What is known of a message beside its bytes. */
interface Arrival {
  transport: Transport;
  peer: Peer;
  /** Wall clock, milliseconds. */
  nowMs: number;
}

/** A message as it came. */
export interface ArrivedMessage {
  bytes: Uint8Array;
  /** It was longer than the bound, and this is its beginning. @default false */
  truncated?: boolean;
  /** The connection ended before the message did. @default false */
  unfinished?: boolean;
}

/** As of every other log: servers know them by it. */
const HEADER = { module: "logcollector", collector: "syslog" };

const PROCESS_ID = /^\d{1,10}$/;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The event, ready to be stored. */
export function encodeMessage(message: ArrivedMessage, arrival: Arrival): string {
  const { transport, peer, nowMs } = arrival;
  const original = decoder.decode(message.bytes);
  const isLocal = transport.startsWith("unix");
  const read = readMessage(original, { nowMs, isLocal });
  const { timestamp } = read.header;
  const data = {
    ...(timestamp !== undefined && { "@timestamp": timestamp }),
    event: { original, created: new Date(nowMs).toISOString() },
    message: read.text,
    input: { type: transport },
    ...logFields(read, flagsOf(message, read)),
    ...processFields(read),
    ...peerFields(peer, transport),
  };
  return encodeStateless(HEADER, data);
}

function flagsOf({ truncated, unfinished }: ArrivedMessage, { malformed }: SyslogMessage) {
  if (!truncated && !unfinished && !malformed) return [];
  const flags = { truncated, unfinished, malformed };
  return Object.entries(flags).filter(([, is]) => is).map(([name]) => name);
}

/** What is undefined has no member in JSON. */
function logFields(
  { priority, header }: SyslogMessage,
  flags: readonly string[],
): Record<string, unknown> {
  const saysNothing = priority === undefined && Object.keys(header).length === 0;
  if (saysNothing && flags.length === 0) return {};
  const { hostname, appname, procid, msgid, version, structuredData: structured_data } = header;
  const syslog = { ...priority, hostname, appname, procid, msgid, version, structured_data };
  return {
    log: {
      level: priority?.severity.name,
      syslog: saysNothing ? undefined : syslog,
      flags: flags.length > 0 ? flags : undefined,
    },
  };
}

function processFields({ header: { appname, procid } }: SyslogMessage): Record<string, unknown> {
  if (appname === undefined) return {};
  const pid = procid !== undefined && PROCESS_ID.test(procid) ? { pid: Number(procid) } : {};
  return { process: { name: appname, ...pid } };
}

function peerFields({ address, subject }: Peer, transport: Transport): Record<string, unknown> {
  if (address === undefined) return {};
  return {
    source: address,
    network: { transport: transport === "udp" ? "udp" : "tcp" },
    ...(subject !== undefined && { tls: { client: { subject } } }),
  };
}
