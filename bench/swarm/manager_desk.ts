/**
 * The management API as a swarm uses it: registering, sending a command, asking how things stand.
 *
 * @module
 */

import { ManagementApi } from "../../mock_server/demo/management_api.ts";
import type { ManagerStats } from "../../src/manager/management_api/stats.ts";
import { systemClock } from "../../src/shared/clock.ts";
import type { RegistrationRequest } from "../../src/shared/protocol/wire.ts";
import type { GivenManager } from "./options.ts";

/** So many registrations are under way at once. */
const REGISTRATIONS_AT_ONCE = 32;
const LOOK_INTERVAL_MS = 50;
/** No phase of a swarm takes longer unless something is wrong. */
const HAPPENS_WITHIN_MS = 300_000;

/** How many orders of a request stand where. */
export interface RequestCounts {
  orders: number;
  success: number;
  failure: number;
}

/** Who logs in. */
export interface User {
  user: string;
  password: string;
}

/** A logged-in user. Dispose of it after use. */
export class ManagerDesk implements Disposable {
  readonly #client: Deno.HttpClient;
  readonly #api: ManagementApi;

  constructor({ managementUrl }: GivenManager, caCerts: string[]) {
    this.#client = Deno.createHttpClient({ caCerts });
    this.#api = new ManagementApi(managementUrl, this.#client);
  }

  /** To be called before everything else, and after each restart of the manager. */
  logIn({ user, password }: User): Promise<void> {
    return this.#api.logIn(user, password);
  }

  /** Registers all of these agents. */
  async register(registrations: readonly RegistrationRequest[]): Promise<void> {
    const waiting = registrations.values();
    const registerRest = async () => {
      for (const registration of waiting) {
        await this.#api.call("POST", "/agents", JSON.stringify(registration));
      }
    };
    await Promise.all(Array.from({ length: REGISTRATIONS_AT_ONCE }, registerRest));
  }

  /** The figures of the manager. */
  async stats(): Promise<ManagerStats> {
    return await this.#api.call("GET", "/manager/stats") as ManagerStats;
  }

  /** Sends a command to a group; gives the id of the request. */
  async sendToGroup(group: string, timeoutSeconds: number): Promise<string> {
    const command = {
      source: "Users/Services",
      user: "swarm",
      target: { type: "group", id: group },
      action: { name: "status", args: {}, version: "1.0.0" },
      timeout: timeoutSeconds,
    };
    const path = "/_plugins/_command_manager/commands";
    const answer = await this.#api.call("POST", path, JSON.stringify({ commands: [command] }));
    const [order] = (answer as { _documents: { _id: string }[] })._documents;
    return order?._id.split("-").at(-2) ?? "";
  }

  /** How the orders of a request stand. */
  async request(id: string): Promise<RequestCounts> {
    return await this.#api.call("GET", `/manager/requests/${id}`) as RequestCounts;
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

/**
 * Asks again and again until `reached` gives at least `wanted`.
 *
 * @throws Error naming `what`, after five minutes
 */
export async function untilReached(
  what: string,
  wanted: number,
  reached: () => Promise<number> | number,
): Promise<void> {
  const deadline = performance.now() + HAPPENS_WITHIN_MS;
  for (;;) {
    const count = await reached();
    if (count >= wanted) return;
    if (performance.now() > deadline) {
      throw new Error(`${what}: ${count} of ${wanted} after ${HAPPENS_WITHIN_MS / 1_000} s`);
    }
    await systemClock.sleep(LOOK_INTERVAL_MS);
  }
}
