/**
 * Where the local API listens: a Unix socket that only its user can open; on Windows a port of the loopback interface, with a
 * token in a file that only its user can read.
 *
 * @module
 */

import * as z from "zod";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { AgentError, messageOf } from "../../shared/errors.ts";
import { BoundedConnections, type ConnectionBounds } from "./bounded_connections.ts";
import { requireTrusted } from "../platform/trusted_path.ts";
import type { LocalErrorBody } from "./error_body.ts";

/** How to reach the local API of the agent on a data folder. */
export type Endpoint =
  | { kind: "socket"; path: string }
  | { kind: "port"; file: string };

/** Port and token as they stand in an {@linkcode Endpoint}'s file. */
export const PORT_FILE = z.object({
  port: z.int().min(1).max(65_535),
  token: z.string().min(1),
});

/** A listening local API. */
export interface Listener {
  /** False when somebody has removed what clients look for. */
  isReachable(): boolean;
  /** Stops listening; requests under way are cut. */
  close(): Promise<void>;
}

/** The longest answer is that of a module that scans all it looks after. */
const BOUNDS: ConnectionBounds = {
  most: 64,
  headMs: 5_000,
  idleMs: 30_000,
  answerMs: 60 * 60_000,
};

const NOT_ALLOWED: LocalErrorBody = {
  code: "failed",
  message: "Token missing or wrong",
  hint: "send the token of the agent's port file as a bearer token",
};

type Handler = (request: Request) => Response | Promise<Response>;

/** The endpoint for a run folder. */
export function endpointIn(runFolder: string, os: typeof Deno.build.os = Deno.build.os): Endpoint {
  return os === "windows"
    ? { kind: "port", file: `${runFolder}\\agent.port` }
    : { kind: "socket", path: `${runFolder}/agent.sock` };
}

/**
 * Listens. A socket file that a killed agent left behind is replaced; one that somebody answers on is not.
 *
 * @throws {AgentError} `folder_unusable` when the socket cannot be made, another agent uses it, or others can write to the folder
 */
export async function listen(
  endpoint: Endpoint,
  handler: Handler,
  clock: Clock = systemClock,
): Promise<Listener> {
  requireTrusted("run folder", runFolderOf(endpoint));
  if (endpoint.kind === "socket") await refuseIfAnswered(endpoint.path);
  try {
    return endpoint.kind === "socket"
      ? listenOnSocket(endpoint.path, handler, clock)
      : listenOnPort(endpoint.file, handler, clock);
  } catch (error) {
    if (error instanceof AgentError) throw error;
    const place = endpoint.kind === "socket" ? endpoint.path : endpoint.file;
    throw new AgentError("folder_unusable", `Cannot listen on "${place}": ${messageOf(error)}`, {
      cause: error,
      hint: "check that the folder of agent.path.run can be made and written by this user",
    });
  }
}

/** The folder that an endpoint's file is in. */
export function runFolderOf(endpoint: Endpoint): string {
  return parentOf(endpoint.kind === "socket" ? endpoint.path : endpoint.file);
}

/** Two agents with data folders of their own may have been given the same run folder. */
async function refuseIfAnswered(path: string): Promise<void> {
  let connection: Deno.UnixConn;
  try {
    connection = await Deno.connect({ transport: "unix", path });
  } catch {
    return;
  }
  connection.close();
  throw new AgentError("folder_unusable", `Another agent answers on "${path}"`, {
    hint: "give each agent an agent.path.run of its own",
  });
}

/** The socket of the server itself: no longer than the one that clients know, for the system bounds both. */
function behindOf(path: string): string {
  return path.replace(/[^/]+$/, "api.sock");
}

function listenOnSocket(path: string, handler: Handler, clock: Clock): Listener {
  Deno.mkdirSync(parentOf(path), { recursive: true, mode: 0o700 });
  // Somebody may have been faster than mkdir.
  requireTrusted("run folder", parentOf(path));
  remove(path);
  const behind = behindOf(path);
  remove(behind);
  const stop = new AbortController();
  const server = Deno.serve({ path: behind, signal: stop.signal, onListen() {} }, handler);
  Deno.chmodSync(behind, 0o600);
  const listener = Deno.listen({ transport: "unix", path });
  Deno.chmodSync(path, 0o600);
  const connect = () => Deno.connect({ transport: "unix", path: behind });
  const connections = new BoundedConnections(listener, { connect, clock, bounds: BOUNDS });
  // The path alone does not tell: another agent may have put its own socket there.
  const own = inodeOf(path);
  const isReachable = () => inodeOf(path) === own;
  return {
    isReachable,
    async close() {
      const ours = isReachable();
      await connections.close();
      stop.abort();
      await server.finished;
      remove(behind);
      if (ours) remove(path);
    },
  };
}

function listenOnPort(file: string, handler: Handler, clock: Clock): Listener {
  const token = crypto.randomUUID();
  const guarded: Handler = (request) =>
    request.headers.get("Authorization") === `Bearer ${token}`
      ? handler(request)
      : Response.json(NOT_ALLOWED, { status: 401 });
  const stop = new AbortController();
  const { signal } = stop;
  const hostname = "127.0.0.1";
  const server = Deno.serve({ hostname, port: 0, signal, onListen() {} }, guarded);
  const listener = Deno.listen({ hostname, port: 0 });
  const connect = () => Deno.connect({ hostname, port: server.addr.port });
  const connections = new BoundedConnections(listener, { connect, clock, bounds: BOUNDS });
  Deno.mkdirSync(parentOf(file), { recursive: true });
  remove(file);
  const content: z.infer<typeof PORT_FILE> = { port: listener.addr.port, token };
  Deno.writeTextFileSync(file, JSON.stringify(content), { mode: 0o600, createNew: true });
  return {
    isReachable: () => inodeOf(file) !== undefined,
    async close() {
      remove(file);
      await connections.close();
      stop.abort();
      await server.finished;
    },
  };
}

/** Inode of a path, 0 where there are none, `undefined` when nothing is there. */
function inodeOf(path: string): number | undefined {
  try {
    return Deno.statSync(path).ino ?? 0;
  } catch {
    return undefined;
  }
}

function parentOf(path: string): string {
  return path.replace(/[\\/][^\\/]*$/, "");
}

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
