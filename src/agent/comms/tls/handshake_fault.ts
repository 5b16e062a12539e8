/**
 * Why a connection broke, when that was its TLS handshake.
 *
 * `node:https` of Deno 2.7 says "connection error" to whatever is wrong with a handshake. The platform's own TLS has words for it,
 * and can leave the host name unchecked too; it is only asked, as it can't carry the requests of `fetch`.
 *
 * @module
 */

import { type TlsMaterial, trustedAuthorities } from "./tls_files.ts";

/** Longest wait for the handshake, in milliseconds. */
const LIMIT_MS = 5_000;

/**
 * Tries the handshake with the server at `url` once more, with all that is checked of its certificate but its name, and sends
 * nothing over the connection. Resolves to what it fails with; `undefined` when it succeeds, or is not over in time.
 */
export async function handshakeFault(url: string, tls: TlsMaterial): Promise<Error | undefined> {
  const { hostname, port } = new URL(url);
  const { cert, key } = tls;
  try {
    const connection = await Deno.connectTls({
      hostname: hostname.replace(/^\[|\]$/g, ""),
      port: Number(port || 443),
      caCerts: [...trustedAuthorities(tls) ?? []],
      unsafelyDisableHostnameVerification: true,
      ...(cert !== undefined && key !== undefined && { cert, key }),
    });
    return await outcomeOf(connection);
  } catch (error) {
    return error instanceof Error ? error : undefined;
  }
}

async function outcomeOf(connection: Deno.TlsConn): Promise<undefined> {
  let isLate = false;
  const close = () => {
    try {
      connection.close();
    } catch {
      // Closed already.
    }
  };
  const timer = setTimeout(() => {
    isLate = true;
    close();
  }, LIMIT_MS);
  try {
    await connection.handshake();
  } catch (error) {
    if (!isLate) throw error;
  } finally {
    clearTimeout(timer);
    close();
  }
}
