/** Releases that must not be installed, or do not work: each has its own reason at the manager, and the agent goes on. */

import assert from "node:assert/strict";
import { agent } from "../support/agent_process.ts";
import { diskTest } from "../conservation/support/small_disk.ts";
import { eventually } from "../support/eventually.ts";
import { OrderDesk } from "../support/order_desk.ts";
import { TempFolder } from "../support/queues.ts";
import {
  compiledVersions,
  install,
  newKey,
  type ReleaseChange,
  ReleaseDesk,
  standIn,
} from "../support/release_desk.ts";
import { AgentSide, logLines, OwnServer } from "../support/scene.ts";
import { VERSION } from "../../src/shared/version.ts";

const compiled = compiledVersions();

if (compiled === undefined) {
  Deno.test("bad releases are NOT TESTED here: AGENT_BIN and AGENT_NEXT_BIN name no compiled agents", () => {});
} else {
  const { own, next } = compiled;
  const works = standIn("exec sleep 60");
  const cases: [reason: string, script: string, change?: ReleaseChange][] = [
    ["key_unknown", works, { key: newKey() }],
    ["expired", works, { expires: "2026-02-01T00:00:00Z" }],
    ["wrong_platform", works, { targets: { "plan9-mips": file("agent") } }],
    ["older_version", works, { version: "0.1.0" }],
    ["not_from_this_version", works, { from: ">=50.0.0" }],
    ["wrong_hash", works, { sha256: "0".repeat(64) }],
    ["wrong_size", works, { size: works.length - 1 }],
    ["wrong_size", works, { size: works.length + 1 }],
    ["too_large", works, { size: 10e9 }],
    ["other_database", works, { database: 99 }],
    ["does_not_run", "no program at all"],
    ["does_not_run", "#!/bin/sh\nexit 1\n"],
    ["wrong_version", standIn("exit 0", { version: "98.0.0" })],
    ["refuses_configuration", "#!/bin/sh\n[ $1 = --version ] && echo 99.0.0\n"],
    ["died", standIn("echo out of order >&2; exit 3")],
    ["died", standIn("sleep 0.3; kill -9 $$")],
    ["does_not_answer", works],
    ["cannot_log_in", standIn(`AGENT_LOGIN_PATH=/nowhere exec ${next} "$@"`)],
  ];

  Deno.test("bad releases are refused or left again, each with its own reason at the manager", async () => {
    using folder = new TempFolder();
    await using server = await OwnServer.start(folder);
    const desk = new ReleaseDesk(folder.file("manager/releases"));
    const installation = install(folder.file("install"), own);
    const side = new AgentSide(folder, server, [
      `upgrade: { enabled: true, trusted_keys: ${desk.keyFile}, trial: 5s, spread: 0s }`,
    ]);
    const { id } = await side.register();
    await using running = await side.start({ program: installation.program });
    using orders = await OrderDesk.open(server);
    const update = async (manifest: string) => {
      const action = { name: "update", args: { manifest } };
      const [order] = await orders.outcomes(await orders.send({ type: "agent", id }, action));
      return order?.result;
    };
    for (const [reason, script, change] of cases) {
      const manifest = Deno.readTextFileSync(desk.make({ script }, change));
      const result = await update(manifest);
      assert.equal(result?.code, 1, `${reason}: ${result?.message}`);
      assert.match(
        result.message,
        new RegExp(`^${reason}: `),
        `${result.message}\n${running.stderr}`,
      );
      assert.equal(JSON.parse(result.data ?? "").reason, reason);
      assert.equal(installation.current, VERSION);
    }
    const changed = Deno.readTextFileSync(desk.make({ script: works })).replace("2090", "2091");
    assert.match((await update(changed))?.message ?? "", /^signature_wrong: /);
    const died = Deno.readTextFileSync(desk.make({ script: standIn("exit 3") }));
    assert.match((await update(died))?.message ?? "", /^died: .* with status 3; 0\.2\.0 goes on$/);
    assert.match(
      (await update(died))?.message ?? "",
      /^failed_before: release \d+ failed here before/,
    );
    const older = Deno.readTextFileSync(desk.make({ script: works }, { release: 1 }));
    assert.match((await update(older))?.message ?? "", /^older_release: it is release 1/);
    side.write(["after all of them"]);
    await running.until(({ agent, streams }) =>
      agent?.version === VERSION && streams.stateless.queued_events === 0
    );
    assert.equal(await running.stop(), 0);
  });

  Deno.test("a release that passes its trial and then keeps dying is left again by itself; what it did to the queue on the way is undone", async () => {
    using folder = new TempFolder();
    await using server = await OwnServer.start(folder);
    const desk = new ReleaseDesk(folder.file("usb"));
    const installation = install(folder.file("install"), own);
    const side = new AgentSide(folder, server, [
      `upgrade: { enabled: true, trusted_keys: ${desk.keyFile}, trial: 4s, spread: 0s }`,
    ]);
    await side.register();
    await using running = await side.start({ program: installation.program });
    const upgrade = (manifest: string) =>
      agent(["upgrade", "--file", manifest, "--config", side.configPath], {
        program: installation.program,
      });
    const spoils = standIn(`rm -f ${folder.file("data/agent.db")}*; exec ${next} "$@"`);
    const refused = await upgrade(desk.make({ script: spoils }));
    assert.match(refused.stdout + refused.stderr, /the queue was replaced by another file/);
    const started = folder.file("started");
    const dies = standIn(
      `[ -e ${started} ] && exit 9; touch ${started}; (sleep 4; kill -9 $$) & exec ${next} "$@"`,
    );
    const upgraded = await upgrade(desk.make({ script: dies }));
    assert.equal(upgraded.code, 0, upgraded.stdout + upgraded.stderr + running.stderr);
    side.write(["while it dies"]);
    const { upgrade: report } = await eventually(
      () => running.status().catch(() => undefined),
      (status) => status?.agent?.version === VERSION && status.upgrade.last_result?.code === 1,
    ) ?? {};
    assert.equal(report?.last_result?.reason, "kept_dying");
    assert.equal(report.current, VERSION);
    const all = await eventually(
      () => server.events(),
      (events) => events.filter(({ data }) => Boolean(data?.upgrade)).length >= 3,
    );
    const reasons = all.map(({ data }) => (data?.upgrade as { reason?: unknown })?.reason);
    assert.deepEqual(reasons.filter((reason) => reason !== undefined), [
      "queue_smaller",
      null,
      "kept_dying",
    ]);
    await eventually(() => server.events(), (events) => logLines(events).includes("while it dies"));
    assert.equal(await running.stop(), 0);
  });

  diskTest("ext4", 48, {
    name: "a release that fills the disk is left again, and says so once there is room",
    async run(disk) {
      using folder = new TempFolder();
      Deno.symlinkSync(disk.path, folder.file("data"));
      await using server = await OwnServer.start(folder);
      const desk = new ReleaseDesk(folder.file("manager/releases"));
      const installation = install(folder.file("install"), own);
      const side = new AgentSide(folder, server, [
        `upgrade: { enabled: true, trusted_keys: ${desk.keyFile}, trial: 3s, spread: 0s }`,
      ]);
      const { id } = await side.register();
      await using running = await side.start({ program: installation.program });
      using orders = await OrderDesk.open(server);
      const junk = disk.file("junk");
      const script = standIn(`cat /dev/zero >${junk} 2>/dev/null; exec sleep 60`);
      desk.make({ script });
      const sent = await orders.send({ type: "agent", id }, { name: "update" });
      await eventually(
        () => running.status().then(({ queue }) => queue.disk_low, () => false),
        (isLow) => isLow,
      );
      disk.free();
      const [order] = await orders.outcomes(sent);
      assert.match(order?.result?.message ?? "", /^does_not_answer: .*; 0\.2\.0 goes on$/);
      side.write(["after all of it"]);
      await running.until(({ streams }) => streams.stateless.queued_events === 0);
      assert.equal(await running.stop(), 0);
    },
  });
}

function file(name: string) {
  return { name, size: 1, sha256: "0".repeat(64) };
}
