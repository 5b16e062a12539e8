import assert from "node:assert/strict";
import { headers, type Msg, type NatsConnection } from "@nats-io/transport-node";
import { Publisher } from "../../../../src/manager/cluster/link/publisher.ts";

const NEVER_MS = 3_600_000;

/** A connection that remembers what is published, and whose other side answers when it is told to. */
class Wire {
  readonly sent: { subject: string; reply: string; headers: Record<string, string> }[] = [];
  readonly #closed = Promise.withResolvers<void>();
  #answer: (error: null, message: Msg) => void = () => {};
  #isClosed = false;

  publisher(timeoutMs = NEVER_MS): Publisher {
    return new Publisher(this as unknown as NatsConnection, timeoutMs);
  }

  subscribe(_subject: string, { callback }: { callback: (error: null, message: Msg) => void }) {
    this.#answer = callback;
  }

  publish(
    subject: string,
    _payload: unknown,
    options: { reply: string; headers?: ReturnType<typeof headers> },
  ) {
    const values = [...options.headers ?? []].map(([name, [value = ""]]) => [name, value]);
    this.sent.push({ subject, reply: options.reply, headers: Object.fromEntries(values) });
  }

  isClosed = () => this.#isClosed;
  closed = () => this.#closed.promise;

  close() {
    this.#isClosed = true;
    this.#closed.resolve();
  }

  /** Answers message `index`. */
  answer(index: number, body: unknown, code = 0) {
    const text = body === undefined ? "" : JSON.stringify(body);
    const message = {
      subject: this.sent[index]?.reply,
      data: new TextEncoder().encode(text),
      headers: code === 0 ? undefined : headers(code, "said so"),
      json: () => JSON.parse(text),
    };
    this.#answer(null, message as unknown as Msg);
  }

  get subjects(): string[] {
    return this.sent.map(({ subject }) => subject);
  }
}

/** Lets what is due in this turn of the loop happen, and no timer. */
async function settle() {
  for (let turns = 0; turns < 10; turns++) await Promise.resolve();
}

Deno.test("Publisher sends at once when nothing is under way, and what comes meanwhile together when that is answered", async () => {
  const wire = new Wire();
  const publisher = wire.publisher();
  const first = publisher.publish("a", "");
  await settle();
  assert.deepEqual(wire.subjects, ["a"]);
  const others = ["b", "c"].map((subject) => publisher.publish(subject, ""));
  await settle();
  assert.deepEqual(wire.subjects, ["a"]);
  wire.answer(0, { seq: 7 });
  assert.equal(await first, 7);
  await settle();
  assert.deepEqual(wire.subjects, ["a", "b", "c"]);
  wire.answer(2, { seq: 9 });
  wire.answer(1, { seq: 8 });
  assert.deepEqual(await Promise.all(others), [8, 9]);
  wire.close();
});

Deno.test("Publisher does not wait for the answers to others for long", async () => {
  const wire = new Wire();
  const publisher = wire.publisher();
  void publisher.publish("a", "").catch(() => {});
  await settle();
  const second = publisher.publish("b", "");
  while (wire.sent.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  wire.answer(1, { seq: 2 });
  assert.equal(await second, 2);
  wire.close();
});

Deno.test("Publisher sends large messages at once", async () => {
  const wire = new Wire();
  const publisher = wire.publisher();
  const all = ["a", "b"].map((subject) => publisher.publish(subject, new Uint8Array(300_000)));
  assert.deepEqual(wire.subjects, ["a", "b"]);
  wire.close();
  assert.ok((await Promise.allSettled(all)).every(({ status }) => status === "rejected"));
});

Deno.test("Publisher tells why a stream does not take a message, and goes on", async () => {
  const wire = new Wire();
  const publisher = wire.publisher();
  const refused = publisher.publish("a", "", { "Nats-Expected-Last-Subject-Sequence": "3" });
  await settle();
  assert.deepEqual(wire.sent[0]?.headers, { "Nats-Expected-Last-Subject-Sequence": "3" });
  const error = { code: 400, err_code: 10_071, description: "wrong last sequence: 4" };
  wire.answer(0, { error });
  await assert.rejects(refused, { name: "JetStreamApiError", code: 10_071 });
  const nobody = publisher.publish("a", "");
  await settle();
  wire.answer(1, undefined, 503);
  await assert.rejects(nobody, /no leader/);
  wire.close();
});

Deno.test("Publisher gives a message up that nobody answers to, and takes no late answer for another's", async () => {
  const wire = new Wire();
  const publisher = wire.publisher(1);
  await assert.rejects(publisher.publish("a", ""), /timeout/);
  wire.answer(0, { seq: 1 });
  const next = publisher.publish("a", "");
  await settle();
  wire.answer(1, { seq: 2 });
  assert.equal(await next, 2);
  wire.close();
});

Deno.test("Publisher fails what is under way, waits, and comes when the connection is closed", async () => {
  const wire = new Wire();
  const publisher = wire.publisher();
  const first = publisher.publish("a", "");
  await settle();
  const second = publisher.publish("b", "");
  wire.close();
  await assert.rejects(first, /closed/);
  await assert.rejects(second, /closed/);
  await assert.rejects(publisher.publish("c", ""), /closed/);
});
