/**
 * The sink in another process, and a client that is connected to it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { AgentLineSource } from "../../src/agent/app/agent_line.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { CommsClient } from "../../src/agent/comms/comms_client.ts";
import { ServerConnection } from "../../src/agent/comms/connection/server_connection.ts";
import { readHostInfo } from "../../src/agent/platform/host_info.ts";
import { configOf } from "./agent_config.ts";
import { SinkProcess } from "./sink_process.ts";
import type { Account } from "../../src/shared/protocol/stored_events.ts";

const TOKEN = "bench";

/** The sink as an agent has it. */
export class SinkLink {
  readonly client: CommsClient;
  readonly agentLine: AgentLineSource;
  readonly url: string;
  readonly #sink: SinkProcess;

  private constructor(sink: SinkProcess) {
    const { agent } = configOf({});
    const tokens = { get: () => Promise.resolve(TOKEN), renew: () => Promise.resolve(TOKEN) };
    this.#sink = sink;
    this.url = sink.httpUrl;
    this.client = new CommsClient({
      connection: new ServerConnection({ serverUrl: this.url, fetch, userAgent: "bench" }),
      tokens,
      requestTimeoutMs: agent.request_timeout,
      pollTimeoutMs: agent.commands_request_timeout,
    });
    const identity = { id: crypto.randomUUID(), name: "bench", groups: [] };
    this.agentLine = new AgentLineSource({ identity, readHostInfo, clock: systemClock });
  }

  /** Starts the sink; it ends with this process. */
  static async open(): Promise<SinkLink> {
    const sink = await SinkProcess.start({ counts: "bytes" });
    sink.endWithThisProcess();
    return new SinkLink(sink);
  }

  /** What it has received so far. */
  receivedBytes(): Promise<number> {
    return this.#sink.receivedBytes();
  }

  /** Throws unless it has received since `before` what was acknowledged, and agent lines. */
  async assertReceived({ acknowledged }: Account, before: number): Promise<void> {
    const agentLines = await this.receivedBytes() - before - acknowledged.bytes;
    const lineBytes = Buffer.byteLength(this.agentLine.text());
    assert.ok(agentLines > 0 && agentLines % lineBytes === 0, `${agentLines} bytes too many`);
  }
}
