/**
 * The manager of a run: one database and one pair of ports, and as many processes as it takes.
 *
 * @module
 */

import { ManagerProcess } from "../../support/manager_process.ts";
import { OrderDesk } from "../../support/order_desk.ts";

/** More than a run can bring, so that no key is forgotten in it. */
const REMEMBERED_KEYS = "100000";

/** Starts managers one after the other on the same data. */
export class ManagerSide implements AsyncDisposable {
  readonly recordPath: string;
  readonly #folder: string;
  #process: ManagerProcess;

  private constructor(folder: string, process: ManagerProcess) {
    this.#folder = folder;
    this.recordPath = recordIn(folder);
    this.#process = process;
  }

  /** Starts the first one, without faults. */
  static async start(folder: string): Promise<ManagerSide> {
    Deno.mkdirSync(folder, { recursive: true });
    return new ManagerSide(folder, await ManagerProcess.start(optionsOf(folder, [])));
  }

  get commsPort(): number {
    return this.#process.commsPort;
  }

  get managementUrl(): string {
    return this.#process.managementUrl;
  }

  get caCertPath(): string {
    return this.#process.caCertPath ?? "";
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Kills it and starts another one that misbehaves as `faults` say (see `mock_server/fault_spec.ts`); `seed` decides which requests are hit. */
  async replace(faults: readonly string[], seed = 1): Promise<void> {
    const { managementPort, commsPort } = this.#process;
    await this.#process.kill("SIGKILL");
    const options = optionsOf(this.#folder, [
      ...faults.flatMap((fault) => ["--fault", fault]),
      ...["--fault-seed", String(seed)],
    ]);
    this.#process = await ManagerProcess.start({ ...options, managementPort, commsPort });
  }

  /** Sends commands and puts group files. */
  openDesk(): Promise<OrderDesk> {
    return OrderDesk.open(this);
  }

  /** Stops it in good order: everything that it stored is in the record then. */
  async stop(): Promise<void> {
    await this.#process.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}

function optionsOf(folder: string, faults: readonly string[]) {
  const args = ["--record", recordIn(folder), "--poll-timeout", "2s"];
  return {
    dataFolder: `${folder}/data`,
    args: [...args, "--idempotency-keys", REMEMBERED_KEYS, ...faults],
  };
}

function recordIn(folder: string): string {
  return `${folder}/received.jsonl`;
}
