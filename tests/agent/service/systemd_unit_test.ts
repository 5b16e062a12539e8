import assert from "node:assert/strict";
import { systemdUnit } from "../../../src/agent/service/systemd_unit.ts";
import { testWith } from "../../support/installed.ts";
import { TempFolder } from "../../support/queues.ts";

const USUAL = {
  executable: "/usr/bin/agent",
  configFile: "/etc/agent/agent.yaml",
  dataFolder: "/var/lib/agent",
  runFolder: "/run/agent",
  user: "agent",
};

const ODD = {
  executable: "/opt/my tools/agent",
  configFile: '/srv/$conf/100%/a"b.yaml',
  dataFolder: "/srv/agent data",
  runFolder: "/srv/agent/run",
  logFile: "/srv/log/agent.log",
  user: "collector",
};

function settings(unit: string): string[] {
  return unit.split("\n").filter((line) => /^[A-Z]\w+=/.test(line));
}

Deno.test("systemdUnit has systemd make the folders at the usual places", () => {
  const lines = settings(systemdUnit(USUAL));
  for (
    const line of [
      "ExecStart=/usr/bin/agent run --config /etc/agent/agent.yaml",
      "StateDirectory=agent",
      "RuntimeDirectory=agent",
      "ConfigurationDirectory=agent",
      "User=agent",
    ]
  ) assert.ok(lines.includes(line), line);
  assert.ok(!lines.some((line) => line.startsWith("ReadWritePaths=")));
});

Deno.test("systemdUnit lets the agent write to folders elsewhere, and quotes what systemd would read otherwise", () => {
  const lines = settings(systemdUnit(ODD));
  for (
    const line of [
      'ExecStart="/opt/my tools/agent" run --config "/srv/$$conf/100%%/a\\"b.yaml"',
      'ReadWritePaths="/srv/agent data"',
      "ReadWritePaths=/srv/agent/run",
      "ReadWritePaths=/srv/log",
      "User=collector",
    ]
  ) assert.ok(lines.includes(line), line);
  assert.ok(!lines.some((line) => /^(State|Runtime|Configuration)Directory=/.test(line)));
});

for (const [name, options] of Object.entries({ usual: USUAL, odd: ODD })) {
  testWith(
    "systemd-analyze",
    `systemd has no complaint about a unit with ${name} paths`,
    async () => {
      using folder = new TempFolder();
      // What it starts must exist where the unit is looked at.
      const executable = folder.file(`${name} program`);
      Deno.writeTextFileSync(executable, "#!/bin/sh\n", { mode: 0o755 });
      const place = folder.file("agent.service");
      Deno.writeTextFileSync(place, systemdUnit({ ...options, executable }));
      const args = ["verify", "--man=no", place];
      const { stderr } = await new Deno.Command("systemd-analyze", { args }).output();
      const complaints = new TextDecoder().decode(stderr).split("\n")
        .filter((line) => line.includes("agent.service"));
      assert.deepEqual(complaints, []);
    },
  );
}
