/**
 * Snaps: snapd is asked over its socket.
 *
 * @module
 */

import { AnySignal } from "../../../../shared/any_signal.ts";
import { parseSnaps } from "../formats/snapd.ts";
import type { Package } from "./package.ts";
import type { PackageSource } from "./source.ts";

const SOCKET = "/run/snapd.socket";
/** Changes with every snap that comes, goes or is refreshed. */
const STATE = "/var/lib/snapd/state.json";
const TIMEOUT_MS = 10_000;

/** Asks snapd. */
export const snap: PackageSource = {
  kind: "snap",
  databases: () => [STATE, "/var/lib/snapd/snaps"],
  // Without its socket snapd is stopped, and its snaps are there all the same.
  detect: (machine) => [SOCKET, STATE].some((path) => machine.exists(path)),
  async read({ machine, signal }): Promise<Package[]> {
    using client = Deno.createHttpClient({
      proxy: { transport: "unix", path: machine.real(SOCKET) },
    });
    using either = new AnySignal(signal, AbortSignal.timeout(TIMEOUT_MS));
    return parseSnaps(await machine.wait(snapsBy(client, either.signal)));
  },
};

async function snapsBy(client: Deno.HttpClient, signal: AbortSignal): Promise<unknown> {
  const answer = await fetch("http://localhost/v2/snaps", { client, signal });
  if (answer.ok) return await answer.json();
  await answer.body?.cancel();
  throw new Error(`snapd answered ${answer.status}`);
}
