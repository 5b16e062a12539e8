/** Active responses from an order at the manager to the event that says that it is over, with real processes. */

import assert from "node:assert/strict";
import { createHash, createPublicKey, generateKeyPairSync } from "node:crypto";
import { manifestText, withSignature } from "../../src/shared/releases/sign_manifest.ts";
import { eventually } from "../support/eventually.ts";
import { OrderDesk } from "../support/order_desk.ts";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, OwnServer, type ServerEvent } from "../support/scene.ts";
import { addScript } from "../support/scripts.ts";

const RESPONSES_ON = "active_response.enabled: true";
const IP = "192.0.2.7";

/** What a script writes down, and what it is told. */
class Effects {
  readonly path: string;

  constructor(folder: TempFolder) {
    this.path = folder.file("effects");
  }

  /** Asks by its keys as Wazuh's do, then writes down what it does. */
  get script(): string[] {
    return [
      "read -r line",
      `case $line in *'"command":"enable"'*)`,
      `  echo '{"version":1,"origin":{"name":"act","module":"active-response"},"command":"check_keys","parameters":{"keys":["${IP}"]}}'`,
      "  read -r answer",
      `  case $answer in *'"command":"continue"'*) echo enable >> ${this.path};; esac;;`,
      `*) echo disable >> ${this.path};; esac`,
    ];
  }

  get lines(): string[] {
    try {
      return Deno.readTextFileSync(this.path).trim().split("\n");
    } catch {
      return [];
    }
  }

  async until(count: number): Promise<string[]> {
    return await eventually(() => Promise.resolve(this.lines), ({ length }) => length >= count);
  }
}

/** The actions of the events about responses, in order. */
function told(events: readonly ServerEvent[]): string[] {
  return events.filter(({ header }) => header.module === "active_response")
    .map(({ data }) => (data?.event as { action: string }).action);
}

function enable(seconds: number) {
  const args = { name: "act", command: "enable", duration_s: seconds, source: { ip: IP } };
  return { name: "active-response", args };
}

Deno.test("a response is enabled by an order, ends by itself, and the manager is told of both", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  using desk = await OrderDesk.open(server);
  const side = new AgentSide(folder, server, [RESPONSES_ON]);
  const { id } = await side.register();
  const effects = new Effects(folder);
  addScript(side, "act", effects.script);
  await using agent = await side.start();
  const target = { type: "agent", id } as const;
  const [order] = await desk.outcomes(await desk.send(target, enable(1)));
  assert.equal(order?.status, "success", order?.result?.message);
  assert.match(order?.result?.message ?? "", /^act 192\.0\.2\.7: enabled until 20/);
  assert.deepEqual(await effects.until(2), ["enable", "disable"]);
  const events = await eventually(() => server.events(), (found) => told(found).length >= 2);
  assert.deepEqual(told(events), ["response-enabled", "response-reverted"]);

  const own = new URL(server.commsUrl).hostname;
  const protect = { ...enable(60).args, source: { ip: own === "localhost" ? "127.0.0.1" : own } };
  const [refused] = await desk.outcomes(
    await desk.send(target, { name: "active-response", args: protect }),
  );
  assert.equal(refused?.status, "failure");
  assert.match(refused?.result?.message ?? "", /^refused: /);
  assert.equal(await agent.stop(), 0);
});

Deno.test("an agent killed while it enables something, and while it is active, ends each once; also by hand", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  using desk = await OrderDesk.open(server);
  const side = new AgentSide(folder, server, [RESPONSES_ON]);
  const { id } = await side.register();
  const target = { type: "agent", id } as const;
  const effects = new Effects(folder);
  const slow = `if [ -e ${folder.file("slow")} ]; then exec sleep 300; fi`;
  addScript(side, "act", [...effects.script, slow]);
  Deno.writeTextFileSync(folder.file("slow"), "");
  const sent = [];
  {
    await using agent = await side.start();
    sent.push(...await desk.send(target, enable(600)));
    await effects.until(1);
    await agent.stop("SIGKILL");
  }
  Deno.removeSync(folder.file("slow"));
  {
    await using agent = await side.start();
    assert.deepEqual(await effects.until(2), ["enable", "disable"]);
    const [order] = await desk.outcomes(sent);
    assert.match(order?.result?.message ?? "", /agent stopped during execution/);
    const [again] = await desk.outcomes(await desk.send(target, enable(600)));
    assert.equal(again?.status, "success", again?.result?.message);
    await agent.stop("SIGKILL");
  }
  const listed = JSON.parse((await side.command("responses", "--json")).stdout);
  assert.deepEqual(listed.responses.map(({ state }: { state: string }) => state), ["active"]);
  const reverted = await side.command("responses", "revert", "act:");
  assert.equal(reverted.code, 0, reverted.stderr);
  assert.deepEqual(effects.lines, ["enable", "disable", "enable", "disable"]);
  await using agent = await side.start();
  const events = await eventually(() => server.events(), (found) => told(found).length >= 4);
  assert.deepEqual(told(events), [
    "response-failed",
    "response-reverted",
    "response-enabled",
    "response-reverted",
  ]);
  const [running] = await desk.outcomes(await desk.send(target, enable(600)));
  assert.equal(running?.status, "success");
  const all = await side.command("responses", "revert", "--all");
  assert.equal(all.code, 0, all.stderr);
  assert.deepEqual(effects.lines.slice(4), ["enable", "disable"]);
  assert.equal(await agent.stop(), 0);
});

Deno.test("a signed script comes from the manager, and one that nobody signed is not run", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  using desk = await OrderDesk.open(server);
  const key = generateKeyPairSync("ed25519").privateKey;
  const pem = createPublicKey(key).export({ type: "spki", format: "pem" });
  Deno.writeTextFileSync(folder.file("releases.pem"), String(pem), { mode: 0o644 });
  const side = new AgentSide(folder, server, [
    "active_response: { enabled: true, scripts: signed }",
    `upgrade.trusted_keys: ${folder.file("releases.pem")}`,
  ]);
  const { id } = await side.register();
  const effects = new Effects(folder);
  const script = `#!/bin/sh\n${effects.script.join("\n")}\n`;
  addScript(side, "local", effects.script);
  const sha256 = createHash("sha256").update(script).digest("hex");
  const signed = {
    ...{ type: "script" as const, name: "act", size: script.length, sha256, release: 1 },
    issued: new Date(Date.now() - 60_000).toISOString(),
    expires: new Date(Date.now() + 3_600_000).toISOString(),
  };
  const manifest = manifestText(withSignature({ signed, signatures: [] }, key));
  await using agent = await side.start();
  const target = { type: "agent", id } as const;
  const missing = await desk.outcomes(await desk.send(target, enable(60)));
  assert.match(missing[0]?.result?.message ?? "", /the server has no signed script "act"/);
  await desk.putRelease("act", script);
  await desk.putRelease("act.json", manifest);
  const [order] = await desk.outcomes(await desk.send(target, enable(1)));
  assert.equal(order?.status, "success", order?.result?.message);
  assert.deepEqual(await effects.until(2), ["enable", "disable"]);
  const local = { ...enable(60).args, name: "local" };
  const [unsigned] = await desk.outcomes(
    await desk.send(target, { name: "active-response", args: local }),
  );
  assert.equal(unsigned?.status, "failure");
  assert.match(unsigned?.result?.message ?? "", /the server has no signed script "local"/);
  assert.equal(await agent.stop(), 0);
});
