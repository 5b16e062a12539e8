/**
 * Where an input listens.
 *
 * @module
 */

import { ipVersion } from "../../../shared/networks.ts";

/** An address of this machine. */
export interface ListenAddress {
  hostname: string;
  port: number;
}

const ADDRESS = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]*)):(\d{1,5})$/;
const MOST = 65_535;

/** `undefined` when `text` is not an address with a port; without an address it is the loopback interface. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const [whole, six, other, digits] = ADDRESS.exec(text) ?? [];
  if (whole === undefined || six !== undefined && ipVersion(six) !== 6) return undefined;
  const port = Number(digits);
  return port > MOST ? undefined : { hostname: six ?? (other || "127.0.0.1"), port };
}

/** Such as `127.0.0.1:514` and `[::1]:514`. */
export function showAddress({ hostname, port }: ListenAddress): string {
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}
