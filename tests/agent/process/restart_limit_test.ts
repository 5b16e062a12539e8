import assert from "node:assert/strict";
import { writeFileAtomically } from "../../../src/agent/identity/atomic_write.ts";
import { RestartLimit } from "../../../src/agent/process/restart_limit.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { TempFolder } from "../../support/queues.ts";

/** A limit as the next process would make it. */
function limit(folder: TempFolder, clock: FakeClock): RestartLimit {
  return new RestartLimit({ dataFolder: folder.path, clock, write: writeFileAtomically });
}

Deno.test("RestartLimit.take() allows one restart a minute, also by the next process, and says when", () => {
  using folder = new TempFolder();
  const clock = new FakeClock();
  limit(folder, clock).take();
  const at = new Date(clock.now() + 60_000).toISOString();
  clock.jumpTo(clock.now() + 59_999);
  const tooSoon = new RegExp(`less than a minute ago; the next restart is possible at ${at}`);
  for (let process = 0; process < 24; process++) {
    assert.throws(() => limit(folder, clock).take(), tooSoon);
  }
  clock.jumpTo(clock.now() + 1);
  limit(folder, clock).take();
});

Deno.test("RestartLimit.take() is held up for a minute at most by a clock that was set back", () => {
  using folder = new TempFolder();
  const clock = new FakeClock();
  limit(folder, clock).take();
  clock.jumpTo(clock.now() - 86_400_000);
  assert.throws(() => limit(folder, clock).take(), /next restart is possible/);
  clock.jumpTo(clock.now() + 60_000);
  limit(folder, clock).take();
});

Deno.test("RestartLimit.take() begins anew when its file says nothing", () => {
  using folder = new TempFolder();
  Deno.writeTextFileSync(folder.file("last-restart"), "soon\n");
  limit(folder, new FakeClock()).take();
});
