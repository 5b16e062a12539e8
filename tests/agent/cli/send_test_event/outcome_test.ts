import assert from "node:assert/strict";
import { errorAnswer, errorOfAnswer } from "../../../../src/agent/control/error_body.ts";
import { deliverTestEvents } from "../../../../src/agent/cli/send_test_event/delivery.ts";
import {
  type DeliveryOutcome,
  notOpened,
  outcomeJson,
  outcomeOf,
  outcomeText,
  stoppedText,
} from "../../../../src/agent/cli/send_test_event/outcome.ts";
import type { Route } from "../../../../src/agent/cli/send_test_event/route.ts";
import { AgentError, exitStatus } from "../../../../src/shared/errors.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import type { SpanReport } from "../../../../src/shared/protocol/local_api.ts";
import type { EventSpan } from "../../../../src/shared/protocol/stored_events.ts";

type TestDelivery = Parameters<typeof deliverTestEvents>[1];

const ended = () => new AgentError("not_running", "The agent is not running");

/** A route that stores a thousand events with each append; `parts` say what goes another way. */
function routeWith(parts: Partial<Route>): Route {
  let stored = 0;
  return {
    via: "running agent",
    append(stream) {
      const first_event = stored + 1;
      stored += 1_000;
      return Promise.resolve({ stream, first_event, last_event: stored });
    },
    report: (span) => Promise.resolve(reportOf(span)),
    problem: () => Promise.resolve(undefined),
    [Symbol.asyncDispose]: () => Promise.resolve(),
    ...parts,
  };
}

/** All acknowledged, but for what `parts` say. */
function reportOf(span: EventSpan, parts: Partial<SpanReport> = {}): SpanReport {
  const acknowledged_events = span.last_event - span.first_event + 1;
  const none = { dead_lettered_events: 0, open_events: 0, batches: [] };
  return { acknowledged_events, ...none, ...parts };
}

async function deliver(
  route: Route,
  { timeoutMs = 60_000, signal = new AbortController().signal }: Partial<TestDelivery> = {},
): Promise<DeliveryOutcome> {
  const clock = new FakeClock();
  const delivery = { stream: "stateless", count: 3_000, timeoutMs, clock, signal } as const;
  return await outcomeOf(
    await deliverTestEvents(route, { ...delivery, onProgress: () => {} }),
    route,
    signal,
  );
}

/** What the command throws, after a look at whether the JSON document tells the same. */
function failureOf(outcome: DeliveryOutcome): AgentError {
  const { failed_step, reason } = JSON.parse(outcomeJson(outcome));
  const error = outcome.failure?.error;
  assert(error instanceof AgentError);
  assert.ok(error.message.startsWith(`Step "${failed_step}" failed: `), error.message);
  assert.ok(error.message.includes(reason), error.message);
  return error;
}

Deno.test("a queue that dropped the events says the same with and without a running agent", async () => {
  const dropped = new AgentError("not_acknowledged", "The queue is full and dropped the events", {
    hint: "agent status shows how full the queue is",
  });
  const { body, status } = errorAnswer(dropped);
  const failures = [
    { via: "queue", error: dropped },
    { via: "running agent", error: errorOfAnswer(body, status) },
  ] as const;
  for (const { via, error } of failures) {
    const route = routeWith({ via, append: () => Promise.reject(error) });
    const failure = failureOf(await deliver(route));
    assert.equal(
      failure.message,
      'Step "store" failed: the queue is full and dropped the events',
    );
    assert.equal(failure.hint, "agent status shows how full the queue is");
    assert.equal(exitStatus(failure), 14);
  }
});

Deno.test("an append that fails half-way tells what had been stored by then", async () => {
  const { append } = routeWith({});
  let calls = 0;
  const route = routeWith({
    append: (...args) =>
      ++calls < 3 ? append(...args) : Promise.reject(new Error("database or disk is full")),
  });
  const outcome = await deliver(route);
  assert.match(
    failureOf(outcome).message,
    /: database or disk is full \(2000 events stored before, kept in the queue\)$/,
  );
  assert.equal(JSON.parse(outcomeJson(outcome)).stored_events, 2_000);
});

Deno.test("a running agent that ends while its answer is awaited leaves the rest in the queue", async () => {
  const route = routeWith({
    report: (span) =>
      span.first_event === 1 ? Promise.resolve(reportOf(span)) : Promise.reject(ended()),
  });
  const outcome = await deliver(route);
  const failure = failureOf(outcome);
  assert.equal(
    failure.message,
    'Step "acknowledge" failed: the running agent has ended ' +
      "(2000 events are in the queue and leave with the next start)",
  );
  assert.equal(failure.hint, "start the agent: agent run");
  assert.equal(exitStatus(failure), 14);
  const { acknowledged_events, open_events } = JSON.parse(outcomeJson(outcome));
  assert.deepEqual({ acknowledged_events, open_events }, {
    acknowledged_events: 1_000,
    open_events: 2_000,
  });
});

Deno.test("a running agent that ends before it can say what is wrong is no other case", async () => {
  const route = routeWith({
    report: (span) => Promise.resolve(reportOf(span, { acknowledged_events: 0, open_events: 1 })),
    problem: () => Promise.reject(ended()),
  });
  assert.match(
    failureOf(await deliver(route, { timeoutMs: 0 })).message,
    /has ended \(3 events are in the queue and leave with the next start\)$/,
  );
});

Deno.test("refused events fail the step acknowledge with the server's reason", async () => {
  const batch = {
    id: "b",
    stream: "stateless",
    first_event: 1,
    last_event: 1_000,
    outcome: "dead_lettered",
    status: 400,
    reason: "Bad event",
    refused_events: 0,
    at_ms: 0,
  } as const;
  const route = routeWith({
    report: (span) =>
      Promise.resolve(
        span.first_event > 1 ? reportOf(span) : reportOf(span, {
          acknowledged_events: 999,
          dead_lettered_events: 1,
          batches: [batch],
        }),
      ),
  });
  const outcome = await deliver(route);
  const failure = failureOf(outcome);
  assert.match(failure.message, /the server refused 1 event: Bad event$/);
  assert.equal(exitStatus(failure), 13);
  assert.equal(outcome.failure?.reason, "Bad event");
});

Deno.test("events too late: what to do depends on whether an agent runs", async () => {
  const report: Route["report"] = (span) =>
    Promise.resolve(reportOf(span, { acknowledged_events: 0, open_events: 1 }));
  const hints = [
    ["queue", "start the agent: agent run"],
    ["running agent", "agent status shows what the agent is waiting for"],
  ] as const;
  for (const [via, hint] of hints) {
    const failure = failureOf(await deliver(routeWith({ via, report }), { timeoutMs: 0 }));
    assert.equal(failure.hint, hint);
    assert.match(failure.message, /no answer yet \(3 events not acknowledged in time, kept in/);
  }
});

Deno.test("a signal while events are awaited: what is stored stays, and the document is whole", async () => {
  const endings = [
    ["queue", "with the next start"],
    ["running agent", "with the running agent"],
  ] as const;
  for (const [via, how] of endings) {
    const stop = new AbortController();
    const report: Route["report"] = (span) => {
      stop.abort("SIGINT");
      return Promise.resolve(reportOf(span, { acknowledged_events: 999, open_events: 1 }));
    };
    const outcome = await deliver(routeWith({ via, report }), { signal: stop.signal });
    assert.equal(outcome.failure?.error, "SIGINT");
    assert.equal(
      stoppedText(outcome),
      `Stopped by SIGINT: 2001 events are in the queue and leave ${how}\n`,
    );
    const { failed_step, reason, open_events } = JSON.parse(outcomeJson(outcome));
    assert.deepEqual([failed_step, reason, open_events], [
      "acknowledge",
      "stopped by SIGINT",
      2_001,
    ]);
  }
});

Deno.test("there is a document also when there is no way into the queue", () => {
  const error = new AgentError("not_registered", "Agent is not registered");
  const { via, failed_step, reason } = JSON.parse(outcomeJson(notOpened(error)));
  assert.deepEqual([via, failed_step, reason], [null, "open", "Agent is not registered"]);
});

Deno.test("events too late: what is known to be in the way says what to do, not that the agent be started", async () => {
  for (const via of ["queue", "running agent"] as const) {
    const route = routeWith({
      via,
      report: (span) => Promise.resolve(reportOf(span, { acknowledged_events: 0, open_events: 1 })),
      problem: () =>
        Promise.resolve({
          step: "log in",
          refused: false,
          reason: "certificate of https://m:27000 is not trusted",
          hint: "set agent.ca_cert",
        }),
    });
    const failure = failureOf(await deliver(route, { timeoutMs: 0 }));
    assert.equal(failure.hint, "set agent.ca_cert");
  }
});

/** The text for a person after two stateful events, answered as `create` and `remove` say. */
async function textAfter(
  create: Partial<SpanReport>,
  remove: Partial<SpanReport>,
): Promise<{ text: string; appends: number; json: Record<string, unknown> }> {
  let appends = 0;
  const route = routeWith({
    append: (stream) => {
      appends++;
      return Promise.resolve({ stream, first_event: 2 * appends - 1, last_event: 2 * appends });
    },
    report: (span) => Promise.resolve(reportOf(span, span.first_event === 1 ? create : remove)),
  });
  const { signal } = new AbortController();
  const clock = new FakeClock();
  const delivery = { stream: "stateful", count: 2, timeoutMs: 60_000, clock, signal } as const;
  const result = await deliverTestEvents(route, { ...delivery, onProgress: () => {} });
  const outcome = await outcomeOf(result, route, signal);
  return { text: outcomeText(outcome), appends, json: JSON.parse(outcomeJson(outcome)) };
}

function batchWith(refused_events: number, reason: string | null): SpanReport["batches"][number] {
  return {
    id: "b",
    stream: "stateful",
    first_event: 1,
    last_event: 2,
    outcome: "acknowledged",
    status: 207,
    reason,
    refused_events,
    at_ms: 0,
  };
}

Deno.test("outcomeText() calls no batch acknowledged of which every event was refused, and deletes no document that was never made", async () => {
  const refused = {
    acknowledged_events: 0,
    dead_lettered_events: 2,
    batches: [batchWith(2, "no field {foo}")],
  };
  const { text, appends, json } = await textAfter(refused, {});
  assert.match(
    text,
    /^Acknowledged 0 events .*\n {2}batch b {2}refused {2}status 207 {2}2 events\n$/,
  );
  assert.equal(appends, 1);
  assert.deepEqual([json.deleted_documents, json.reason], [0, "no field {foo}"]);
  const [batch] = json.batches as { outcome: string; refused_events: number }[];
  assert.deepEqual([batch?.outcome, batch?.refused_events], ["dead_lettered", 2]);
});

Deno.test("outcomeText() tells documents that were deleted from deletions that were refused or are open", async () => {
  const one = { acknowledged_events: 1, dead_lettered_events: 1, batches: [batchWith(1, "bad")] };
  const partly = await textAfter(one, {});
  assert.match(
    partly.text,
    /batch b {2}acknowledged {2}status 207 {2}2 events, 1 of them refused\n/,
  );
  assert.match(partly.text, / {2}1 test document \(package "agent-test-event"\) deleted again\n$/);
  const kept = {
    acknowledged_events: 0,
    dead_lettered_events: 2,
    batches: [batchWith(2, "locked")],
  };
  const { text, json } = await textAfter({}, kept);
  assert.match(text, /\n {2}the server refused 2 deletions: locked\n$/);
  assert.deepEqual([json.deleted_documents, json.refused_deletions], [0, 2]);
});
