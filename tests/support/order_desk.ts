/**
 * The management API as somebody who sends commands uses it.
 *
 * @module
 */

import assert from "node:assert/strict";
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
  readonly #url: string;
  readonly #client: Deno.HttpClient;
  #token = "";

  private constructor(url: string, caCertPath: string | undefined) {
    this.#url = url;
    const caCerts = caCertPath === undefined ? [] : [Deno.readTextFileSync(caCertPath)];
    this.#client = Deno.createHttpClient({ caCerts });
  }

  /** Logs in at the management API. */
  static async open(
    { managementUrl, caCertPath }: { managementUrl: string; caCertPath: string | undefined },
  ): Promise<OrderDesk> {
    const desk = new OrderDesk(managementUrl, caCertPath);
    const authorization = `Basic ${btoa("wazuh:topsecret")}`;
    const answer = await desk.#request("POST", "/security/user/authenticate", { authorization });
    desk.#token = (answer as { data: { token: string } }).data.token;
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
    const answer = await this.#request("POST", "/_plugins/_command_manager/commands", {
      body: JSON.stringify({ commands: [command] }),
    });
    return (answer as { _documents: { _id: string }[] })._documents.map(({ _id }) => _id);
  }

  /** How many events the manager has ever stored. */
  async storedEvents(): Promise<number> {
    const { events } = await this.#request("GET", "/manager/stats", {}) as {
      events: { stateless: number; stateful: number };
    };
    return events.stateless + events.stateful;
  }

  /** Puts a file where agents find it. */
  async putFile(name: string, text: string): Promise<void> {
    await this.#request("PUT", `/manager/files/${name}`, { body: text });
  }

  /** The orders with these document ids. */
  async orders(ids: readonly string[]): Promise<OrderView[]> {
    const wanted = new Set(ids);
    const found: OrderView[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const after: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const page = await this.#request("GET", `/manager/orders?limit=1000${after}`, {});
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

  async #request(
    method: string,
    path: string,
    { body, authorization = `Bearer ${this.#token}` }: { body?: string; authorization?: string },
  ): Promise<unknown> {
    const response = await fetch(this.#url + path, {
      method,
      client: this.#client,
      headers: { Authorization: authorization, "Content-Type": "application/json" },
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }
}
