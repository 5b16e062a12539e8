import assert from "node:assert/strict";
import { RestartExecutor } from "../../../../src/agent/commands/executors/restart.ts";
import { StatusExecutor } from "../../../../src/agent/commands/executors/status.ts";
import { settle } from "../../../support/fake_clock.ts";

function restart(requestRestart: () => void, checkConfiguration = () => Promise.resolve()) {
  return new RestartExecutor({ requestRestart, checkConfiguration, takeTurn: () => {} });
}

Deno.test("restart fails and asks for nothing while the configuration is not valid", async () => {
  let asked = 0;
  const executor = restart(() => asked++, () => Promise.reject(new Error("line 3 is wrong")));
  const context = { document_id: "1", signal: new AbortController().signal };
  await assert.rejects(executor.execute({}, context), /line 3 is wrong/);
  assert.equal(asked, 0);
});

Deno.test("status answers with the status document", async () => {
  const executor = new StatusExecutor(() => Promise.resolve({ schema: 1, running: true }));
  assert.deepEqual(await executor.execute(), {
    code: 0,
    message: "status",
    data: '{"schema":1,"running":true}',
  });
});

Deno.test("restart asks once and ends only when the agent stops, without a result", async () => {
  let asked = 0;
  const executor = restart(() => asked++);
  const stop = new AbortController();
  const running = executor.execute({}, { document_id: "1", signal: stop.signal });
  let settled = false;
  const end = assert.rejects(running.finally(() => settled = true), /stopping/);
  await settle();
  assert.deepEqual([asked, settled, executor.resultAfterRestart], [1, false, true]);
  stop.abort(new Error("stopping"));
  await end;
});

Deno.test("restart asks for nothing when it is aborted before", async () => {
  let asked = 0;
  const executor = restart(() => asked++);
  const context = { document_id: "1", signal: AbortSignal.abort(new Error("stopping")) };
  await assert.rejects(executor.execute({}, context), /stopping/);
  assert.equal(asked, 0);
});

Deno.test("status and restart take no arguments, also as the empty list of older servers", () => {
  for (const { args } of [new StatusExecutor(() => ({})), restart(() => {})]) {
    for (const none of [{}, []]) assert.deepEqual(args.parse(none), {});
    for (const some of [{ x: 1 }, ["x"], "x", 1]) assert(!args.safeParse(some).success);
  }
});
