import assert from "node:assert/strict";
import { BackgroundOutput } from "../../../src/shared/log/background_output.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";

/** A pipe whose reader a test plays. */
class Pipe {
  readonly #bytes: number[] = [];
  /** What a write gets in place of being taken. */
  failure: Error | undefined;
  /** Most bytes that one write takes. */
  most = Infinity;
  #reader = Promise.withResolvers<void>();

  constructor({ read = true } = {}) {
    if (read) this.#reader.resolve();
  }

  get text(): string {
    return new TextDecoder().decode(Uint8Array.from(this.#bytes));
  }

  /** Lets every write go on. */
  read(): void {
    this.#reader.resolve();
  }

  async write(bytes: Uint8Array): Promise<number> {
    await this.#reader.promise;
    if (this.failure !== undefined) throw this.failure;
    const taken = bytes.subarray(0, this.most);
    this.#bytes.push(...taken);
    return taken.length;
  }
}

function build(pipe: Pipe, maxCharacters = 1_000) {
  const clock = new FakeClock();
  const told: number[] = [];
  const output = new BackgroundOutput(pipe, {
    clock,
    maxCharacters,
    onDropped(lines) {
      told.push(lines);
      output.write(`${lines} dropped\n`);
    },
  });
  return { output, clock, told };
}

Deno.test("BackgroundOutput writes everything, in order, also when writes are taken in parts", async () => {
  const pipe = new Pipe();
  pipe.most = 3;
  const { output } = build(pipe);
  for (const line of ["one\n", "zwölf\n", "three\n"]) output.write(line);
  await output.flush();
  assert.equal(pipe.text, "one\nzwölf\nthree\n");
});

Deno.test("BackgroundOutput keeps a bounded number of lines for a reader that is away, and tells the gap in its place", async () => {
  const pipe = new Pipe({ read: false });
  const { output, told } = build(pipe, 30);
  for (let index = 0; index < 10; index++) output.write(`line ${index}\n`);
  await settle();
  assert.deepEqual(told, []);
  pipe.read();
  await output.flush();
  output.write("after\n");
  await output.flush();
  assert.deepEqual(pipe.text.split("\n"), [
    "line 0",
    "line 1",
    "line 2",
    "line 3",
    "line 4",
    "5 dropped",
    "after",
    "",
  ]);
});

Deno.test("BackgroundOutput takes nothing more before a gap has been told", async () => {
  const pipe = new Pipe({ read: false });
  const { output } = build(pipe, 30);
  output.write("first\n");
  output.write("x".repeat(24) + "\n");
  output.write("y".repeat(24) + "\n");
  output.write("short\n");
  pipe.read();
  await output.flush();
  assert.equal(pipe.text, `first\n${"x".repeat(24)}\n2 dropped\n`);
});

Deno.test("BackgroundOutput.flush() gives up after a second without a reader", async () => {
  const { output, clock } = build(new Pipe({ read: false }));
  output.write("line\n");
  let flushed = false;
  const flushing = output.flush().then(() => flushed = true);
  await clock.advance(999);
  assert.equal(flushed, false);
  await clock.advance(1);
  await flushing;
});

Deno.test("BackgroundOutput.flush() is done at once when nothing waits", async () => {
  await build(new Pipe({ read: false })).output.flush();
});

Deno.test("BackgroundOutput outlives a reader that is gone, and tells what was lost once writes succeed again", async () => {
  const pipe = new Pipe();
  const { output } = build(pipe);
  pipe.failure = new Deno.errors.BrokenPipe();
  output.write("lost\n");
  await output.flush();
  output.write("lost too\n");
  await output.flush();
  pipe.failure = undefined;
  output.write("back\n");
  await output.flush();
  assert.equal(pipe.text, "back\n2 dropped\n");
});

Deno.test("BackgroundOutput asks again when a full pipe does not wait by itself", async () => {
  const pipe = new Pipe();
  const { output, clock } = build(pipe);
  pipe.failure = new Deno.errors.WouldBlock();
  output.write("line\n");
  await clock.advance(200);
  assert.equal(pipe.text, "");
  pipe.failure = undefined;
  await clock.advance(50);
  assert.equal(pipe.text, "line\n");
});
