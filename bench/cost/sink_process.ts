/**
 * `sink.ts` as a process of its own.
 *
 * @module
 */

import { ChildProcess } from "../../mock_server/demo/child_process.ts";
import type { CountingServer } from "./agent_stage.ts";
import type { SinkBehaviour } from "./sink.ts";

/** A running sink. Dispose of it: it is killed. */
export class SinkProcess implements CountingServer, AsyncDisposable {
  readonly caCertPath = undefined;
  readonly managementUrl: string;
  readonly commsUrl: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, urls: { management_url: string; comms_url: string }) {
    this.#process = process;
    this.managementUrl = urls.management_url;
    this.commsUrl = urls.comms_url;
  }

  /** Starts a sink and waits until it is ready; what it has to say is appended to the file `log`. */
  static async start(log: string): Promise<SinkProcess> {
    const program = { permissions: "manager", script: "bench/cost/sink.ts", args: [] };
    const process = ChildProcess.start(program, { log });
    const line = await process.firstLine();
    if (line !== "") return new SinkProcess(process, JSON.parse(line));
    await process[Symbol.asyncDispose]();
    throw new Error(`The sink did not start:\n${Deno.readTextFileSync(log)}`);
  }

  async receivedEvents(): Promise<number> {
    const response = await fetch(`${this.commsUrl}/tally`);
    return (await response.json()).events;
  }

  /** Changes how it takes events from now on. */
  async behave(behaviour: SinkBehaviour): Promise<void> {
    const body = JSON.stringify(behaviour);
    const response = await fetch(`${this.commsUrl}/behaviour`, { method: "PUT", body });
    if (!response.ok) throw new Error(`The sink answered ${response.status}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}
