/**
 * Agents in few lines: each sends batches and polls for orders, at one manager until that fails, then at the next. Now and then one
 * sends a batch to two managers at once, and repeats one that was answered long ago.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { v7 } from "uuid";
import type { ManagerProcess } from "./managers.ts";

const KEY = "abcdefghijklmnopqrstuvwxyz012345";
const LINES = 20;
const REQUEST_TIMEOUT_MS = 12_000;

/** What all agents share. */
export interface Fleet {
  managers: readonly ManagerProcess[];
  random(): number;
  /** Aborted when nothing new is to be begun. */
  ending: AbortSignal;
  /** Batches that were answered as stored. */
  acknowledged: Set<string>;
  /** Answers that must never be given. */
  wrong: string[];
  /** Orders that were carried out, and how often. */
  done: Map<string, number>;
  /** The longest time without any batch being answered, in milliseconds. */
  silence: { longestMs: number; lastMs: number };
}

/** One agent. */
export class FaultAgent {
  readonly id = v7();
  readonly #fleet: Fleet;
  #at: number;
  #token = "";

  constructor(fleet: Fleet, at: number) {
    this.#fleet = fleet;
    this.#at = at;
  }

  /** Registers. */
  async register(userToken: string): Promise<void> {
    const body = {
      id: this.id,
      name: this.id,
      key: KEY,
      type: "Endpoint",
      version: "1",
      host: {
        architecture: "x",
        hostname: "h",
        ip: ["127.0.0.1"],
        os: { name: "n", type: "t", version: "1" },
      },
      groups: ["all"],
    };
    const answer = await this.#send("management", "/agents", {
      method: "POST",
      headers: { "Authorization": `Bearer ${userToken}`, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (answer?.status !== 201) {
      throw new Error(`Cannot register: ${answer?.status} ${await answer?.text()}`);
    }
    await answer.body?.cancel();
  }

  /** Sends and polls until the fleet ends, and then until its last batch and results are through. */
  async run(): Promise<void> {
    await Promise.all([this.#sendBatches(), this.#poll()]);
  }

  async #sendBatches(): Promise<void> {
    const { ending, random } = this.#fleet;
    let old: { key: string; body: string } | undefined;
    for (let number = 0; !ending.aborted; number++) {
      const batch = { key: v7(), body: this.#body(number) };
      await this.#deliver(batch, random() < 0.05);
      if (old !== undefined && random() < 0.02) await this.#deliver(old, false);
      if (old === undefined || random() < 0.1) old = batch;
      await pause(200 + random() * 600);
    }
  }

  async #deliver({ key, body }: { key: string; body: string }, twice: boolean): Promise<void> {
    const post = (at: number) =>
      this.#ask("/api/v1/events/stateless", {
        method: "POST",
        headers: { "Idempotency-Key": key, "Content-Type": "application/json" },
        body,
      }, at);
    for (;;) {
      const answers = await Promise.all(
        twice ? [post(this.#at), post(this.#at + 1)] : [post(this.#at)],
      );
      if (answers.includes(204)) break;
      await this.#moveOn(answers[0]);
    }
    const { acknowledged, silence } = this.#fleet;
    const nowMs = performance.now();
    silence.longestMs = Math.max(silence.longestMs, nowMs - silence.lastMs);
    silence.lastMs = nowMs;
    acknowledged.add(key);
  }

  async #poll(): Promise<void> {
    const { ending } = this.#fleet;
    while (!ending.aborted) {
      const answer = await this.#send("comms", "/api/v1/commands", {
        headers: { "Authorization": `Bearer ${this.#token}`, "Prefer": "wait=5" },
      });
      if (answer?.status === 200) {
        const { commands } = await answer.json();
        for (const { document_id } of commands) await this.#carryOut(document_id);
      } else {
        await answer?.body?.cancel();
        if (answer?.status !== 408) await this.#moveOn(answer?.status);
      }
    }
  }

  async #carryOut(id: string): Promise<void> {
    const { done } = this.#fleet;
    // An order that is offered again is not carried out again, as agents have it.
    if (!done.has(id)) done.set(id, 1);
    const lines = [
      { agent: { id: this.id } },
      { module: "command", id, operation: "update" },
      { command: { result: { code: 0, message: "done" } } },
    ];
    const body = lines.map((line) => JSON.stringify(line)).join("\n");
    const key = v7();
    for (;;) {
      const status = await this.#ask("/api/v1/events/stateful", {
        method: "POST",
        headers: { "Idempotency-Key": key, "Content-Type": "application/json" },
        body,
      }, this.#at);
      if (status === 200) return;
      await this.#moveOn(status);
    }
  }

  #body(number: number): string {
    const head = JSON.stringify({ module: "logcollector", collector: "file" });
    const line = (index: number) => {
      const text = createHash("sha256").update(`${this.id} ${number} ${index}`).digest("hex");
      return `${head}\n${JSON.stringify({ event: { original: text } })}`;
    };
    const lines = Array.from({ length: LINES }, (_, index) => line(index));
    return [JSON.stringify({ agent: { id: this.id } }), ...lines].join("\n");
  }

  /** The status of an answer; `undefined` for none. */
  async #ask(path: string, init: RequestInit, at: number): Promise<number | undefined> {
    const headers = { ...init.headers, Authorization: `Bearer ${this.#token}` };
    const answer = await this.#send("comms", path, { ...init, headers }, at);
    const text = await answer?.text().catch(() => "");
    const isExpected = answer === undefined ||
      [200, 204, 401, 408, 429, 503].includes(answer.status);
    if (!isExpected) this.#fleet.wrong.push(`${path}: ${answer.status} ${text}`);
    return answer?.status;
  }

  async #send(
    api: "comms" | "management",
    path: string,
    init: RequestInit,
    at = this.#at,
  ): Promise<Response | undefined> {
    const { managers } = this.#fleet;
    const manager = managers[at % managers.length] as ManagerProcess;
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    return await fetch(`${manager[api]}${path}`, { ...init, signal }).catch(() => undefined);
  }

  /** After a refusal: a new token, or another manager. */
  async #moveOn(status: number | undefined): Promise<void> {
    await pause(100 + this.#fleet.random() * 400);
    if (status !== 401) {
      if (status === undefined || this.#fleet.random() < 0.5) this.#at++;
      return;
    }
    const answer = await this.#send("comms", "/api/v1/authentication", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ uuid: this.id, key: KEY }),
    });
    const body = await answer?.json().catch(() => ({}));
    if (answer?.status === 403) this.#fleet.wrong.push(`log-in: ${JSON.stringify(body)}`);
    if (answer?.status === 200) this.#token = body.token;
    else this.#at++;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
