/**
 * The server behind a port: `Deno.serve`, or, where clients have to show a certificate, which that cannot ask for, `node:https`.
 *
 * @module
 */

import { AgentError } from "../../shared/errors.ts";
import type { InnerServer, InnerServerOptions } from "./inner_server_types.ts";

/** The first Deno whose `node:https` asks clients for certificates. */
const FIRST_WITH_CLIENT_CERTIFICATES = [2, 9];

/**
 * Starts a server.
 *
 * @throws Deno.errors.AddrInUse when the port is taken, AgentError where client certificates cannot be asked for
 */
export async function openInnerServer(options: InnerServerOptions): Promise<InnerServer> {
  if (options.clientCa === undefined) return serve(options);
  if (!canAskForCertificates(Deno.version.deno)) {
    throw new AgentError(
      "config_invalid",
      "manager.client_ca: this runtime cannot ask clients for certificates",
      {
        hint: `run the manager by Deno ${
          FIRST_WITH_CLIENT_CERTIFICATES.join(".")
        } or later, or leave the option out`,
      },
    );
  }
  return await (await import("./client_certificates.ts")).serveWithClientCertificates(options);
}

/** Whether a version of Deno does. */
export function canAskForCertificates(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [firstMajor = 0, firstMinor = 0] = FIRST_WITH_CLIENT_CERTIFICATES;
  return major > firstMajor || (major === firstMajor && minor >= firstMinor);
}

function serve({ hostname, port, tls, answer }: InnerServerOptions): InnerServer {
  const abort = new AbortController();
  const server = Deno.serve(
    { hostname, port, ...tls, signal: abort.signal, onListen: () => {} },
    (request, info) => answer(request, info),
  );
  return {
    port: server.addr.port,
    shutdown: () => server.shutdown(),
    abort: () => abort.abort(),
  };
}
