/**
 * What waits for connections: TCP, TLS, and sockets that are files.
 *
 * @module
 */

import type { Clock } from "../../../../shared/clock.ts";
import { AgentError, messageOf } from "../../../../shared/errors.ts";
import { parseListenAddress, showAddress } from "../listen_address.ts";
import type { InputOptions } from "../options.ts";
import { freeSocketPath, removeSocket } from "../socket_file.ts";
import { listenWithClientCertificates } from "./client_certificates.ts";
import { type Connection, type ConnectionListener, plainConnection } from "./connection.ts";

/** When the system has no more descriptors, for example: time for others to give some back. */
const RETRY_MS = 100;

/**
 * Listens as `options` say.
 *
 * @throws when that is not possible
 */
export async function openListener(
  options: InputOptions,
  clock: Clock,
): Promise<ConnectionListener> {
  const { protocol, listen, mode } = options;
  if (protocol === "unix_stream") return await listenAtPath(listen, { mode, clock });
  const address = parseListenAddress(listen);
  if (address === undefined) throw new Error(`No address with a port: ${JSON.stringify(listen)}`);
  if (protocol !== "tls") return listening(Deno.listen(address), clock);
  const { certificate = "", key = "", client_ca } = options;
  const pair = { cert: await readPem(certificate), key: await readPem(key) };
  if (client_ca !== undefined) {
    return await listenWithClientCertificates({
      ...address,
      ...pair,
      ca: await readPem(client_ca),
    });
  }
  try {
    return listening(Deno.listenTls({ ...address, ...pair }), clock);
  } catch (error) {
    throw isOfAddress(error) ? error : unusable(`"${certificate}" with "${key}"`, error);
  }
}

async function readPem(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw unusable(`"${path}"`, error);
  }
}

/** Else it is of the files: the runtime has no class of its own for what is wrong with a certificate or a key. */
function isOfAddress(error: unknown): boolean {
  return error instanceof Deno.errors.AddrInUse || error instanceof Deno.errors.AddrNotAvailable ||
    error instanceof Deno.errors.PermissionDenied;
}

function unusable(what: string, error: unknown): AgentError {
  return new AgentError("failed", `cannot use ${what}: ${messageOf(error)}`, {
    cause: error,
    hint:
      "certificate, key and client_ca have to be PEM files that the agent's user can read, and " +
      "the key that of the certificate",
  });
}

async function listenAtPath(
  path: string,
  { mode, clock }: { mode: string; clock: Clock },
): Promise<ConnectionListener> {
  await freeSocketPath(path);
  const listener = Deno.listen({ transport: "unix", path });
  Deno.chmodSync(path, Number.parseInt(mode, 8));
  const plain = listening(listener, clock);
  return {
    ...plain,
    place: path,
    close() {
      plain.close();
      removeSocket(path);
    },
  };
}

function listening(listener: Deno.Listener, clock: Clock): ConnectionListener {
  let isOpen = true;
  return {
    place: placeOf(listener.addr),
    async run(onConnection: (connection: Connection) => void) {
      while (isOpen) {
        try {
          onConnection(plainConnection(await listener.accept()));
        } catch {
          if (isOpen) await clock.sleep(RETRY_MS);
        }
      }
    },
    close() {
      isOpen = false;
      listener.close();
    },
  };
}

function placeOf(address: Deno.Addr): string {
  // Deno 2.7 does not say that an address of TLS is one of TCP.
  return "hostname" in address ? showAddress(address) : "";
}
