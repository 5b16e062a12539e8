/**
 * An agent of a benchmark.
 *
 * @module
 */

import { v7 } from "uuid";
import type { ManagerProcess } from "../../tests/faults/managers.ts";
import { type Answer, Sender } from "./sender.ts";

const KEY = "abcdefghijklmnopqrstuvwxyz012345";

/** Sends batches over one connection. */
export interface BatchSender {
  send(id?: string): Promise<Answer>;
  close(): void;
}

/** One that is registered and logged in. */
export class Agent {
  readonly id = v7();
  #token = "";

  constructor(readonly manager: ManagerProcess) {}

  /** Registers at its manager, and logs in. */
  async begin(userToken: string): Promise<this> {
    await this.#post(`${this.manager.management}/agents`, userToken, {
      id: this.id,
      name: this.id,
      key: KEY,
      type: "Endpoint",
      version: "1",
      groups: ["all"],
    });
    const login = { uuid: this.id, key: KEY };
    const answer = await this.#post(`${this.manager.comms}/api/v1/authentication`, "", login);
    this.#token = answer.token;
    return this;
  }

  /** Opens a connection that sends batches of these lines; one without an id gets one of its own. */
  async sender(lines: string): Promise<BatchSender> {
    const sender = await Sender.open(this.manager.comms);
    const body = new TextEncoder().encode(`{"agent":{"id":"${this.id}"}}\n${lines}`);
    const headers = {
      "Authorization": `Bearer ${this.#token}`,
      "Content-Type": "application/json",
    };
    const path = "/api/v1/events/stateless";
    return {
      send: (id = v7()) => sender.post(path, { ...headers, "Idempotency-Key": id }, body),
      close: () => sender.close(),
    };
  }

  /** Waits for orders. */
  async poll(): Promise<{ document_id: string }[]> {
    const answer = await fetch(`${this.manager.comms}/api/v1/commands`, {
      headers: { Authorization: `Bearer ${this.#token}` },
    });
    return (await answer.json()).commands ?? [];
  }

  /** Reports an order as done. */
  async report(id: string): Promise<void> {
    const lines = [
      { agent: { id: this.id } },
      { module: "command", id, operation: "update" },
      { command: { result: { code: 0 } } },
    ];
    const answer = await fetch(`${this.manager.comms}/api/v1/events/stateful`, {
      method: "POST",
      headers: {
        "Authorization": `Bearer ${this.#token}`,
        "Idempotency-Key": v7(),
        "Content-Type": "application/json",
      },
      body: lines.map((line) => JSON.stringify(line)).join("\n"),
    });
    await answer.body?.cancel();
  }

  async #post(url: string, token: string, body: unknown) {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "Authorization": `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
    return await answer.json();
  }
}
