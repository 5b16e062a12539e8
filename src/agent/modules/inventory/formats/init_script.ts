/**
 * Scripts of SysV in `/etc/init.d`: their header of the LSB, or that of chkconfig.
 *
 * @module
 */

import type { Service } from "./systemd_units.ts";

const LSB = /^### BEGIN INIT INFO$/m;
const CHKCONFIG = /^#\s*chkconfig:\s/m;

/** What a script says of its service; `undefined` for one that is no service, such as a collection of functions. */
export function parseInitScript(text: string): Omit<Service, "name"> | undefined {
  if (!LSB.test(text) && !CHKCONFIG.test(text)) return undefined;
  const value = (name: string) =>
    new RegExp(`^#\\s*${name}:[ \\t]*(.*?)[ \\t\\r\\\\]*$`, "mi").exec(text)?.[1] || undefined;
  return { description: value("Short-Description") ?? value("description"), type: "sysv" };
}
