/** The module as a whole: documents, what people are told, and what becomes of policies that change, break and go. */

import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { MadeUpMachine } from "./support/made_up_machine.ts";
import { policyText, ScaScene } from "./support/sca_scene.ts";

const OWNER = "0190a0b0-0000-7000-8000-000000000001";
const SSHD = "/etc/ssh/sshd_config";

const WHOLE = `
policy:
  id: base
  title: A baseline
  description: What matters.
  references: [https://example.com/base]
variables: { $sshd: ${SSHD} }
checks:
  - id: 1001
    title: Root does not log in
    description: Nobody logs in as root.
    rationale: Root has no name.
    remediation: Write it.
    compliance:
      - cis: ["5.1", "5.2"]
      - pci_dss_v4.0: ["2.2"]
      - mitre_techniques: ["T1078.003", T1021]
    mitre: { technique: { id: [T1078], name: [Valid Accounts] } }
    references: [https://example.com/root]
    condition: all
    rules:
      - 'f:$sshd -> r:^PermitRootLogin\\s+no'
`;

function machine(line: string): MadeUpMachine {
  return new MadeUpMachine({ files: { [SSHD]: `${line}\n` } });
}

Deno.test("Sca creates documents with exactly the members of schema 6.0, and tells only the numbers", async () => {
  using scene = new ScaScene();
  scene.write("base.yml", WHOLE);
  scene.machine = machine("PermitRootLogin yes");
  assert.equal(await scene.scan(scene.make()), undefined);
  const [{ "@timestamp": time, ...document } = { "@timestamp": "" }] = scene
    .documents() as unknown as Record<string, unknown>[];
  assert.match(String(time), /^\d{4}-/);
  assert.deepEqual(document, {
    check: {
      compliance: [
        "cis:5.1",
        "cis:5.2",
        "pci_dss_v4.0:2.2",
        "mitre_techniques:T1078.003",
        "mitre_techniques:T1021",
      ],
      condition: "all",
      description: "Nobody logs in as root.",
      id: "1001",
      name: "Root does not log in",
      rationale: "Root has no name.",
      reason: `f:${SSHD} -> r:^PermitRootLogin\\s+no: ${SSHD}: PermitRootLogin yes`,
      references: ["https://example.com/root"],
      remediation: "Write it.",
      result: "Failed",
      rules: [`f:${SSHD} -> r:^PermitRootLogin\\s+no`],
    },
    policy: {
      description: "What matters.",
      file: "base.yml",
      id: "base",
      name: "A baseline",
      references: ["https://example.com/base"],
    },
  });
  const [event] = scene.states.server.events;
  assert.equal(event?.header.operation, "create");
  assert.equal(event?.header.id, hash("sha1", `${OWNER}:base:1001`, "hex"));
  const told = await scene.told();
  assert.deepEqual(told.map(({ event, summary }) => [event?.action, summary]), [[
    "sca-summary",
    { passed: 0, failed: 1, not_applicable: 0, not_run: 0, score: 0 },
  ]]);
});

Deno.test("Sca creates documents with exactly the members of schema 5.0, with ids without the agent", async () => {
  using scene = new ScaScene({ schema: "5.0" });
  scene.write("base.yml", WHOLE);
  scene.machine = machine("PermitRootLogin no");
  await scene.scan(scene.make());
  const [document] = scene.documents();
  assert.deepEqual(Object.keys(document ?? {}).sort(), ["check", "checksum", "policy", "state"]);
  assert.deepEqual(document?.check.compliance, {
    cmmc: null,
    fedramp: null,
    gdpr: null,
    hipaa: null,
    iso_27001: null,
    nis2: null,
    nist_800_171: null,
    nist_800_53: null,
    pci_dss: ["2.2"],
    tsc: null,
  });
  assert.deepEqual(document?.check.mitre, {
    tactic: { id: null, name: null },
    technique: { id: ["T1078", "T1021"], name: ["Valid Accounts"] },
    subtechnique: { id: ["T1078.003"], name: null },
  });
  assert.equal(scene.states.server.events[0]?.header.id, hash("sha1", "base:1001", "hex"));
});

Deno.test("Sca tells a result that changed with what it was, and nothing while nothing changes", async () => {
  using scene = new ScaScene();
  scene.write("base.yml", WHOLE);
  const module = scene.make();
  scene.machine = machine("PermitRootLogin yes");
  await scene.scan(module);
  await scene.told();
  await scene.scan(module);
  assert.equal(scene.states.server.events.length, 1);
  assert.deepEqual((await scene.told()).map(({ event }) => event?.action), ["sca-summary"]);
  scene.machine = machine("PermitRootLogin no");
  await scene.scan(module);
  assert.deepEqual(scene.shown(), ["base:1001 Passed"]);
  const [change, numbers] = await scene.told();
  assert.deepEqual(change?.event?.action, "check-change");
  assert.deepEqual(change?.event?.changed_fields, ["check.result"]);
  assert.equal(change?.event?.reason, "Root does not log in: Failed became Passed");
  assert.deepEqual(change?.check?.previous, { result: "Failed" });
  assert.deepEqual(numbers?.summary?.score, 1);
});

Deno.test("Sca reads an unchanged policy once, and one whose text changed again", async () => {
  using scene = new ScaScene();
  scene.write("base.yml", policyText("base", { 1: "f:/a" }));
  const module = scene.make();
  await scene.scan(module);
  await scene.scan(module);
  scene.write("base.yml", policyText("base", { 1: "f:/b" }));
  await scene.scan(module);
  const sources = scene.jobs.map(({ policies: [policy] }) => Object.keys(policy?.source ?? {})[0]);
  assert.deepEqual(sources, ["text", "policy", "text"]);
  assert.deepEqual(scene.documents()[0]?.check.rules, ["f:/b"]);
});

Deno.test("Sca deletes the documents of checks and policies that are gone or turned off", async () => {
  using scene = new ScaScene();
  scene.write("one.yml", policyText("one", { 1: "f:/a", 2: "not f:/a" }));
  const two = scene.write("two.yml", policyText("two", { 1: "f:/a" }));
  await scene.scan(scene.make());
  assert.deepEqual(scene.shown(), ["one:1 Failed", "one:2 Passed", "two:1 Failed"]);
  scene.write("one.yml", policyText("one", { 2: "not f:/a" }));
  await scene.scan(scene.make());
  assert.deepEqual(scene.shown(), ["one:2 Passed", "two:1 Failed"]);
  scene.remove(two);
  await scene.scan(scene.make());
  assert.deepEqual(scene.shown(), ["one:2 Passed"]);
  await scene.scan(scene.make({ disabled: ["one"] }));
  assert.deepEqual(scene.shown(), []);
});

Deno.test("Sca keeps the results of a policy that is broken for a while, and says what is wrong where", async () => {
  using scene = new ScaScene();
  const path = scene.write("one.yml", policyText("one", { 1: "f:/a" }));
  const module = scene.make();
  await scene.scan(module);
  scene.write("one.yml", "policy: { id: one\nchecks: [");
  assert.match(await scene.scan(module) ?? "", /one\.yml cannot be used/);
  assert.deepEqual(scene.shown(), ["one:1 Failed"]);
  const [problem] = module.report().problems ?? [];
  assert.equal(problem?.code, "invalid_policy");
  assert.ok(problem?.message.startsWith(`${path}:2:`), problem?.message);
  scene.write("one.yml", policyText("one", { 1: "not f:/a" }));
  assert.equal(await scene.scan(module), undefined);
  assert.deepEqual([scene.shown(), module.report().problems], [["one:1 Passed"], []]);
});

Deno.test("Sca says which policy of a group is broken, and names no file that is not there", async () => {
  using scene = new ScaScene();
  const module = scene.make({ group_policies: [policyText("one", { 1: "f:/a" }), "policy: ["] });
  await scene.scan(module);
  const [problem] = module.report().problems ?? [];
  assert.ok(problem?.message.startsWith("group_policies[1]:1:"), problem?.message);
  assert.equal(problem?.hint, "mend it in the group's file; until then its results stay");
});

Deno.test("Sca tells changes and deletes what is gone although another policy is broken", async () => {
  using scene = new ScaScene();
  scene.write("broken.yml", "policy: [");
  const gone = scene.write("gone.yml", policyText("gone", { 1: "f:/a" }));
  scene.write("one.yml", policyText("one", { 1: "f:/a" }));
  const module = scene.make();
  await scene.scan(module);
  await scene.told();
  scene.remove(gone);
  scene.machine = new MadeUpMachine({ files: { "/a": "" } });
  await scene.scan(module);
  assert.deepEqual(scene.shown(), ["one:1 Passed"]);
  const actions = (await scene.told()).map(({ event }) => event?.action);
  assert.deepEqual(actions, ["check-change", "sca-summary"]);
});

Deno.test("Sca deletes nothing after a scan that failed, and keeps what it had found", async () => {
  using scene = new ScaScene();
  scene.write("one.yml", policyText("one", { 1: "f:/a" }));
  scene.write("two.yml", policyText("two", { 1: "f:/a" }));
  const module = scene.make();
  await scene.scan(module);
  scene.write("one.yml", policyText("one", { 9: "f:/a" }));
  scene.failure = "the scan ended by SIGSEGV";
  assert.match(await scene.scan(module) ?? "", /SIGSEGV/);
  assert.deepEqual(scene.shown(), ["one:1 Failed", "one:9 Failed", "two:1 Failed"]);
  assert.match(module.report().lastError ?? "", /SIGSEGV/);
});

const REQUIREMENTS = "requirements: { title: Has a thing, condition: all, rules: ['f:/thing'] }";

Deno.test("Sca shows a policy that was named as not applicable when its requirements are not met", async () => {
  using scene = new ScaScene();
  const path = scene.write("one.yml", policyText("one", { 1: "f:/a", 2: "f:/b" }, REQUIREMENTS));
  await scene.scan(scene.make({ policies: [path] }));
  assert.deepEqual(scene.shown(), ["one:1 Not applicable", "one:2 Not applicable"]);
  const reason = "requirements not met: Has a thing: f:/thing: there is no file /thing";
  assert.equal(scene.documents()[0]?.check.reason, reason);
  scene.machine = new MadeUpMachine({ files: { "/thing": "", "/a": "" } });
  await scene.scan(scene.make({ policies: [path] }));
  assert.deepEqual(scene.shown(), ["one:1 Passed", "one:2 Failed"]);
});

Deno.test("Sca leaves out a policy that was only found when its requirements are not met", async () => {
  using scene = new ScaScene();
  scene.write("one.yml", policyText("one", { 1: "f:/a" }, REQUIREMENTS));
  assert.equal(await scene.scan(scene.make()), undefined);
  assert.deepEqual(scene.shown(), []);
  scene.machine = new MadeUpMachine({ files: { "/thing": "" } });
  await scene.scan(scene.make());
  assert.deepEqual(scene.shown(), ["one:1 Failed"]);
});

Deno.test("Sca takes the first of two policies with the same id, and says which one is left out", async () => {
  using scene = new ScaScene();
  scene.write("a.yml", policyText("one", { 1: "f:/a" }));
  scene.write("b.yml", policyText("one", { 2: "f:/a" }));
  const module = scene.make();
  await scene.scan(module);
  assert.deepEqual(scene.shown(), ["one:1 Failed"]);
  assert.match(module.report().problems?.[0]?.message ?? "", /b\.yml has the id of a\.yml, one/);
});

Deno.test("Sca tells ids apart whatever is in them: texts, numbers as they are written, and colons", async () => {
  using scene = new ScaScene();
  scene.write("a.yml", policyText('"a:b"', { "01": "f:/a", '"c"': "f:/a", "1e3": "f:/a" }));
  scene.write("b.yml", policyText("a", { '"b:c"': "f:/a" }));
  await scene.scan(scene.make());
  assert.deepEqual(scene.shown(), [
    "a:b:01 Failed",
    "a:b:1e3 Failed",
    "a:b:c Failed",
    "a:b:c Failed",
  ]);
});

const OF_SERVER = policyText("remote", {
  1: "c:id -> r:root",
  2: "f:/etc/conf -> r:absent",
  3: "f:/etc/shadow -> r:root",
  4: "f:/etc/conf -> !r:secret",
});

Deno.test("Sca runs no command of a group's policy, reads no secrets for it, and tells nothing that was seen", async () => {
  using scene = new ScaScene();
  scene.machine = new MadeUpMachine({
    files: { "/etc/conf": "secret thing\n", "/etc/shadow": "root:x\n" },
    commands: { id: "uid=0(root)" },
  });
  await scene.scan(scene.make({ group_policies: [OF_SERVER] }));
  assert.deepEqual(scene.shown(), [
    "remote:1 Not applicable",
    "remote:2 Failed",
    "remote:3 Not applicable",
    "remote:4 Failed",
  ]);
  assert.deepEqual(scene.machine.ran, []);
  assert.doesNotMatch(JSON.stringify(scene.documents()), /secret thing|uid=0/);
  const reasons = scene.documents().map(({ check }) => check.reason);
  assert.ok(reasons.some((reason) => reason?.includes("sca.remote_commands is false")));
  assert.ok(reasons.some((reason) => reason?.includes("may hold passwords or keys")));
});

Deno.test("Sca runs commands of a group's policy where the machine says so", async () => {
  using scene = new ScaScene();
  scene.machine = new MadeUpMachine({ commands: { id: "uid=0(root)" } });
  await scene.scan(scene.make({ group_policies: [OF_SERVER], remote_commands: true }));
  assert.ok(scene.shown().includes("remote:1 Passed"));
});

Deno.test("Sca runs no command of a policy that others can write, and says why", async () => {
  using scene = new ScaScene();
  const path = scene.write("one.yml", policyText("one", { 1: "c:id -> r:root", 2: "not f:/a" }));
  Deno.chmodSync(path, 0o666);
  scene.machine = new MadeUpMachine({ commands: { id: "uid=0(root)" } });
  const module = scene.make();
  await scene.scan(module);
  assert.deepEqual(scene.shown(), ["one:1 Not applicable", "one:2 Passed"]);
  assert.match(module.report().problems?.[0]?.message ?? "", /one\.yml can be written by others/);
});

Deno.test("Sca hides passwords and hashes in what was seen, and cuts it", async () => {
  using scene = new ScaScene();
  scene.machine = new MadeUpMachine({
    files: {
      "/a": "root:$6$salt$0123456789abcdefghijklmn:19000\n",
      "/b": "password=hunter2 user=x\n",
      "/c": `${"x".repeat(5_000)}\n`,
    },
  });
  scene.write(
    "one.yml",
    policyText("one", {
      1: "not f:/a -> r:^root",
      2: "not f:/b -> r:user",
      3: "not f:/c -> r:x",
    }),
  );
  await scene.scan(scene.make());
  const reasons = scene.documents().map(({ check }) => check.reason ?? "");
  assert.doesNotMatch(reasons.join("\n"), /0123456789abcdef|hunter2/);
  assert.ok(reasons.every((reason) => reason.length <= 256));
});

Deno.test("Sca says of a policy that is named and not there that it is not there", async () => {
  using scene = new ScaScene();
  const module = scene.make({ policies: ["/nowhere/policy.yml"] });
  assert.equal(await scene.scan(module), undefined);
  const [problem] = module.report().problems ?? [];
  assert.deepEqual([problem?.code, problem?.message], [
    "nothing_matches",
    "there is no policy /nowhere/policy.yml",
  ]);
});

Deno.test("Sca scans again after its interval, and sooner what was not complete", async () => {
  using scene = new ScaScene();
  scene.write("one.yml", policyText("one", { 1: "f:/a" }));
  const module = scene.make({ interval: "12h" });
  const nextInMs = () => (module.report().nextScanAtMs ?? 0) - scene.clock.now();
  assert.equal(nextInMs(), 0);
  await scene.scan(module);
  assert.equal(nextInMs(), 12 * 3_600_000);
  scene.failure = "no memory";
  await scene.scan(module);
  assert.equal(nextInMs(), 600_000);
});
