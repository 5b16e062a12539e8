/**
 * Where datagrams of the network come from: a socket of the C library, which reads many in one turn and has room for a flood, or where
 * there is none the runtime's.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import { createSocket, type RemoteInfo } from "node:dgram";
import { isIP } from "node:net";
import { setImmediate } from "node:timers/promises";
import { aborted } from "../../../../shared/any_signal.ts";
import { DatagramSocket } from "../../../platform/libc/datagram_socket.ts";
import {
  familyOf,
  type InternetAddress,
  internetAddress,
  readInternetAddress,
} from "../../../platform/libc/internet_address.ts";
import type { Libc } from "../../../platform/libc/libc.ts";
import type { LibcLibrary } from "../../../platform/libc/library.ts";
import { plainIp } from "../../../../shared/networks.ts";
import type { ListenAddress } from "../listen_address.ts";

/** A datagram of the network. */
interface NetworkDatagram {
  /** As much of it as is kept. */
  bytes: Uint8Array;
  truncated: boolean;
  from: InternetAddress;
}

/** A bound socket. */
export interface UdpSource {
  /** The system chose it when 0 was asked for. */
  readonly port: number;
  /** Whether it can be run again: what comes meanwhile waits in the kernel. */
  readonly canRest: boolean;
  /** Hands on what comes until the signal is aborted, and then what had come by then. */
  run(take: (datagram: NetworkDatagram) => void, signal: AbortSignal): Promise<void>;
  close(): void;
}

interface UdpSourceDeps {
  library: LibcLibrary;
  maxBytes: number;
}

/** What the kernel may hold for us. */
const KERNEL_BYTES = 4 * 1024 * 1024;
/** After so many others have their turn. */
const TURN_DATAGRAMS = 256;
/** At the end: so many turns at most for what has come, or so long. */
const LAST_TURNS = 64;
const LAST_MS = 50;

/** @throws why nothing can be received there */
export async function openUdp(
  address: ListenAddress,
  { library: { libc }, maxBytes }: UdpSourceDeps,
): Promise<UdpSource> {
  if (libc !== undefined && isIP(address.hostname) !== 0) {
    try {
      return fastSource(libc, address, maxBytes);
    } catch {
      // The C library does not say why; the runtime does.
    }
  }
  return await plainSource(address, maxBytes);
}

function fastSource(
  libc: Libc,
  { hostname: ip, port }: ListenAddress,
  maxBytes: number,
): UdpSource {
  const socket = new DatagramSocket(libc, {
    family: familyOf(ip),
    address: internetAddress({ ip, port }),
    maxBytes,
    kernelBytes: KERNEL_BYTES,
  });
  return {
    port: readInternetAddress(socket.address()).port,
    canRest: true,
    async run(take, signal) {
      while (await socket.wait(signal)) {
        while (handOn(socket, take)) await setImmediate();
      }
      for (let turn = 0; turn < LAST_TURNS && handOn(socket, take); turn++) await setImmediate();
    },
    close: () => socket[Symbol.dispose](),
  };
}

/** False when there is no more. */
function handOn(socket: DatagramSocket, take: (datagram: NetworkDatagram) => void): boolean {
  for (let count = 0; count < TURN_DATAGRAMS; count++) {
    const datagram = socket.receive();
    if (datagram === undefined) return false;
    const { bytes, length, from } = datagram;
    take({ bytes, truncated: length > bytes.length, from: readInternetAddress(from) });
  }
  return true;
}

async function plainSource(
  { hostname, port }: ListenAddress,
  maxBytes: number,
): Promise<UdpSource> {
  const socket = createSocket(isIP(hostname) === 6 ? "udp6" : "udp4");
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, hostname, () => {
      socket.off("error", reject);
      resolve();
    });
  });
  return {
    port: socket.address().port,
    canRest: false,
    async run(take, signal) {
      socket.on("message", (whole: Buffer, { address: ip, port }: RemoteInfo) => {
        const bytes = whole.subarray(0, maxBytes);
        take({ bytes, truncated: whole.length > maxBytes, from: { ip: plainIp(ip), port } });
      });
      const broken = new Promise<never>((_, reject) => socket.on("error", reject));
      await Promise.race([aborted(signal), broken]);
      await new Promise((resolve) => setTimeout(resolve, LAST_MS));
    },
    close: () => void socket.close(),
  };
}
