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
import { StoredEvents } from "./stored_events.ts";

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

/** A logged-in user, who goes to the next manager when one is gone. Dispose of it after use. */
export class ManagerDesk implements Disposable {
  readonly #client: Deno.HttpClient;
  readonly #apis: readonly ManagementApi[];
  readonly #stored = new StoredEvents((path) => this.#try((api) => api.text("GET", path)));
  #user: User = { user: "", password: "" };
  #current = 0;

  constructor({ managementUrls }: Pick<GivenManager, "managementUrls">, caCerts: string[]) {
    this.#client = Deno.createHttpClient({ caCerts });
    this.#apis = managementUrls.map((url) => new ManagementApi(url, this.#client));
  }

  /** To be called before everything else, and after each restart of the manager. */
  async logIn(user: User): Promise<void> {
    this.#user = user;
    for (const api of this.#apis) await this.#logInAt(api);
  }

  /** Registers all of these agents. */
  async register(registrations: readonly RegistrationRequest[]): Promise<void> {
    const waiting = registrations.values();
    const registerRest = async () => {
      for (const registration of waiting) {
        await this.#call("POST", "/agents", JSON.stringify(registration));
      }
    };
    await Promise.all(Array.from({ length: REGISTRATIONS_AT_ONCE }, registerRest));
  }

  /** Stateless events that are stored: read one by one where each manager counts its own only. */
  async storedEvents(): Promise<number> {
    if (this.#apis.length > 1) return await this.#stored.count();
    const { events } = await this.#call("GET", "/manager/stats") as ManagerStats;
    return events.stateless;
  }

  /** Polls that are open, at all managers that answer. */
  async openPolls(): Promise<number> {
    const all = await Promise.allSettled(
      this.#apis.map((api) => api.call("GET", "/manager/stats") as Promise<ManagerStats>),
    );
    const answers = all.filter((one) => one.status === "fulfilled");
    return answers.reduce((sum, { value }) => sum + value.open_polls, 0);
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
    const answer = await this.#call("POST", path, JSON.stringify({ commands: [command] }));
    const [order] = (answer as { _documents: { _id: string }[] })._documents;
    return order?._id.split("-").at(-2) ?? "";
  }

  /** How the orders of a request stand. */
  async request(id: string): Promise<RequestCounts> {
    return await this.#call("GET", `/manager/requests/${id}`) as RequestCounts;
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  #call(method: string, path: string, body?: string): Promise<unknown> {
    return this.#try((api) => api.call(method, path, body));
  }

  /** With several managers: asks one after the other until one can answer. */
  async #try<T>(ask: (api: ManagementApi) => Promise<T>): Promise<T> {
    const deadline = performance.now() + HAPPENS_WITHIN_MS;
    for (;;) {
      const api = this.#apis[this.#current];
      if (api === undefined) throw new Error("No manager is named");
      try {
        return await ask(api);
      } catch (error) {
        if (this.#apis.length < 2 || !isAway(error) || performance.now() > deadline) throw error;
      }
      await this.#goOn();
    }
  }

  async #goOn(): Promise<void> {
    await systemClock.sleep(LOOK_INTERVAL_MS);
    this.#current = (this.#current + 1) % this.#apis.length;
    const api = this.#apis[this.#current];
    if (api !== undefined) await this.#logInAt(api);
  }

  async #logInAt(api: ManagementApi): Promise<void> {
    try {
      await api.logIn(this.#user.user, this.#user.password);
    } catch (error) {
      if (this.#apis.length < 2 || !isAway(error)) throw error;
    }
  }
}

/** No answer; or that of a manager that stops, or whose cluster takes nothing. */
function isAway(error: unknown): boolean {
  return error instanceof TypeError || error instanceof Error && /answered 503/.test(error.message);
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
