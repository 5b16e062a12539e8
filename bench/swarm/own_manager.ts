/**
 * The manager that a swarm starts for itself: a process, its data in a temporary folder.
 *
 * @module
 */

import { join } from "node:path";
import { ManagerProcess, type ManagerProcessOptions } from "../../tests/support/manager_process.ts";
import type { GivenManager } from "./options.ts";

/** How {@linkcode OwnManager.start} starts it. */
export interface OwnManagerOptions {
  http: boolean;
  /** Log-ins a second; 0 for any number. */
  loginRate: number;
}

type FolderOptions = ManagerProcessOptions & { dataFolder: string };

/** A manager that can be restarted on its data and ports. Dispose of it after use. */
export class OwnManager implements AsyncDisposable {
  readonly #options: FolderOptions;
  #process: ManagerProcess;

  private constructor(options: FolderOptions, process: ManagerProcess) {
    this.#options = options;
    this.#process = process;
  }

  /** Starts a manager with nothing in it. */
  static async start({ http, loginRate }: OwnManagerOptions): Promise<OwnManager> {
    const dataFolder = await Deno.makeTempDir({ prefix: "swarm-" });
    const args = [
      "--log-level",
      "warning",
      "--login-rate",
      String(loginRate),
      "--max-connections",
      "0",
      "--max-connections-per-address",
      "0",
    ];
    const options = { dataFolder, http, args };
    return new OwnManager(options, await ManagerProcess.start(options));
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Where it is and whom to trust. */
  get address(): GivenManager {
    const { managementUrl, commsUrl, caCertPath } = this.#process;
    return { managementUrls: [managementUrl], commsUrls: [commsUrl], caCertPath };
  }

  /**
   * Stops the manager and starts it again; with `loseTokens` no token that it gave out is good any
   * more. Resolves when it is ready, to how long it was away in milliseconds.
   */
  async restart({ loseTokens }: { loseTokens: boolean }): Promise<number> {
    const { managementPort, commsPort } = this.#process;
    const awayFromMs = performance.now();
    await this.#process.stop();
    if (loseTokens) await Deno.remove(join(this.#options.dataFolder, "token_key.json"));
    this.#process = await ManagerProcess.start({ ...this.#options, managementPort, commsPort });
    return performance.now() - awayFromMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
    await Deno.remove(this.#options.dataFolder, { recursive: true });
  }
}
