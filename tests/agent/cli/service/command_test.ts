import assert from "node:assert/strict";
import { runCommand } from "../../../support/run_command.ts";
import { TempFolder } from "../../../support/queues.ts";

function configured(folder: TempFolder, lines: readonly string[] = []): string {
  const path = folder.file("agent.yaml");
  Deno.writeTextFileSync(path, [...lines, "log.level: info", ""].join("\n"));
  return path;
}

Deno.test("agent service install --dry-run prints the unit and the steps for the paths in force", async () => {
  const file = `${Deno.cwd()}/config/agent.yaml`;
  const { code, stdout } = await runCommand(
    ...["service", "install", "--dry-run", "--now", "--config", file, "--user", "collector"],
  );
  assert.equal(code, 0);
  assert.ok(stdout.includes(`run --config ${file}\n`), stdout);
  assert.match(stdout, /^User=collector$/m);
  assert.match(stdout, /^ {2}systemctl restart agent\.service$/m);
  assert.doesNotMatch(stdout, /^ {2}useradd /m);
});

Deno.test("agent service install says that a service cannot use folders below /tmp", async () => {
  using folder = new TempFolder();
  const config = configured(folder, ["agent.path.data: /var/tmp/agent"]);
  const { code, stderr } = await runCommand("service", "install", "--config", config);
  assert.equal(code, 1);
  assert.match(stderr, /A service cannot use "\/(var\/)?tmp\/.*\nTry: /);
});

Deno.test("agent service install refuses what is no user's name", async () => {
  const args = ["service", "install", "--dry-run", "--user", "x\nExecStart=/bin/sh"];
  const { code, stderr } = await runCommand(...args);
  assert.equal(code, 2);
  assert.match(stderr, /Cannot use --user/);
});

Deno.test("agent service install refuses a configuration whose name would be a line of the unit", async () => {
  using folder = new TempFolder();
  const config = folder.file("a\nExecStartPre=-touch pwned\nX=.yaml");
  Deno.writeTextFileSync(config, "log.level: info\n");
  const { code, stdout, stderr } = await runCommand(
    ...["service", "install", "--dry-run", "--config", config],
  );
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /A service cannot use ".*\\n.*": it has control characters/);
});

Deno.test("agent service uninstall --dry-run prints the steps", async () => {
  const { code, stdout } = await runCommand("service", "uninstall", "--dry-run", "--now");
  assert.equal(code, 0);
  assert.equal(
    stdout,
    "systemctl stop agent.service\nsystemctl disable agent.service\n" +
      "remove /etc/systemd/system/agent.service\nsystemctl daemon-reload\n",
  );
});
