import assert from "node:assert/strict";
import { HISTORY_SCHEMA } from "../../../../src/agent/modules/history/history_table.ts";
import { ModuleHistory } from "../../../../src/agent/modules/history/module_history.ts";
import type { ModuleStatus } from "../../../../src/shared/protocol/part_status.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { openQueue, TempFolder } from "../../../support/queues.ts";
import { MODULE, PACKAGES } from "../../../support/status_documents.ts";

/** Opens the history as a start of the agent does. */
function start(folder: TempFolder, clock: FakeClock) {
  const queue = openQueue(folder, { parts: [HISTORY_SCHEMA] });
  const history = new ModuleHistory({
    look: (read) => queue.look(read),
    transact: (write) => queue.transact(({ database }) => write(database)),
    clock,
  });
  return { queue, history };
}

function seen(events: number, peak: number): ModuleStatus {
  const statistics = { ...MODULE.statistics, child_peak_bytes: peak, errors: { run: 1 } };
  return { ...MODULE, events, statistics, states: [{ ...PACKAGES, creates: 10 }] };
}

Deno.test("ModuleHistory adds up over starts, takes the greatest of peaks, and keeps since when", async () => {
  using folder = new TempFolder();
  const clock = new FakeClock();
  const begin = new Date(clock.now()).toISOString();
  const first = start(folder, clock);
  await first.history.save([seen(5, 900)]);
  await first.history.save([seen(7, 900)]);
  first.queue.close();
  await clock.advance(1_000);
  const second = start(folder, clock);
  const { ever, states } = second.history.withEver(seen(3, 400));
  assert.equal(ever?.since, begin);
  assert.deepEqual(
    [ever?.figures.events, ever?.figures.child_peak_bytes, ever?.figures.errors_run],
    [10, 900, 2],
  );
  assert.equal(states?.[0]?.ever?.figures.creates, 20);
  second.queue.close();
});

Deno.test("ModuleHistory.saveNowAndThen() stores once a minute", async () => {
  using folder = new TempFolder();
  const clock = new FakeClock();
  const { queue, history } = start(folder, clock);
  let asked = 0;
  const modules = () => {
    asked++;
    return [seen(1, 1)];
  };
  await history.saveNowAndThen(modules);
  await clock.advance(60_000);
  await history.saveNowAndThen(modules);
  await history.saveNowAndThen(modules);
  assert.equal(asked, 1);
  queue.close();
});
