/** Answers of servers that this project did not write, and of what stands in between. */

import assert from "node:assert/strict";
import { StrictTemper } from "../support/foreign_server_strict.ts";
import { type OddAnswer, page } from "../support/odd_answers.ts";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, logLines, numbered, startOddServer } from "../support/scene.ts";

const EVENTS = "/api/v1/events/stateless";
const OPTIONS = ["agent.request_timeout: 2s", "events.max_in_flight: 1"];

/** What each server of `NUISANCES` says to events until it is done with it. */
interface Nuisance {
  name: string;
  answers: readonly OddAnswer[];
  /** In the status meanwhile. */
  told: RegExp;
}

const NUISANCES: readonly Nuisance[] = [
  {
    name: "pages with 400",
    answers: [page(400), page(400)],
    told: /400 from .* a web page, "Blocked/,
  },
  {
    name: "pages with 401 and 403",
    answers: [page(401), page(403)],
    told: /40[13] from .* a web page/,
  },
  {
    name: "a page with 200",
    answers: [page(200, "Sign in")],
    told: /"Sign in".* no answer of this protocol/,
  },
  {
    name: "bodies that break off",
    answers: [{ status: 200, body: '{"results":[', cut: true }, {
      status: 503,
      body: "{",
      cut: true,
    }],
    told: /no answer from .*: connection lost/,
  },
  {
    name: "a body without an end in sight",
    answers: [{ status: 200, body: " ".repeat(50), trickleMs: 100 }],
    told: /no answer from .* within 2 s/,
  },
  {
    name: "a body that is huge",
    answers: [{ status: 200, body: "x".repeat(20_000_000) }],
    told: /longer than 16777216 bytes|not an answer of this protocol/,
  },
  {
    name: "a wait of one second, as a number and as a date",
    answers: [
      { status: 429, headers: { "retry-after": "1" } },
      {
        status: 503,
        headers: {
          "retry-after": "Thu, 19 Feb 2026 20:25:47 GMT",
          date: "Thu, 19 Feb 2026 20:25:46 GMT",
        },
      },
    ],
    told: /429|503/,
  },
];

for (const { name, answers, told } of NUISANCES) {
  Deno.test(`events that are answered with ${name} arrive all the same, and none is set aside`, async () => {
    using folder = new TempFolder();
    let isOver = false;
    let next = 0;
    await using server = await startOddServer(({ path }) =>
      isOver || path !== EVENTS ? undefined : answers[next++ % answers.length]
    );
    const side = new AgentSide(folder, server, OPTIONS);
    await side.register();
    await using agent = await side.start();
    side.write(numbered(20));
    await agent.until(({ state }) => told.test(state.reason ?? "") && next >= answers.length);
    isOver = true;
    const { streams } = await agent.until(({ streams }) =>
      streams.stateless.acknowledged_events >= 20
    );
    assert.equal(streams.stateless.dead_lettered_events, 0);
    assert.equal(await agent.stop(), 0);
    assert.deepEqual([...new Set(logLines(await server.events()))], numbered(20));
  });
}

for (const encoding of ["gzip", "zstd"]) {
  for (const status of [415, 400, 500]) {
    Deno.test(`a server that says ${status} to ${encoding} gets events without it, each once, and no note of a loss`, async () => {
      using folder = new TempFolder();
      await using server = await startOddServer(({ headers }) =>
        headers["content-encoding"] === undefined ? undefined : { status, body: '{"message":"no"}' }
      );
      const side = new AgentSide(folder, server, [`events.compression: ${encoding}`]);
      await side.register();
      await using agent = await side.start();
      for (const round of ["first", "second"]) {
        side.write(numbered(10, round));
        await agent.until(({ streams }) =>
          streams.stateless.queued_events === 0 && streams.stateless.taken_events >= 10
        );
      }
      await agent.until(({ streams }) => streams.stateless.acknowledged_events >= 20);
      assert.equal(await agent.stop(), 0);
      assert.deepEqual(logLines(await server.events()), [
        ...numbered(10, "first"),
        ...numbered(10, "second"),
      ]);
      const compressed = server.own.received.filter(({ headers }) =>
        headers["content-encoding"] === encoding
      );
      assert.equal(compressed.length, 1);
      const losses = await side.command("losses", "--json");
      assert.deepEqual(JSON.parse(losses.stdout).losses, []);
    });
  }
}

Deno.test("a result that the server knows no document for is created there, and ends as it was last", async () => {
  using folder = new TempFolder();
  const command = { document_id: "d1", action: { name: "set-group", args: { groups: [] } } };
  let polls = 0;
  await using server = await startOddServer(
    ({ path }) =>
      path === "/api/v1/commands" && polls++ === 0
        ? { status: 200, body: JSON.stringify({ commands: [command] }) }
        : undefined,
    { temper: new StrictTemper() },
  );
  const side = new AgentSide(folder, server);
  await side.register();
  await using agent = await side.start();
  const { streams } = await agent.until(({ streams, commands }) =>
    commands.succeeded === 1 && streams.stateful.queued_events === 0 &&
    streams.stateful.acknowledged_events > 0
  );
  assert.equal(streams.stateful.dead_lettered_events, 0);
  const results = (await server.events()).filter(({ header }) => header.module === "command");
  assert.deepEqual([results[0]?.header.id, results[0]?.header.operation], ["d1", "create"]);
  const last = results.at(-1)?.data?.command as { result: { code: number } } | undefined;
  assert.equal(last?.result.code, 0);
});

Deno.test("a server whose APIs stand below a path is registered at, logged in at and sent to there", async () => {
  using folder = new TempFolder();
  await using server = await startOddServer(() => undefined, { pathPrefix: "/siem/a" });
  const side = new AgentSide(folder, server);
  await side.register();
  await using agent = await side.start();
  side.write(numbered(5));
  await agent.until(({ streams }) => streams.stateless.acknowledged_events === 5);
  assert.equal(await agent.stop(), 0);
  assert.deepEqual(logLines(await server.events()), numbered(5));
  assert.deepEqual(server.own.received.filter(({ path }) => !path.startsWith("/siem/a/")), []);
});

Deno.test("redirects are followed nowhere: the other server hears nothing, and the reason names it", async () => {
  for (const status of [302, 307]) {
    using folder = new TempFolder();
    await using other = await startOddServer(() => ({ status: 200, body: "{}" }));
    let isAway = false;
    await using server = await startOddServer(({ path }) =>
      isAway ? { status, headers: { location: `${other.commsUrl}${path}?token=abc` } } : undefined
    );
    const side = new AgentSide(folder, server);
    isAway = true;
    const refused = await side.command(
      "register",
      "--url",
      server.managementUrl,
      "--user",
      "u",
      "--password",
      "p",
    );
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, new RegExp(`${status} from .*redirects to ${other.commsUrl}`));
    isAway = false;
    await side.register();
    isAway = true;
    await using agent = await side.start();
    side.write(numbered(3));
    const { state } = await agent.until(({ state }) =>
      state.reason?.startsWith(`${status} from`) ?? false
    );
    assert.ok(state.reason?.includes(`redirects to ${other.commsUrl}`), state.reason ?? "");
    assert.deepEqual(other.own.received, []);
  }
});
