/**
 * The sink in another process, and a client that is connected to it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import { AgentLineSource } from "../../src/assembly/agent_line.ts";
import { systemClock } from "../../src/clock.ts";
import { CommsClient } from "../../src/comms/comms_client.ts";
import { ServerConnection } from "../../src/comms/server_connection.ts";
import { readHostInfo } from "../../src/identity/host_info.ts";
import type { Account } from "../../src/queue/types.ts";
import { configOf } from "./agent_config.ts";

const TOKEN = "bench";

/** The sink as an agent has it. */
export class SinkLink {
  readonly client: CommsClient;
  readonly agentLine: AgentLineSource;
  readonly url: string;

  private constructor(url: string) {
    const { agent } = configOf({});
    const tokens = { get: () => Promise.resolve(TOKEN), renew: () => Promise.resolve(TOKEN) };
    this.url = url;
    this.client = new CommsClient({
      connection: new ServerConnection({ serverUrl: url, fetch, userAgent: "bench" }),
      tokens,
      requestTimeoutMs: agent.request_timeout,
      pollTimeoutMs: agent.commands_request_timeout,
    });
    const identity = { id: crypto.randomUUID(), name: "bench", groups: [] };
    this.agentLine = new AgentLineSource({ identity, readHostInfo, clock: systemClock });
  }

  /** Starts the sink; it ends with this process. */
  static async open(): Promise<SinkLink> {
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--allow-net", fileURLToPath(new URL("sink.ts", import.meta.url))],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    globalThis.addEventListener("unload", () => process.kill("SIGKILL"));
    for await (const text of process.stdout.pipeThrough(new TextDecoderStream())) {
      return new SinkLink(text.trim());
    }
    throw new Error("The sink did not start");
  }

  /** What it has received so far. */
  async receivedBytes(): Promise<number> {
    const answer = await fetch(this.url);
    return (await answer.json()).received_bytes;
  }

  /** Throws unless it has received since `before` what was acknowledged, and agent lines. */
  async assertReceived({ acknowledged }: Account, before: number): Promise<void> {
    const agentLines = await this.receivedBytes() - before - acknowledged.bytes;
    const lineBytes = Buffer.byteLength(this.agentLine.text());
    assert.ok(agentLines > 0 && agentLines % lineBytes === 0, `${agentLines} bytes too many`);
  }
}
