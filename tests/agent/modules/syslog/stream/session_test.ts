import assert from "node:assert/strict";
import type { EventSink } from "../../../../../src/agent/modules/collector.ts";
import { Counts } from "../../../../../src/agent/modules/syslog/counts.ts";
import { Intake } from "../../../../../src/agent/modules/syslog/intake.ts";
import { Session } from "../../../../../src/agent/modules/syslog/stream/session.ts";
import { FakeClock, settle } from "../../../../support/fake_clock.ts";
import { RecordingSink } from "../../support/recording_sink.ts";

const LIMITS = { idleMs: 3_600_000, withinMs: 30_000 };

/** A session whose pieces the test sends. */
class SessionScene {
  readonly clock = new FakeClock();
  readonly sink = new RecordingSink();
  readonly session: Session;
  readonly ended: Promise<void>;
  readonly #pieces = new TransformStream<Uint8Array, Uint8Array>();
  readonly #writer = this.#pieces.writable.getWriter();

  constructor(sink: EventSink = this.sink) {
    const intake = new Intake(sink, this.clock);
    this.session = new Session({
      peer: {},
      chunks: () => this.#pieces.readable,
      close: () => void this.#writer.close().catch(() => {}),
    }, {
      transport: "tcp",
      framing: "auto",
      maxMessageBytes: 1_000,
      intake,
      counts: new Counts(),
      clock: this.clock,
      complain() {},
    });
    this.ended = this.session.run(new AbortController().signal);
  }

  async say(text: string): Promise<void> {
    this.#writer.write(new TextEncoder().encode(text)).catch(() => {});
    await settle();
  }

  /** Whether it is over after `seconds`. */
  async isOverAfter(seconds: number): Promise<boolean> {
    await this.clock.advance(seconds * 1_000);
    return this.session.isOver(LIMITS);
  }
}

Deno.test("Session is over when a message does not end in time, however often a piece of it comes", async () => {
  const scene = new SessionScene();
  await scene.say("<13>one\n");
  await scene.say("<13>two");
  for (let count = 0; count < 3; count++) {
    await scene.say(".");
    assert.equal(await scene.isOverAfter(10), false);
  }
  assert.equal(await scene.isOverAfter(1), true);
  scene.session.close();
  await scene.ended;
  assert.deepEqual(scene.sink.lines, ["<13>one", "<13>two..."]);
});

Deno.test("Session is not over while messages come, whether or not another one has begun", async () => {
  const scene = new SessionScene();
  for (let count = 0; count < 3; count++) {
    await scene.say("<13>half\n<13>other ");
    assert.equal(await scene.isOverAfter(25), false);
  }
  scene.session.close();
  await scene.ended;
});

Deno.test("Session is over when nothing comes for the idle time, or nothing at all soon", async () => {
  const [quiet, mute] = [new SessionScene(), new SessionScene()];
  await quiet.say("<13>one\n");
  assert.equal(await quiet.isOverAfter(3_600), false);
  assert.equal(await quiet.isOverAfter(1), true);
  assert.equal(await mute.isOverAfter(3_599), false);
  for (const { session, ended } of [quiet, mute]) {
    session.close();
    await ended;
  }
});

Deno.test("Session that waits for the queue is not over for that", async () => {
  const scene = new SessionScene();
  scene.sink.pushBack();
  await scene.say("<13>one\n<13>tw");
  assert.equal(await scene.isOverAfter(7_200), false);
  scene.sink.open();
  await settle();
  assert.equal(scene.session.isOver(LIMITS), false);
  await scene.say("o\n");
  scene.session.close();
  await scene.ended;
  assert.deepEqual(scene.sink.lines, ["<13>one", "<13>two"]);
});

Deno.test("Session tells when its messages cannot be stored", async () => {
  const scene = new SessionScene({
    append: () => Promise.reject(new Error("disk is broken")),
    checkpoints: () => new Map(),
  });
  const failed = assert.rejects(scene.ended, /disk is broken/);
  await scene.say("<13>one\n");
  await failed;
});
