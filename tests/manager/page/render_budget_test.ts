import assert from "node:assert/strict";
import { ApiError } from "../../../src/manager/http/api_error.ts";
import { RenderBudget } from "../../../src/manager/page/render_budget.ts";
import { MemoryClock } from "../../support/fake_clock.ts";

/** A budget of which each view takes `costMs`. */
function budgetOf(costMs: number) {
  const clock = new MemoryClock();
  let spentMs = 0;
  const budget = new RenderBudget({
    now: () => clock.now(),
    monotonic: () => clock.monotonic() + spentMs,
    sleep: (durationMs, signal) => clock.sleep(durationMs, signal),
  });
  const view = () => budget.spend(() => void (spentMs += costMs));
  return { clock, view };
}

const isRefused = (error: unknown) =>
  error instanceof ApiError && error.status === 503 &&
  Number(error.toResponse().headers.get("Retry-After")) > 0;

Deno.test("RenderBudget refuses views that take more than a fifth of the time, and no others", async () => {
  const { clock, view } = budgetOf(100);
  let shown = 0;
  await assert.rejects(async () => {
    for (; shown < 100; shown++) await view();
  }, isRefused);
  // A second is saved up, and a fifth of what passes meanwhile comes on top.
  assert.ok(shown >= 10 && shown <= 13, String(shown));
  await clock.advance(1_000);
  await view();
  await clock.advance(60_000);
  for (let count = 0; count < 10; count++) await view();
});

Deno.test("RenderBudget never refuses who looks now and then, however long a view takes", async () => {
  const { clock, view } = budgetOf(900);
  for (let count = 0; count < 5; count++) {
    await view();
    await clock.advance(5_000);
  }
});

Deno.test("RenderBudget charges for a view that fails too", async () => {
  const clock = new MemoryClock();
  let spentMs = 0;
  const budget = new RenderBudget({
    now: () => clock.now(),
    monotonic: () => clock.monotonic() + spentMs,
    sleep: (durationMs, signal) => clock.sleep(durationMs, signal),
  });
  const failing = () =>
    budget.spend(() => {
      spentMs += 5_000;
      throw new Error("no");
    });
  await assert.rejects(failing, /no/);
  await assert.rejects(failing, isRefused);
});
