import assert from "node:assert/strict";
import fc from "fast-check";
import { LogFolder, RELOAD_INTERVAL_MS } from "../../agent/modules/support/log_folder.ts";
import type { FuzzTarget } from "../harness/target.ts";

/** What a program, and whoever looks after its logs, does between two looks of the collector. */
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("write" as const),
      lines: fc.array(fc.stringMatching(/^[ -~é€😀]{1,30}$/u), { maxLength: 6 }),
      end: fc.constantFrom("\n", "\r\n"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("begin" as const),
      text: fc.stringMatching(/^[a-z€]{1,20}$/u),
    }),
  },
  fc.record({ kind: fc.constantFrom("rotate", "look", "restart") }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A program that numbers its lines, in a file whose lines may be begun and ended later. */
class Writer {
  readonly written: string[] = [];
  #begun: string | undefined;

  constructor(readonly folder: LogFolder) {
    folder.append("app.log", "");
  }

  write(lines: readonly string[], end: string): void {
    for (const line of lines) {
      this.begin(line);
      this.folder.append("app.log", end);
      this.written.push(this.#begun ?? "");
      this.#begun = undefined;
    }
  }

  begin(text: string): void {
    const more = this.#begun === undefined ? `${this.written.length} ${text}` : text;
    this.folder.append("app.log", more);
    this.#begun = (this.#begun ?? "") + more;
  }

  endLine(): void {
    if (this.#begun !== undefined) this.write([""], "\n");
  }

  rotate(): void {
    this.endLine();
    for (let number = 9; number >= 1; number--) {
      this.#rename(`app.log.${number}`, `app.log.${number + 1}`);
    }
    this.#rename("app.log", "app.log.1");
    this.folder.append("app.log", "");
  }

  #rename(from: string, to: string): void {
    try {
      this.folder.rename(from, to);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

async function perform(step: Step, writer: Writer): Promise<void> {
  const { folder } = writer;
  if ("lines" in step) return writer.write(step.lines, step.end);
  if ("text" in step) return writer.begin(step.text);
  if (step.kind === "rotate") return writer.rotate();
  if (step.kind === "look") return await folder.pass();
  await folder.stop();
  await folder.start();
}

export const target: FuzzTarget = {
  about: "every line of a file that grows and rotates arrives once and in order",
  weight: 0.12,
  open: () => ({
    property: fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
      await using folder = new LogFolder({ startAt: "beginning" });
      const writer = new Writer(folder);
      await folder.start();
      for (const step of steps) await perform(step, writer);
      writer.endLine();
      await folder.pass(3 * RELOAD_INTERVAL_MS);
      assert.deepEqual(folder.sink.lines, writer.written);
    }),
  }),
};
