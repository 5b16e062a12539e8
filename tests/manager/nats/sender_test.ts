import assert from "node:assert/strict";
import { systemClock } from "../../../src/shared/clock.ts";
import type { Link, Outcome } from "../../../src/manager/nats/link.ts";
import { MessageSealer, type OutgoingMessage } from "../../../src/manager/nats/message_sealer.ts";
import { natsSchema } from "../../../src/manager/nats/options_schema.ts";
import { Outbox } from "../../../src/manager/nats/outbox.ts";
import { Sender } from "../../../src/manager/nats/sender.ts";
import { Store } from "../../../src/manager/store.ts";
import { LoggedLines, until } from "./scene.ts";

const TAKEN: Outcome = { kind: "taken", duplicate: false };
const DUPLICATE: Outcome = { kind: "taken", duplicate: true };
const LATE: Outcome = { kind: "unknown", reason: "it did not answer in time" };

/** A sender whose connections answer with what `answers` says, one after the other. */
class Scene implements AsyncDisposable {
  readonly sent: number[][] = [];
  readonly audit: { event: string; messages: unknown }[] = [];
  readonly sender: Sender;
  readonly #store = new Store({ path: ":memory:", keepEvents: 10, idempotencyKeys: 10 });
  readonly #outbox = new Outbox(this.#store.database, { maxMessages: 100, nowMs: 0 });

  constructor(messages: number, answers: Outcome[][]) {
    if (messages > 0) this.add(messages);
    this.sender = new Sender({
      options: natsSchema.parse({ reconnect_delay: "10ms", jetstream: true }),
      outbox: this.#outbox,
      sealer: new MessageSealer({ node: "n", signingKey: undefined, cipher: undefined }),
      clock: systemClock,
      audit: { write: (event, { messages }) => this.audit.push({ event, messages }) },
      connect: () => Promise.resolve(this.#link(answers)),
    });
  }

  add(messages: number): void {
    const draft = { kind: "alert", subject: "a", document: () => ({}) } as const;
    this.#outbox.append(Array.from({ length: messages }, () => draft)).committed();
  }

  async done(): Promise<void> {
    this.sender.start();
    await until(() => this.#outbox.size === 0, "everything sent");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sender.stop();
    this.#store.close();
  }

  #link(answers: Outcome[][]): Link {
    const gone = Promise.withResolvers<void>();
    return {
      server: "fake",
      isClosed: false,
      closed: gone.promise,
      send: (messages: readonly OutgoingMessage[]) => {
        this.sent.push(messages.map(({ id }) => Number(id.replace("n-", ""))));
        return Promise.resolve(answers.shift() ?? []);
      },
      close: () => Promise.resolve(gone.resolve()),
    };
  }
}

Deno.test("Sender sends again only what was not confirmed when answers fail to come", async () => {
  using _logged = new LoggedLines();
  await using scene = new Scene(5, [[TAKEN, LATE, TAKEN, LATE, TAKEN], [DUPLICATE, TAKEN]]);
  await scene.done();
  assert.deepEqual(scene.sent, [[1, 2, 3, 4, 5], [2, 4]]);
  assert.deepEqual(
    scene.audit.filter(({ event }) => event !== "published"),
    [
      { event: "connected", messages: undefined },
      { event: "publish_failed", messages: 2 },
      { event: "disconnected", messages: undefined },
      { event: "connected", messages: undefined },
    ],
  );
  assert.deepEqual([scene.sender.stats().published, scene.sender.stats().failures], [5, 1]);
});

Deno.test("Sender takes no repeated message for one of another manager", async () => {
  using logged = new LoggedLines();
  await using scene = new Scene(1, [[DUPLICATE], [LATE], [DUPLICATE], [DUPLICATE]]);
  // Message 1 may have been sent before a restart.
  await scene.done();
  assert.equal(scene.sender.stats().duplicates, 0);
  // Message 2 is sent again, message 3 is not.
  for (const _ of [2, 3]) {
    scene.add(1);
    scene.sender.wake();
    await scene.done();
  }
  assert.deepEqual(scene.sent, [[1], [2], [2], [3]]);
  const { published, duplicates } = scene.sender.stats();
  assert.deepEqual([published, duplicates], [2, 1]);
  assert.match(logged.lines.at(-1) ?? "", /ANOTHER MANAGER USES THE NODE NAME/);
});

Deno.test("Sender warns of the connection once, and sums up when something is published", async () => {
  using logged = new LoggedLines();
  await using scene = new Scene(1, [[LATE], [LATE], [LATE], [TAKEN]]);
  await scene.done();
  const warnings = logged.lines.filter((line) => line.startsWith("warning"));
  const warning = "warning Cannot publish to NATS at fake: it did not answer in time";
  assert.equal(warnings[0], warning);
  assert.match(warnings.slice(1).join(), /^[^,]+ \(repeated 2 times in \d+ s\)$/);
  assert.equal(logged.lines.at(-1), "info Messages are published to NATS again");
});
