import assert from "node:assert/strict";
import type { EntryPlace } from "../../../../src/agent/modules/journald/journalctl.ts";
import { type Position, positionAt } from "../../../../src/agent/modules/journald/position.ts";
import { whenStuck } from "../../../../src/agent/modules/journald/watch.ts";
import { MemoryClock } from "../../../support/fake_clock.ts";
import { cursorOf } from "./support/export_text.ts";

const place = (number: number): EntryPlace => ({ cursor: cursorOf(number), realtimeUs: number });

/** A reading at entry 5 of a journal, under the watch. */
class Watched implements AsyncDisposable {
  readonly clock = new MemoryClock();
  readonly passedTo: EntryPlace[] = [];
  mark: number | undefined = 1;
  position: Position | undefined = positionAt(place(5), undefined);
  newest: { any: number; matching: number } | "fails" = { any: 5, matching: 5 };
  isFiltered = true;
  stuckFor: string | undefined;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  constructor() {
    const journal = {
      isFiltered: this.isFiltered,
      newest: (which: "matching" | "any") =>
        this.newest === "fails"
          ? Promise.reject(new Error("no answer"))
          : Promise.resolve(place(this.newest[which])),
    };
    this.#ended = whenStuck(this, { journal, clock: this.clock, signal: this.#stop.signal })
      .then((reason) => void (this.stuckFor = reason), () => {});
  }

  passTo(to: EntryPlace): Promise<void> {
    this.passedTo.push(to);
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }
}

Deno.test("whenStuck() says so two minutes after newer entries were there and none came", async () => {
  await using watched = new Watched();
  watched.newest = { any: 9, matching: 9 };
  await watched.clock.advance(419_000);
  assert.equal(watched.stuckFor, undefined);
  await watched.clock.advance(1_000);
  assert.match(watched.stuckFor ?? "", /told nothing for two minutes/);
  assert.deepEqual(watched.passedTo, []);
});

Deno.test("whenStuck() moves the place on when nothing of what the filters want is newer", async () => {
  await using watched = new Watched();
  watched.newest = { any: 9, matching: 5 };
  await watched.clock.advance(300_000);
  assert.deepEqual(watched.passedTo, [place(9)]);
  watched.position = positionAt(place(9), watched.position);
  await watched.clock.advance(600_000);
  assert.deepEqual([watched.passedTo.length, watched.stuckFor], [1, undefined]);
});

Deno.test("whenStuck() is patient while entries come, while the queue is full, and when nobody answers", async () => {
  await using watched = new Watched();
  watched.newest = { any: 9, matching: 9 };
  await watched.clock.advance(310_000);
  watched.mark = 2;
  await watched.clock.advance(200_000);
  watched.mark = undefined;
  await watched.clock.advance(900_000);
  watched.mark = 2;
  watched.newest = "fails";
  await watched.clock.advance(900_000);
  assert.deepEqual([watched.passedTo, watched.stuckFor], [[], undefined]);
});
