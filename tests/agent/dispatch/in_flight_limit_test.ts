import assert from "node:assert/strict";
import { InFlightLimit, type Place } from "../../../src/agent/dispatch/in_flight_limit.ts";
import { settle } from "../../support/fake_clock.ts";

const never = new AbortController().signal;

/** A sender with more to send than may be under way, and a server that takes as long as it is told. */
class Saturation {
  nowMs = 0;
  max = 8;
  readonly limit = new InFlightLimit(() => this.max, { monotonic: () => this.nowMs });
  #underWay: Place[] = [];

  /** Has all that is under way answered after `latencyMs`, and sends more with each answer. */
  async round(latencyMs: number): Promise<void> {
    await this.#fill();
    this.nowMs += latencyMs;
    for (const place of [...this.#underWay]) {
      this.#underWay.shift();
      this.limit.giveBack(place, "answered");
      await this.#fill();
    }
  }

  async rounds(count: number, latencyMs: number): Promise<void> {
    for (let done = 0; done < count; done++) await this.round(latencyMs);
  }

  /** Has everything that is under way fail together. */
  async failure(): Promise<void> {
    await this.#fill();
    for (const place of this.#underWay.splice(0)) this.limit.giveBack(place, "failed");
  }

  async #fill(): Promise<void> {
    while (this.#underWay.length < this.limit.current) {
      this.#underWay.push(await this.limit.take(never));
    }
  }
}

Deno.test("the limit begins low, rises fast until the first trouble, and stops at the maximum", async () => {
  const server = new Saturation();
  assert.equal(server.limit.current, 2);
  await server.rounds(4, 1_000);
  assert.equal(server.limit.current, 8);
  await server.rounds(4, 1_000);
  assert.equal(server.limit.current, 8);
});

Deno.test("after trouble the limit rises by one a round at most", async () => {
  const server = new Saturation();
  await server.rounds(10, 200);
  await server.failure();
  const seen = [server.limit.current];
  for (let round = 0; round < 10; round++) {
    await server.round(200);
    seen.push(server.limit.current);
  }
  assert.equal(seen[0], 4);
  assert.equal(seen.at(-1), 8);
  assert.ok(seen.every((limit, index) => limit - (seen[index - 1] ?? 4) <= 1), seen.join(" "));
});

Deno.test("without a full load nothing is learned", async () => {
  const server = new Saturation();
  for (let request = 0; request < 50; request++) {
    const place = await server.limit.take(never);
    server.nowMs += request * 100;
    server.limit.giveBack(place, "answered");
  }
  assert.equal(server.limit.current, 2);
});

Deno.test("requests that fail together halve the limit once; it never falls below one", async () => {
  const server = new Saturation();
  await server.rounds(40, 10);
  await server.failure();
  assert.equal(server.limit.current, 4);
  for (let round = 0; round < 10; round++) await server.failure();
  assert.equal(server.limit.current, 1);
  await server.rounds(60, 10);
  assert.equal(server.limit.current, 8);
});

Deno.test("latency that grows lowers the limit, and it recovers when the server does", async () => {
  const server = new Saturation();
  await server.rounds(40, 50);
  await server.rounds(5, 500);
  assert.ok(server.limit.current < 4, `${server.limit.current}`);
  await server.rounds(60, 50);
  assert.equal(server.limit.current, 8);
});

Deno.test("latency that stays is what the server has: the limit rises again", async () => {
  const server = new Saturation();
  await server.rounds(40, 50);
  await server.rounds(10, 1_000);
  assert.ok(server.limit.current < 4, `${server.limit.current}`);
  await server.rounds(100, 1_000);
  assert.equal(server.limit.current, 8);
});

Deno.test("a lower maximum holds at once", async () => {
  const server = new Saturation();
  await server.rounds(40, 10);
  server.max = 3;
  assert.equal(server.limit.current, 3);
  await server.rounds(40, 10);
  assert.equal(server.limit.current, 3);
});

Deno.test("who finds no place waits in line; an abort leaves the line", async () => {
  const { limit } = new Saturation();
  const [first] = [await limit.take(never), await limit.take(never)];
  assert.ok(first);
  const admitted: string[] = [];
  const leaving = new AbortController();
  const left = assert.rejects(limit.take(leaving.signal), /enough/);
  const waiting = ["a", "b"].map((name) => limit.take(never).then(() => admitted.push(name)));
  leaving.abort(new Error("enough"));
  await left;
  assert.deepEqual(admitted, []);
  limit.giveBack(first, "unused");
  await settle("loop");
  assert.deepEqual(admitted, ["a"]);
  limit.giveBack(first, "unused");
  await Promise.all(waiting);
  assert.deepEqual(admitted, ["a", "b"]);
});
