/**
 * The sink that counts bytes, with TLS.
 *
 * @module
 */

import { createTestAuthority } from "../../../tests/support/tls.ts";
import { SinkProcess } from "../../support/sink_process.ts";

/** A running sink, and whom to trust. */
export interface TlsSink {
  sink: SinkProcess;
  /** Certificate of the authority that signed the sink's. */
  caCert: string;
}

/** Starts a sink, which ends with this process. */
export async function startTlsSink(): Promise<TlsSink> {
  const authority = await createTestAuthority();
  const sink = await SinkProcess.start({
    counts: "bytes",
    tls: await authority.issue(["127.0.0.1"]),
  });
  sink.endWithThisProcess();
  return { sink, caCert: authority.cert };
}
