/**
 * Agents in few lines: each sends batches and polls for orders through the balancer, from an address of its own. Now and then one sends a
 * batch to two managers at once, repeats one that was answered long ago, or tells two managers different results of one order.
 *
 * @module
 */

import { v7 } from "uuid";
import { eventsOf, KEY, registrationOf, resultOf } from "./bodies.ts";
import type { Fleet } from "./fleet.ts";
import { pause } from "./time_limits.ts";

const REQUEST_TIMEOUT_MS = 12_000;
const TWICE = 0.05;
const ONCE_MORE = 0.02;
const REMEMBER = 0.1;

interface Batch {
  stream: "stateless" | "stateful";
  key: string;
  body: string;
}

/** One agent. */
export class FaultAgent implements Disposable {
  readonly id = v7();
  readonly #fleet: Fleet;
  readonly #random: () => number;
  readonly #client: Deno.HttpClient;
  readonly #unanswered = new Map<string, { since: string; last: number | undefined }>();
  #token = "";
  #old: { batch: Batch; age: number } | undefined;

  /** @param index which of the fleet it is: its address follows from that */
  constructor(fleet: Fleet, { index, random }: { index: number; random: () => number }) {
    this.#fleet = fleet;
    this.#random = random;
    const localAddress = `127.1.${Math.floor(index / 250)}.${1 + index % 250}`;
    this.#client = Deno.createHttpClient({ localAddress });
  }

  /** What has not been answered, and how it was refused last. */
  get outstanding(): string[] {
    return [...this.#unanswered].map(([what, { since, last }]) =>
      `Agent ${this.id}: ${what} since ${since}, last answer ${last ?? "none"}`
    );
  }

  /** Registers. */
  async register(userToken: string): Promise<void> {
    const answer = await fetch(`${this.#fleet.managers[0]?.management}/agents`, {
      method: "POST",
      headers: { "Authorization": `Bearer ${userToken}`, "Content-Type": "application/json" },
      body: JSON.stringify(registrationOf(this.id)),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const text = await answer.text();
    if (answer.status !== 201) throw new Error(`Cannot register: ${answer.status} ${text}`);
  }

  /** Sends and polls until the fleet ends, and then until its last batch and results are through, or it is to leave. */
  async run(): Promise<void> {
    await Promise.all([this.#sendBatches(), this.#poll()]);
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  async #sendBatches(): Promise<void> {
    for (let number = 0; !this.#fleet.ending.aborted; number++) {
      const { age } = this.#fleet;
      const batch: Batch = { stream: "stateless", key: v7(), body: eventsOf(this.id, number) };
      await this.#deliver(batch, { twice: this.#random() < TWICE });
      if (this.#random() < ONCE_MORE) await this.#deliverOld();
      const remembers = this.#old === undefined || this.#random() < REMEMBER;
      if (remembers && age !== undefined) this.#old = { batch, age };
      await pause(200 + this.#random() * 600);
    }
  }

  /** Sends one of the past once more. */
  async #deliverOld(): Promise<void> {
    const fleet = this.#fleet;
    const old = this.#old;
    if (old?.age !== fleet.age) this.#old = undefined;
    if (old === undefined || old.age !== fleet.age) return;
    fleet.repeating++;
    await this.#deliver(old.batch, { until: () => old.age !== fleet.age });
    fleet.repeating--;
  }

  /** Sends until it is answered as stored, or `until` holds. */
  async #deliver(
    batch: Batch,
    { twice = false, until = () => false }: { twice?: boolean; until?: () => boolean } = {},
  ): Promise<void> {
    const since = new Date().toISOString();
    while (!until()) {
      const answers = await Promise.all([
        this.#post(batch),
        ...(twice ? [this.#post(batch, this.#anyManager())] : []),
      ]);
      if (answers.some((status) => status === 200 || status === 204)) {
        this.#unanswered.delete(batch.key);
        return this.#fleet.stored(batch.key);
      }
      this.#unanswered.set(batch.key, { since, last: answers[0] });
      if (this.#fleet.leaving.aborted) return;
      await this.#recover(answers[0]);
    }
    this.#unanswered.delete(batch.key);
  }

  async #poll(): Promise<void> {
    while (!this.#fleet.ending.aborted) {
      const answer = await this.#send("/api/v1/commands", { headers: { "Prefer": "wait=5" } });
      if (answer?.status === 200) {
        const { commands } = JSON.parse(answer.text);
        for (const { document_id } of commands) await this.#carryOut(document_id);
      } else if (answer?.status !== 408) await this.#recover(answer?.status);
    }
  }

  /** An order that is offered again is not carried out again, but reported again, as agents have it. */
  async #carryOut(id: string): Promise<void> {
    this.#fleet.carriedOut.add(id);
    const results = this.#random() < TWICE ? ["done", "done otherwise"] : ["done"];
    await Promise.all(
      results.map((message) =>
        this.#deliver({ stream: "stateful", key: v7(), body: resultOf(this.id, id, message) })
      ),
    );
  }

  /** The status of the answer; `undefined` for none. */
  async #post({ stream, key, body }: Batch, url?: string): Promise<number | undefined> {
    const path = `/api/v1/events/${stream}`;
    const headers = { "Idempotency-Key": key, "Content-Type": "application/json" };
    const answer = await this.#send(path, { method: "POST", headers, body }, url);
    this.#fleet.answered(path, answer);
    return answer?.status;
  }

  /** Through the balancer, or to the manager at `url`. */
  async #send(
    path: string,
    init: RequestInit,
    url?: string,
  ): Promise<{ status: number; text: string } | undefined> {
    const headers = { ...init.headers, Authorization: `Bearer ${this.#token}` };
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const client = url === undefined ? { client: this.#client } : {};
    try {
      const answer = await fetch(`${url ?? this.#fleet.url}${path}`, {
        ...init,
        headers,
        signal,
        ...client,
      });
      return { status: answer.status, text: await answer.text() };
    } catch {
      return undefined;
    }
  }

  #anyManager(): string | undefined {
    const { managers } = this.#fleet;
    return managers[Math.floor(this.#random() * managers.length)]?.comms;
  }

  /** After a refusal: a while, and a new token where that was the reason. */
  async #recover(status: number | undefined): Promise<void> {
    await pause(100 + this.#random() * 400);
    if (status !== 401) return;
    const answer = await this.#send("/api/v1/authentication", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ uuid: this.id, key: KEY }),
    });
    if (answer?.status === 403) this.#fleet.wrong.push(`Log-in of ${this.id}: ${answer.text}`);
    if (answer?.status === 200) this.#token = JSON.parse(answer.text).token;
  }
}
