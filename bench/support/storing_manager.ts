/**
 * The manager that stores what it takes, over TLS, as a process of its own.
 *
 * @module
 */

import { ManagementApi } from "../../mock_server/demo/management_api.ts";
import { DEFAULTS } from "../../src/manager/config/manager_options.ts";
import { ManagerProcess } from "../../tests/support/manager_process.ts";
import type { TempFolder } from "../../tests/support/queues.ts";
import type { CountingServer } from "./agent_stage.ts";

/** A running manager with its data in a folder. Dispose of it: it is stopped. */
export class StoringManager implements CountingServer, AsyncDisposable {
  readonly #process: ManagerProcess;

  private constructor(process: ManagerProcess) {
    this.#process = process;
  }

  /** Starts a manager, with its data in `folder` and more options in `args`, and waits until it is ready. */
  static async start(folder: TempFolder, args: readonly string[] = []): Promise<StoringManager> {
    const dataFolder = folder.file("manager");
    return new StoringManager(await ManagerProcess.start({ dataFolder, args }));
  }

  get managementUrl(): string {
    return this.#process.managementUrl;
  }

  get commsUrl(): string {
    return this.#process.commsUrl;
  }

  get caCertPath(): string | undefined {
    return this.#process.caCertPath;
  }

  async receivedEvents(): Promise<number> {
    const caCerts = [await Deno.readTextFile(this.caCertPath ?? "")];
    using client = Deno.createHttpClient({ caCerts });
    const api = new ManagementApi(this.managementUrl, client);
    await api.logIn(DEFAULTS.user, DEFAULTS.password);
    const { events } = await api.call("GET", "/manager/stats") as {
      events: { stateless: number };
    };
    return events.stateless;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
  }
}
