import assert from "node:assert/strict";
import { CompressionTrial } from "../../../src/agent/dispatch/compression_trial.ts";
import type { DispatcherDeps } from "../../../src/agent/dispatch/types.ts";
import type { Batch } from "../../../src/agent/queue/types.ts";
import type { BatchFate, EventsOutcome } from "../../../src/shared/protocol/exchange.ts";
import { encodeStateful } from "../../../src/shared/protocol/event_encoder.ts";
import { settle } from "../../support/fake_clock.ts";
import { ok, Scene, ScriptedServer } from "./support/scene.ts";

const lost: EventsOutcome = { kind: "retry", reason: "connection lost", unanswered: true };
const refusal = (status = 400, reason = "400 from server: refused"): EventsOutcome => ({
  kind: "give_up",
  status,
  reason,
});

function fates(...answers: BatchFate[]) {
  const asked: string[] = [];
  const askFate = (id: string) => {
    asked.push(id);
    return Promise.resolve(answers.shift() ?? { kind: "unsupported" } as const);
  };
  return { asked, askFate };
}

/** What was set aside, by its first event's text. */
function deadTexts(scene: Scene): number {
  return scene.queue.deadLetters().events;
}

function ledger(scene: Scene): Promise<string[]> {
  return scene.queue.announceLosses(() =>
    encodeStateful({ module: "m", id: "x", operation: "update" })
  )
    .then((losses) => losses.map(({ reason, detail }) => `${reason} (${detail})`));
}

Deno.test("a server that refuses everything for a while costs no event, gets few requests, and the bad event is found afterwards", async () => {
  const server = new ScriptedServer();
  let away = true;
  server.says = (texts) => away || texts.includes("line 33") ? refusal() : undefined;
  await using scene = new Scene(server, { batchEvents: 100, maxInFlight: 4 });
  await scene.append(1000);
  await scene.start();
  for (let second = 0; second < 6; second++) await scene.clock.advance(1000);
  assert.equal(scene.left(), 0);
  assert.match(
    scene.dispatcher.status().failure?.reason ?? "",
    /^refused by the server: 400 from server/,
  );
  const sent = server.tries.reduce((sum, { texts }) => sum + texts.length, 0);
  assert.ok(sent <= 1000, `${sent} events in ${server.tries.length} requests`);
  away = false;
  await scene.passUntilLeft(1000);
  assert.deepEqual([scene.left(), deadTexts(scene)], [1000, 1]);
  assert.equal(scene.dispatcher.status().failure, undefined);
});

Deno.test("while everything is refused single events are tried, and no batch grows out of them", async () => {
  const server = new ScriptedServer();
  let away = true;
  server.says = () => away ? refusal() : undefined;
  await using scene = new Scene(server, { batchEvents: 500, maxInFlight: 2 });
  await scene.append(1000);
  await scene.start();
  await scene.clock.advance(3_000);
  const before = server.tries.length;
  for (let second = 0; second < 30; second++) await scene.clock.advance(1000);
  const sizes = server.tries.slice(before).map(({ texts }) => texts.length);
  assert.ok(sizes.length > 15, `${sizes.length} requests`);
  assert.deepEqual(new Set(sizes), new Set([1]));
  const { failure } = scene.dispatcher.status();
  assert.equal(failure?.tries, server.tries.length);
  away = false;
  await scene.passUntilLeft(1000);
  assert.deepEqual([scene.left(), deadTexts(scene)], [1000, 0]);
});

Deno.test("good events that nothing follows are taken, however many bad ones stand before them", async () => {
  const server = new ScriptedServer();
  const isBad = (text: string) => Number(text.slice(5)) < 12;
  server.says = (texts) => texts.some(isBad) ? refusal() : undefined;
  await using scene = new Scene(server, { batchEvents: 20 });
  await scene.append(20);
  await scene.start();
  const acknowledged = () => scene.queue.account("stateless").acknowledged.events;
  for (let second = 0; second < 60 && acknowledged() < 8; second++) await scene.clock.advance(1000);
  assert.equal(acknowledged(), 8);
});

Deno.test("a server that refuses every request is asked without events until it takes some, and its batches stay", async () => {
  for (const status of [200, 401, 404]) {
    const server = new ScriptedServer();
    let away = true;
    let probes = 0;
    const storm: EventsOutcome = {
      kind: "retry",
      status,
      reason: `${status} for all`,
      ...(status === 401 && { tokenRefused: true }),
    };
    server.says = () => away ? storm : undefined;
    const probe = () => {
      probes++;
      return Promise.resolve(away ? storm : refusal(400, "no events"));
    };
    await using scene = new Scene(server, { batchEvents: 100, maxInFlight: 4 }, "stateless", {
      probe,
    });
    await scene.append(1000, "a long line ".repeat(5));
    await scene.start();
    for (let second = 0; second < 30; second++) await scene.clock.advance(1000);
    assert.ok(server.tries.length < 8, `${server.tries.length} batches`);
    assert.ok(probes > 20 && probes < 40, `${probes} probes`);
    const { failure, retried_batches } = scene.dispatcher.status();
    assert.equal(
      failure?.reason,
      `${status === 401 ? "refused by the server: " : ""}${status} for all`,
    );
    assert.equal(failure?.tries, server.tries.length + probes);
    assert.ok(retried_batches >= probes);
    away = false;
    await scene.passUntilLeft(1000);
    assert.deepEqual([scene.left(), deadTexts(scene)], [1000, 0]);
  }
});

Deno.test("bytes that leave once more with another token count as a retry", async () => {
  const send: DispatcherDeps<Batch>["send"] = (_batch, _body, { onSend }) => {
    onSend?.();
    onSend?.();
    return Promise.resolve(ok);
  };
  await using scene = new Scene(new ScriptedServer(), {}, "stateless", { send });
  await scene.append(20);
  await scene.start();
  await scene.untilLeft(20);
  assert.equal(scene.dispatcher.status().retried_batches, 2);
});

Deno.test("a server that refuses what holds no events and fails for other reasons gets the batch itself", async () => {
  const server = new ScriptedServer({ kind: "retry", status: 403, reason: "403" });
  const probes: EventsOutcome[] = Array.from({ length: 30 }, () => ({
    kind: "retry",
    status: 403,
    reason: "no events, no answer",
  }));
  const probe = () => Promise.resolve(probes.shift() ?? ok);
  await using scene = new Scene(server, {}, "stateless", { probe });
  await scene.append(10, "a long line ".repeat(50));
  await scene.start();
  await scene.passUntilLeft(10, 20);
  assert.deepEqual([scene.left(), server.tries.length, probes.length], [10, 2, 22]);
});

Deno.test("several bad events in a row, the first of all, are told from a fault of the server by what else is taken", async () => {
  for (const bad of [3, 20]) {
    const server = new ScriptedServer();
    const isBad = (text: string) => Number(text.slice(5)) < bad;
    server.says = (texts) => texts.some(isBad) ? refusal() : undefined;
    await using scene = new Scene(server, { batchEvents: 20 });
    await scene.append(40);
    await scene.start();
    await scene.passUntilLeft(40);
    assert.deepEqual([scene.left(), deadTexts(scene)], [40, bad]);
  }
});

Deno.test("a single event is set aside after two refusals over different connections, not after one", async () => {
  const server = new ScriptedServer();
  let cuts = 2;
  server.says = (texts) => {
    if (texts.includes("line 2") && texts.length === 1 && cuts-- > 1) {
      return refusal(400, "body breaks off");
    }
    return texts.length > 1 ? refusal(400, "body breaks off") : undefined;
  };
  await using scene = new Scene(server);
  await scene.append(10);
  await scene.start();
  await scene.passUntilLeft(10);
  assert.deepEqual([scene.left(), deadTexts(scene)], [10, 0]);
  const [first, second] = server.tries.filter(({ texts }) => texts.join() === "line 2");
  assert.deepEqual([first?.newConnection, second?.newConnection], [false, true]);
});

Deno.test("a lone bad event is set aside once the server says something else to a request without events, and else waits", async () => {
  for (
    const [said, dead] of [[ok, 1], [refusal(400, "no event follows"), 1], [refusal(), 0]] as const
  ) {
    const server = new ScriptedServer();
    server.says = () => refusal();
    await using scene = new Scene(server, {}, "stateless", { probe: () => Promise.resolve(said) });
    await scene.append(1);
    await scene.start();
    await scene.clock.advance(1000);
    await scene.passUntilLeft(1, 20);
    assert.equal(deadTexts(scene), dead);
    assert.ok(server.tries.length >= 6 && server.tries.length < 30, `${server.tries.length}`);
  }
});

Deno.test("a lone event that is too large is set aside at once, unless everything is too large", async () => {
  for (const [said, dead] of [[ok, 1], [refusal(413), 0]] as const) {
    const server = new ScriptedServer();
    server.says = () => refusal(413);
    await using scene = new Scene(server, {}, "stateless", { probe: () => Promise.resolve(said) });
    await scene.append(1, "x".repeat(20_000));
    await scene.start();
    await scene.clock.advance(1000);
    await scene.untilLeft(1, 50);
    assert.equal(deadTexts(scene), dead);
  }
});

Deno.test("a server that finds everything with events too large, however small, costs none, and gets full batches afterwards", async () => {
  const server = new ScriptedServer();
  let away = true;
  server.says = () => away ? refusal(413, "413 from server") : undefined;
  const probe = () => Promise.resolve(ok);
  await using scene = new Scene(server, { batchEvents: 100 }, "stateless", { probe });
  await scene.append(300);
  await scene.start();
  for (let second = 0; second < 20; second++) await scene.clock.advance(1000);
  assert.equal(scene.left(), 0);
  const { failure, sent_events } = scene.dispatcher.status();
  assert.match(failure?.reason ?? "", /^refused by the server: 413/);
  assert.ok(server.tries.length < 45, `${server.tries.length} requests in 20 s`);
  assert.ok(sent_events > 100 && sent_events < 130, "those of the search are counted too");
  away = false;
  const before = server.tries.length;
  await scene.passUntilLeft(300);
  assert.deepEqual([scene.left(), deadTexts(scene)], [300, 0]);
  assert.equal(scene.dispatcher.status().sent_events, 300);
  assert.ok(server.tries.slice(before).some(({ texts }) => texts.length === 100), "full batches");
});

/** Pseudo-random numbers below 1 (a linear congruential generator). */
function randomFrom(seed: number): () => number {
  return () => (seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
}

Deno.test("a server that refuses most requests at random costs no good event, and the bad one is found all the same", async () => {
  for (const [seed, share] of [0.3, 0.5, 0.7].entries()) {
    const random = randomFrom(seed);
    const busy = refusal(400, "engine busy");
    const server = new ScriptedServer();
    server.says = (texts) => texts.includes("line 33") || random() < share ? busy : undefined;
    const probe = () => Promise.resolve(random() < share ? busy : ok);
    await using scene = new Scene(server, { batchEvents: 50 }, "stateless", { probe });
    await scene.append(150);
    await scene.start();
    await scene.passUntilLeft(150, 2_000);
    assert.deepEqual([scene.left(), deadTexts(scene)], [150, 1], `${share}`);
  }
});

Deno.test("a server that refuses seven of ten requests in a fixed rhythm costs no event, wherever the rhythm begins", async () => {
  for (const first of [0, 8, 9]) {
    let request = first;
    const isBusy = () => (request++ * 7) % 10 < 7;
    const busy = refusal(400, "engine busy");
    const server = new ScriptedServer();
    server.says = () => isBusy() ? busy : undefined;
    const probe = () => Promise.resolve(isBusy() ? busy : ok);
    const policy = { batchEvents: 100, maxInFlight: 2 };
    await using scene = new Scene(server, policy, "stateless", { probe });
    await scene.append(200);
    await scene.start();
    await scene.passUntilLeft(200, 400);
    assert.deepEqual([scene.left(), deadTexts(scene)], [200, 0], `from ${first}`);
  }
});

Deno.test("bad events that nothing follows are set aside without another event to compare them with", async () => {
  const server = new ScriptedServer();
  server.says = (texts) =>
    ["line 2", "line 5", "line 7"].some((bad) => texts.includes(bad)) ? refusal() : undefined;
  await using scene = new Scene(server, {}, "stateless", { probe: () => Promise.resolve(ok) });
  await scene.append(10);
  await scene.start();
  await scene.clock.advance(1000);
  await scene.untilLeft(10);
  assert.deepEqual([scene.left(), deadTexts(scene)], [10, 3]);
});

Deno.test("a batch that was tried without an answer is sent again unchanged, and after a refusal the server decides what became of it", async () => {
  const received = fates({ kind: "received", status: 204 });
  const server = new ScriptedServer();
  const script: EventsOutcome[] = [lost, lost, refusal(413)];
  server.says = () => script.shift();
  await using scene = new Scene(server, {}, "stateless", received);
  await scene.append(10);
  await scene.start();
  await scene.passUntilLeft(10);
  assert.equal(scene.queue.account("stateless").acknowledged.events, 10);
  const ids = new Set(server.tries.map(({ id }) => id));
  assert.deepEqual([server.tries.length, ids.size], [3, 1]);
  assert.deepEqual(received.asked, [...ids]);
  assert.deepEqual(await ledger(scene), []);
});

Deno.test("a batch in doubt that the server never stored is halved without a note", async () => {
  const server = new ScriptedServer();
  const script: EventsOutcome[] = [lost, refusal(413)];
  server.says = () => script.shift();
  await using scene = new Scene(server, {}, "stateless", fates({ kind: "unknown" }));
  await scene.append(10);
  await scene.start();
  await scene.passUntilLeft(10);
  assert.deepEqual(server.tries.map(({ texts }) => texts.length), [10, 10, 5, 5]);
  assert.deepEqual(await ledger(scene), []);
});

Deno.test("a server that cannot be asked gets a batch in doubt three times, then the ledger says that a double is possible", async () => {
  const server = new ScriptedServer();
  const script: EventsOutcome[] = [lost, ...Array.from({ length: 3 }, () => refusal(413))];
  server.says = () => script.shift();
  await using scene = new Scene(server, {}, "stateless", fates());
  await scene.append(10);
  await scene.start();
  await scene.passUntilLeft(10);
  assert.deepEqual(server.tries.map(({ texts }) => texts.length), [10, 10, 10, 10, 5, 5]);
  const [note = ""] = await ledger(scene);
  assert.match(note, /^perhaps received twice: a try was not answered \(batch .*, 10 events\)$/);
});

Deno.test("a batch of the process before is in doubt, and one that is asked about while the server is away waits", async () => {
  const { asked, askFate } = fates(
    { kind: "retry", reason: "503" },
    { kind: "received", status: 200 },
  );
  const server = new ScriptedServer();
  server.says = () => refusal(422);
  await using scene = new Scene(server, {}, "stateless", { askFate });
  await scene.append(1);
  await scene.claimBefore();
  await scene.start();
  await scene.passUntilLeft(1);
  assert.equal(scene.queue.account("stateless").acknowledged.events, 1);
  assert.equal(asked.length, 2);
});

Deno.test("compression that is not understood: once without, under a new id, then never again", async () => {
  for (const status of [415, 400, 406, 413, 422, 500, 501]) {
    const server = new ScriptedServer();
    server.says = (_, { encoding }) => {
      if (encoding === "identity") return undefined;
      const reason = `${status}`;
      return [400, 413, 422].includes(status) ? { kind: "give_up", status, reason } : {
        kind: "retry",
        status,
        reason,
        afterMs: 60_000,
        ...(status === 500 && { unanswered: true }),
      };
    };
    const compression = new CompressionTrial();
    await using scene = new Scene(server, {}, "stateless", { compression });
    await scene.start();
    await scene.append(10);
    await scene.untilLeft(10);
    await scene.append(10, "next ");
    await scene.untilLeft(20);
    assert.equal(scene.queue.account("stateless").acknowledged.events, 20, `${status}`);
    assert.deepEqual(server.tries.map(({ encoding }) => encoding), [
      "gzip",
      "identity",
      "identity",
    ]);
    assert.notEqual(server.tries[0]?.id, server.tries[1]?.id);
    assert.deepEqual(await ledger(scene), []);
  }
});

Deno.test("an outage that the uncompressed repeats met too proves nothing about compression", async () => {
  const server = new ScriptedServer();
  const outage = Array<EventsOutcome>(6).fill({ kind: "retry", status: 500, reason: "500" });
  server.says = () => outage.shift();
  const compression = new CompressionTrial();
  await using scene = new Scene(server, {}, "stateless", { compression });
  await scene.append(10);
  await scene.start();
  await scene.passUntilLeft(10);
  await scene.append(10, "next ");
  await scene.passUntilLeft(20);
  assert.deepEqual([scene.left(), deadTexts(scene)], [20, 0]);
  assert.equal(server.tries.at(-1)?.encoding, "gzip");
});

Deno.test("a server that comes back without compression gets what was refused before once without, and none is set aside", async () => {
  for (const status of [400, 413]) {
    const server = new ScriptedServer();
    let away = true;
    server.says = (_, { encoding }) =>
      away || encoding !== "identity" ? refusal(status, "no") : undefined;
    const compression = new CompressionTrial();
    const probe = () => Promise.resolve(ok);
    const extras = { compression, probe };
    await using scene = new Scene(server, { maxInFlight: 3 }, "stateless", extras);
    await scene.append(60);
    await scene.start();
    for (let second = 0; second < 15; second++) await scene.clock.advance(1000);
    away = false;
    await scene.passUntilLeft(60);
    assert.deepEqual([scene.left(), deadTexts(scene)], [60, 0], `${status}`);
  }
});

Deno.test("a compressed batch that a server stored before its 500 is not sent a second time", async () => {
  const server = new ScriptedServer({
    kind: "retry",
    status: 500,
    reason: "500",
    unanswered: true,
  });
  const compression = new CompressionTrial();
  const { asked, askFate } = fates(
    { kind: "retry", reason: "503" },
    { kind: "received", status: 202 },
  );
  await using scene = new Scene(server, {}, "stateless", { compression, askFate });
  await scene.append(10);
  await scene.start();
  await scene.passUntilLeft(10);
  assert.deepEqual([scene.left(), server.tries.length, asked.length], [10, 1, 2]);
});

Deno.test("compression that was taken once is not doubted because of a refusal", async () => {
  const server = new ScriptedServer();
  server.refuses = (texts) => texts.includes("next 3") ? 400 : undefined;
  const compression = new CompressionTrial();
  await using scene = new Scene(server, {}, "stateless", { compression });
  await scene.start();
  await scene.append(10);
  await scene.append(10, "next ");
  await scene.passUntilLeft(20);
  assert.deepEqual([scene.left(), deadTexts(scene)], [20, 1]);
  assert.ok(server.tries.every(({ encoding }) => encoding === "gzip"));
});

/** Stateful events, one an id. */
function states(...ids: string[]): string[] {
  return ids.map((id) =>
    encodeStateful({ module: "m", id, operation: "update" }, { event: { original: id } })
  );
}

Deno.test("events that are to be sent again leave in a new batch, in their order, with the operation that they then have", async () => {
  const server = new ScriptedServer();
  const bodies: string[] = [];
  const script: EventsOutcome[] = [{
    kind: "done",
    status: 200,
    refused: [{ index: 3, status: 400, reason: "bad" }],
    again: [{ index: 1, reason: "503" }, { index: 2, reason: "404", operation: "create" }],
  }];
  server.says = (_, batch: Batch) => {
    bodies.push(new TextDecoder().decode(scene.queue.body(batch)));
    return script.shift();
  };
  await using scene = new Scene(server, {}, "stateful");
  await scene.queue.append({ stream: "stateful", events: states("a", "b", "c", "d", "e") });
  const settled: [number, number][] = [];
  scene.queue.onSettled(({ batch }) => settled.push([batch.first_event, batch.last_event]));
  await scene.start();
  await scene.clock.advance(1000);
  await settle("loop");
  assert.equal(scene.left(), 3);
  assert.equal(scene.dispatcher.status().failure?.reason, "503");
  await scene.append(1, "later ");
  await scene.passUntilLeft(6);
  assert.deepEqual(server.tries.map(({ texts }) => texts.join()), ["a,b,c,d,e", "b,c", "later 0"]);
  assert.match(
    bodies[1] ?? "",
    /"id":"b","operation":"update".*\n.*\n.*"id":"c","operation":"create"/,
  );
  assert.notEqual(server.tries[0]?.id, server.tries[1]?.id);
  assert.deepEqual(settled, [[1, 1], [4, 5], [2, 3], [6, 6]]);
  assert.deepEqual([scene.left(), deadTexts(scene)], [6, 1]);
});

Deno.test("in the stateful stream nothing overtakes an earlier event of the same id while it is in doubt whose fault a refusal is", async () => {
  const server = new ScriptedServer();
  let away = true;
  server.says = () => away ? refusal() : undefined;
  const probe = () => Promise.resolve(away ? refusal() : ok);
  await using scene = new Scene(server, {}, "stateful", { probe });
  await scene.queue.append({ stream: "stateful", events: states("a", "a", "a") });
  await scene.start();
  await scene.clock.advance(1000);
  for (let second = 0; second < 5; second++) await scene.clock.advance(1000);
  away = false;
  const before = server.tries.length;
  await scene.passUntilLeft(3);
  assert.equal(deadTexts(scene), 0);
  assert.equal(scene.queue.account("stateful").acknowledged.events, 3);
  const order = server.tries.slice(before).map(({ id }) => id);
  assert.deepEqual(order, [...order].sort());
});

Deno.test("of a batch that was taken in part the rest arrives, and what is never taken is set aside", async () => {
  const server = new ScriptedServer();
  server.says = (texts) => {
    const rejected = texts.filter((text) => text === "line 3" || text === "line 17").length;
    const reason = `200 from server: {"accepted":${
      texts.length - rejected
    },"rejected":${rejected}}`;
    return rejected === 0 ? undefined : { kind: "give_up", status: 200, reason, partly: true };
  };
  await using scene = new Scene(server, { batchEvents: 20 });
  await scene.append(40);
  await scene.start();
  await scene.passUntilLeft(40);
  assert.deepEqual([scene.left(), deadTexts(scene)], [40, 2]);
  const told = await ledger(scene);
  assert.ok(told.some((text) => text.includes("the server took a part and did not say which")));
});
