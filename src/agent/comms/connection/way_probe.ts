/**
 * The first steps of the way to a server, each by itself: its name, a connection, the proxy.
 *
 * @module
 */

import { lookup } from "node:dns/promises";
import { connect, isIP } from "node:net";
import type { Proxy } from "./proxy.ts";
import { openTunnel } from "./tunnel.ts";

/** A host and a port on it. */
interface Place {
  host: string;
  port: number;
}

/**
 * The addresses of a host, as the system finds them (also in its hosts file); an address is its own.
 *
 * @throws what the system says when there are none, or none come within `limitMs`
 */
export async function lookUp(host: string, limitMs: number): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  const found = await inTime(lookup(host, { all: true }), limitMs);
  return [...new Set(found.map(({ address }) => address))];
}

/** Connects and hangs up. @throws what the system says, or that nothing came within `limitMs` */
export async function tryConnection({ host, port }: Place, limitMs: number): Promise<void> {
  const socket = connect({ host, port });
  try {
    const connected = new Promise<void>((resolve, reject) => {
      socket.once("connect", () => resolve());
      socket.once("error", reject);
    });
    await inTime(connected, limitMs);
  } finally {
    socket.destroy();
  }
}

/** Has `proxy` connect to `place`, and hangs up. @throws what was in the way */
export async function tryTunnel(proxy: Proxy, place: Place, limitMs: number): Promise<void> {
  (await openTunnel(proxy, place, AbortSignal.timeout(limitMs))).destroy();
}

async function inTime<T>(work: Promise<T>, limitMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`timed out: no answer within ${limitMs / 1000} s`);
    timer = setTimeout(() => reject(error), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
