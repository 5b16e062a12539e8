/**
 * The sink in a process of its own.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { createTestAuthority } from "../../../tests/support/tls.ts";

const PROGRAM = fileURLToPath(new URL("./sink.ts", import.meta.url));

/** A running sink; it ends with this process. */
export interface Sink {
  httpUrl: string;
  httpsUrl: string;
  /** Certificate of the authority that signed the sink's. */
  caCert: string;
}

/** Starts a sink and waits until it listens. */
export async function startSink(): Promise<Sink> {
  const authority = await createTestAuthority();
  const { cert, key } = await authority.issue(["127.0.0.1"]);
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-net", PROGRAM, cert, key],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  addEventListener("unload", () => process.kill("SIGKILL"));
  for await (const line of process.stdout.pipeThrough(new TextDecoderStream())) {
    const { http_url, https_url } = JSON.parse(line);
    return { httpUrl: http_url, httpsUrl: https_url, caCert: authority.cert };
  }
  throw new Error("The sink did not start");
}

/** What the sink has received so far, in bytes. */
export async function receivedBytes({ httpUrl }: Sink): Promise<number> {
  return (await (await fetch(httpUrl)).json()).received_bytes;
}
