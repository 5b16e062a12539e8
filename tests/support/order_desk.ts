/**
 * The management API as somebody who sends commands uses it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ManagementApi } from "../../mock_server/demo/management_api.ts";
import { DEFAULTS } from "../../src/manager/config/manager_options.ts";
import type { AgentDocument } from "../../src/manager/keep_alive/agent_views.ts";
import { eventually } from "./eventually.ts";

/** An order as the manager shows it. */
export interface OrderView {
  document_id: string;
  request_id: string;
  target: { type: string; id: string };
  action: { name: string };
  status: "pending" | "sent" | "success" | "failure";
  result: { code: number; message: string; data?: string } | null;
  late_result?: unknown;
  offers: number;
}

/** Sends commands and watches their orders. Dispose of it after use. */
export class OrderDesk implements Disposable {
  readonly #client: Deno.HttpClient;
  readonly #api: ManagementApi;

  private constructor(url: string, caCertPath: string | undefined) {
    const caCerts = caCertPath === undefined ? [] : [Deno.readTextFileSync(caCertPath)];
    this.#client = Deno.createHttpClient({ caCerts });
    this.#api = new ManagementApi(url, this.#client);
  }

  /** Logs in at the management API. */
  static async open(
    { managementUrl, caCertPath }: { managementUrl: string; caCertPath: string | undefined },
  ): Promise<OrderDesk> {
    const desk = new OrderDesk(managementUrl, caCertPath);
    await desk.#api.logIn(DEFAULTS.user, DEFAULTS.password);
    return desk;
  }

  /** Sends one command; gives the document ids of its orders. */
  async send(
    target: { type: "agent" | "group" | "server"; id: string },
    action: { name: string; args?: object },
    timeout = 60,
  ): Promise<string[]> {
    const command = {
      source: "Users/Services",
      user: "tests",
      target,
      action: { name: action.name, args: action.args ?? {}, version: "5.0.0" },
      timeout,
    };
    const body = JSON.stringify({ commands: [command] });
    const answer = await this.#api.call("POST", "/_plugins/_command_manager/commands", body);
    return (answer as { _documents: { _id: string }[] })._documents.map(({ _id }) => _id);
  }

  /** How many events the manager has ever stored. */
  async storedEvents(): Promise<number> {
    const { events } = await this.#api.call("GET", "/manager/stats") as {
      events: { stateless: number; stateful: number };
    };
    return events.stateless + events.stateful;
  }

  /** All agents, as the manager shows them. */
  async agents(): Promise<AgentDocument[]> {
    const page = await this.#api.call("GET", "/manager/agents?limit=1000");
    return (page as { agents: AgentDocument[] }).agents;
  }

  /** What is in the documents of a module of an agent, up to 1,000 of them. */
  async documents(agentId: string, module: string): Promise<unknown[]> {
    const path = `/manager/agents/${agentId}/state?module=${module}&limit=1000`;
    const { documents } = await this.#api.call("GET", path) as { documents: { data: unknown }[] };
    return documents.map(({ data }) => data);
  }

  /** Puts a file where agents find it. */
  async putFile(name: string, text: string): Promise<void> {
    await this.#api.call("PUT", `/manager/files/${name}`, text);
  }

  /** Puts a file that agents may download. */
  async putRelease(name: string, text: string): Promise<void> {
    await this.#api.call("PUT", `/manager/releases/${name}`, text);
  }

  /** The orders with these document ids. */
  async orders(ids: readonly string[]): Promise<OrderView[]> {
    const wanted = new Set(ids);
    const found: OrderView[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const after: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const page = await this.#api.call("GET", `/manager/orders?limit=1000${after}`);
      const { orders, next_cursor } = page as { orders: OrderView[]; next_cursor: string | null };
      found.push(...orders.filter(({ document_id }) => wanted.has(document_id)));
      cursor = next_cursor;
    }
    return found;
  }

  /** Resolves with the orders once all of them have ended. */
  async outcomes(ids: readonly string[]): Promise<OrderView[]> {
    const orders = () => this.orders(ids);
    const hasEnded = ({ status }: OrderView) => status !== "pending" && status !== "sent";
    const ended = await eventually(orders, (found) => found.every(hasEnded));
    assert.equal(ended.length, ids.length);
    return ended;
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}
