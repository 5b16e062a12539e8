/** Policies end to end: a real agent and a real manager, and the commands of a person. */

import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { OrderDesk } from "../support/order_desk.ts";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, OwnServer } from "../support/scene.ts";

const POLICY = `
policy: { id: e2e, name: End to end }
variables: { $file: FILE }
checks:
  - { id: 1, name: A setting, condition: all, rules: ['f:$file -> r:^secure\\s+yes'] }
  - { id: 2, name: A command, condition: all, rules: ['c:echo "it works" -> it works'] }
  - { id: 3, name: Never there, condition: all, rules: ['f:/nowhere -> r:x'] }
`;

/** Checks and their results at the manager, such as `1 Passed`. */
async function shown(server: OwnServer, id: string): Promise<string[]> {
  using desk = await OrderDesk.open(server);
  const documents = await desk.documents(id, "sca") as { check: Record<string, string> }[];
  return documents.map(({ check }) => `${check.id} ${check.result}`).sort();
}

Deno.test("results of a policy are seen at the manager, change with the machine, and go with the policy", async () => {
  if (Deno.build.os === "windows") return;
  using folder = new TempFolder();
  using machine = new TempFolder();
  await using server = await OwnServer.start(folder);
  const policy = machine.file("policy.yml");
  Deno.writeTextFileSync(policy, POLICY.replace("FILE", machine.file("conf")));
  Deno.writeTextFileSync(machine.file("conf"), "secure no\n");
  const side = new AgentSide(folder, server, [
    `sca: { enabled: true, policies: [${policy}], scan_spread: 0s }`,
  ]);
  const { id } = await side.register();
  const until = async (...wanted: string[]) => {
    const found = await eventually(() => shown(server, id), (now) => now.join() === wanted.join());
    assert.deepEqual(found, wanted);
  };
  {
    await using agent = await side.start();
    await until("1 Failed", "2 Passed", "3 Not applicable");
    Deno.writeTextFileSync(machine.file("conf"), "secure yes\n");
    const scanned = await side.command("modules", "scan", "sca");
    assert.equal(scanned.code, 0, scanned.stderr);
    await until("1 Passed", "2 Passed", "3 Not applicable");
    await agent.stop("SIGKILL");
  }
  const events = (await server.events()).filter(({ stream, header }) =>
    stream === "stateless" && header.module === "sca"
  ).map(({ data }) => data as { event: { action: string } });
  assert.ok(events.some(({ event }) => event.action === "sca-summary"));
  Deno.removeSync(policy);
  await using agent = await side.start();
  await until();
  assert.equal(await agent.stop(), 0);
});

Deno.test("agent sca check shows each rule with its place, and lint ends with 5 for a mistake", async () => {
  if (Deno.build.os === "windows") return;
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server);
  const policy = folder.file("policy.yml");
  Deno.writeTextFileSync(policy, POLICY.replace("FILE", "/etc/passwd"));
  const checked = await side.command("sca", "check", policy);
  assert.deepEqual([checked.code, checked.stderr], [0, ""]);
  assert.match(checked.stdout, /Failed {10}1 {2}A setting \(all\)/);
  assert.ok(
    checked.stdout.includes(`${policy}:5:55  does not hold  f:/etc/passwd`),
    checked.stdout,
  );
  const json = await side.command("sca", "check", policy, "--id", "2", "--json");
  const document = JSON.parse(json.stdout);
  assert.deepEqual(document.checks.map(({ id, result }: Record<string, string>) => [id, result]), [
    ["2", "Passed"],
  ]);
  const elsewhere = folder.file("elsewhere.yml");
  const requirements = "requirements: { title: Elsewhere, condition: all, rules: ['f:/nowhere'] }";
  Deno.writeTextFileSync(elsewhere, `${requirements}${Deno.readTextFileSync(policy)}`);
  const unmet = await side.command("sca", "check", elsewhere);
  assert.match(unmet.stdout, /Requirements: Elsewhere: not met, so no check is applicable/);
  assert.match(unmet.stdout, /\n0 passed · 0 failed · 3 not applicable · 0 not run\n$/);
  assert.equal((await side.command("sca", "lint", policy)).code, 0);
  assert.equal((await side.command("sca", "check", policy, "--id", "7")).code, 2);
  Deno.writeTextFileSync(policy, POLICY.replace("echo", "no-such-program").replace("f:$", "x:$"));
  const lint = await side.command("sca", "lint", policy);
  assert.equal(lint.code, 5);
  assert.match(
    lint.stdout,
    /policy\.yml:5:55: error: the rule x:.*\n.*: warning: there is no command/,
  );
});

/** A policy as the text of an option in YAML. */
function asOption(policy: string): string {
  return policy.trim().split("\n").map((line) => `      ${line}`).join("\n");
}

Deno.test("a policy of a group is looked at without its commands, and with them where the machine says so", async () => {
  if (Deno.build.os === "windows") return;
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const text = POLICY.replace("FILE", "/etc/passwd");
  const group = `sca:\n  enabled: true\n  group_policies:\n    - |\n${asOption(text)}\n`;
  Deno.mkdirSync(folder.file("manager/files"), { recursive: true });
  Deno.writeTextFileSync(folder.file("manager/files/web.yml"), group);
  const own = (more: string) => [`sca: { policies: [/nowhere.yml], scan_spread: 0s${more} }`];
  const side = new AgentSide(folder, server, own(""));
  const { id } = await side.register("--groups", "web");
  const until = async (...wanted: string[]) => {
    const found = await eventually(() => shown(server, id), (now) => now.join() === wanted.join());
    assert.deepEqual(found, wanted);
  };
  await using agent = await side.start();
  await until("1 Failed", "2 Not applicable", "3 Not applicable");
  side.configure(own(", remote_commands: true"));
  assert.equal((await side.command("reload")).code, 0);
  await until("1 Failed", "2 Passed", "3 Not applicable");
  assert.equal(await agent.stop(), 0);
});
