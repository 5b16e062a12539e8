/**
 * What the client of the local API believes: an agent's answers with one member changed each.
 */

import assert from "node:assert/strict";
import { ControlClient } from "../../../src/agent/control/control_client.ts";
import { endpointIn, listen } from "../../../src/agent/control/endpoint.ts";
import { statusIn } from "../../../src/agent/control/status_answer.ts";
import { stoppedStatus } from "../../../src/agent/status/stopped_status.ts";
import { configSchema } from "../../../src/agent/config/schema.ts";
import { AgentError } from "../../../src/shared/errors.ts";
import { VERSION } from "../../../src/shared/version.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { openQueue, TempFolder } from "../../support/queues.ts";
import { MODULE } from "../../support/status_documents.ts";

/** A status document in JSON, without the types. */
function document(): Record<string, Record<string, unknown>> {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  const agent = { id: "1", name: "vm", groups: ["web"] };
  const status = stoppedStatus(configSchema().parse({}), { identity: undefined, queue }, 0);
  const whole = { ...status, agent: { ...agent, version: VERSION, machine_changed: false } };
  return JSON.parse(JSON.stringify({ ...whole, modules: [MODULE] }));
}

Deno.test("statusIn() takes what an agent says, also what this version knows nothing of", () => {
  const said = { ...document(), later: { a: 1 } };
  assert.deepEqual(statusIn(said), said);
});

Deno.test("statusIn() refuses a member of another kind, and names it", () => {
  for (
    const [section, member, wrong] of [
      ["state", "name", 7],
      ["state", "since", "yesterday\u001b[31m"],
      ["server", "token", "valid"],
      ["queue", "max_events", "many"],
      ["queue", "full", null],
      ["health", "reasons", {}],
      ["streams", "stateful", []],
      ["log", "dropped_lines", { toString: "x" }],
      ["commands", "received", undefined],
    ] as const
  ) {
    const said = document();
    said[section] = { ...said[section], [member]: wrong };
    assert.throws(() => statusIn(JSON.parse(JSON.stringify(said))), new RegExp(member));
  }
  const modules = [{ ...MODULE, details: { files: ["x"] } }];
  assert.throws(() => statusIn({ ...document(), modules }), /details/);
  for (const nothing of [null, [], 7, {}]) assert.throws(() => statusIn(nothing));
});

Deno.test("statusIn() lets an agent of another version leave members out, and say none wrongly", () => {
  const { watchdog: _, queue: __, ...said } = document();
  const other = { ...said, agent: { ...said.agent, version: "9.9.9" } };
  assert.deepEqual(statusIn(other), other);
  assert.throws(() => statusIn({ ...other, queue: { full: "no" } }), /full/);
  assert.throws(() => statusIn(said), /watchdog|queue/);
});

Deno.test("ControlClient believes no answer that is none, and says which member is wrong", async () => {
  using folder = new TempFolder();
  const endpoint = endpointIn(folder.file("run"));
  let answer: unknown;
  const listener = await listen(endpoint, () => Response.json(answer), new FakeClock());
  const client = ControlClient.to(endpoint);
  try {
    const never = new AbortController().signal;
    const asked: [unknown, () => Promise<unknown>, RegExp][] = [
      [{}, () => client.status(), /"agent"/],
      [{ schema: 1, files: [{}] }, () => client.files(), /"files\[0\]\.module"/],
      [{ applied: "log.level" }, () => client.reload(), /"applied"/],
      [
        { name: "fim", took_ms: "7" },
        () => client.scanModule("fim", never),
        /"took_ms"|"collector"/,
      ],
      [{ name: "fim" }, () => client.restModule("fim", "pause"), /"paused"/],
      [{ events: -1 }, () => client.purge({ stream: "stateless", before_ms: 0 }), /"events"/],
      [{ stream: "x" }, () => client.append("stateless", "", never), /"stream"/],
      [null, () => client.orderLetters("retry", { all: true }), /expected object/],
    ];
    for (const [said, ask, problem] of asked) {
      answer = said;
      await assert.rejects(ask(), (error) => {
        assert.ok(error instanceof AgentError && error.code === "failed", String(error));
        assert.match(error.message, /^The running agent's answer is not as it must be: /);
        assert.match(error.message, problem);
        return true;
      });
    }
  } finally {
    client[Symbol.dispose]();
    await listener.close();
  }
});
