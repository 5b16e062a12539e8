import assert from "node:assert/strict";
import { ServiceInstaller } from "../../../src/agent/service/installer.ts";
import type { ServiceHost } from "../../../src/agent/service/service_host.ts";
import { servicePlan, type SystemCommand } from "../../../src/agent/service/service_plan.ts";
import { AgentError } from "../../../src/shared/errors.ts";

const SETTINGS = {
  executable: "/opt/agent/agent",
  configFile: "/etc/agent/agent.yaml",
  dataFolder: "/var/lib/agent",
  runFolder: "/run/agent",
  user: "agent",
};
const UNIT = "/etc/systemd/system/agent.service";
const PACKAGED = "/usr/lib/systemd/system/agent.service";

/** A machine that is a few files, and commands that succeed unless they are named. */
class FakeHost implements ServiceHost {
  isAdministrator = true;
  readonly files = new Map([["/run/systemd/system", ""]]);
  readonly ran: string[] = [];
  failing = /^$/;

  exists(path: string) {
    return this.files.has(path);
  }

  read(path: string) {
    return this.files.get(path);
  }

  write(path: string, text: string) {
    this.files.set(path, text);
  }

  remove(path: string) {
    this.files.delete(path);
  }

  run(command: SystemCommand) {
    const line = command.join(" ");
    this.ran.push(line);
    const fails = this.failing.test(line);
    return Promise.resolve({ code: fails ? 1 : 0, output: fails ? "no" : "" });
  }
}

function machine(settings: Partial<typeof SETTINGS> = {}) {
  const host = new FakeHost();
  const plan = servicePlan("linux", { ...SETTINGS, ...settings });
  const said: string[] = [];
  const installer = new ServiceInstaller(plan, host, (text) => said.push(text));
  const install = (now = false) => installer.install({ user: plan.makeUser?.at(-1) ?? "x", now });
  return { host, plan, said, installer, install };
}

function refusal(pattern: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof AgentError && error.hint !== undefined);
    assert.match(error.message, pattern);
    return true;
  };
}

Deno.test("ServiceInstaller writes the unit, enables it, and says so", async () => {
  const { host, plan, said, install } = machine();
  await install();
  assert.equal(host.read(UNIT), plan.file.text);
  assert.deepEqual(host.ran, [
    "id -u agent",
    "systemctl daemon-reload",
    "systemctl enable agent.service",
  ]);
  assert.equal(said[0], `Wrote ${UNIT}`);
});

Deno.test("ServiceInstaller starts the service at once when it is told to", async () => {
  const { host, install } = machine();
  await install(true);
  assert.equal(host.ran.at(-1), "systemctl restart agent.service");
});

Deno.test("ServiceInstaller makes the usual user when there is none, and no other", async () => {
  const usual = machine();
  usual.host.failing = /^id /;
  await usual.install();
  assert.match(usual.host.ran[1] ?? "", /^useradd --system .* agent$/);
  const other = machine({ user: "somebody" });
  other.host.failing = /^id /;
  await assert.rejects(other.install(), refusal(/there is no user/));
  assert.equal(other.host.exists(UNIT), false);
});

Deno.test("ServiceInstaller makes folders that systemd would not, and gives what is in the data folder to the user", async () => {
  const { host, install } = machine({ dataFolder: "/srv/agent", runFolder: "/srv/run" });
  await install();
  assert.deepEqual(host.ran.filter((line) => line.includes("/srv/")), [
    "install -d -o agent -m 0700 /srv/agent",
    "chown -R agent: /srv/agent",
    "install -d -o agent -m 0700 /srv/run",
  ]);
});

Deno.test("ServiceInstaller changes nothing where systemd does not run, or without the right to", async () => {
  const { host, install } = machine();
  host.isAdministrator = false;
  await assert.rejects(install(), refusal(/only root may do that/));
  host.files.delete("/run/systemd/system");
  await assert.rejects(install(), refusal(/systemd does not run here/));
  assert.deepEqual([host.ran, host.exists(UNIT)], [[], false]);
});

Deno.test("ServiceInstaller leaves a unit alone that something else wrote", async () => {
  const { host, install, installer } = machine();
  host.write(UNIT, "[Unit]\nDescription=Mine\n");
  await assert.rejects(install(), refusal(/is not of agent service install/));
  await assert.rejects(installer.uninstall({ now: true }), refusal(/left as it is/));
  assert.equal(host.read(UNIT), "[Unit]\nDescription=Mine\n");
  assert.equal((await installer.state()).installed_by, "somebody else");
});

Deno.test("ServiceInstaller replaces a unit of its own, and keeps what it said", async () => {
  const { host, plan, install } = machine();
  const old = servicePlan("linux", { ...SETTINGS, configFile: "/etc/other.yaml" }).file.text;
  host.write(UNIT, old);
  await install();
  assert.equal(host.read(UNIT), plan.file.text);
  assert.equal(host.read(`${UNIT}.old`), old);
});

Deno.test("ServiceInstaller uses the unit of a package that says the same, and leaves another one alone", async () => {
  const { host, plan, install } = machine();
  host.write(PACKAGED, plan.file.text);
  await install();
  assert.equal(host.exists(UNIT), false);
  assert.ok(host.ran.includes("systemctl enable agent.service"));
  host.write(PACKAGED, `${plan.file.text}\n`);
  await assert.rejects(install(), refusal(/belongs to a package/));
});

Deno.test("ServiceInstaller takes the unit back when systemd does not take it", async () => {
  const { host, install } = machine();
  host.failing = /enable/;
  await assert.rejects(
    install(),
    refusal(/"systemctl enable agent.service" ended with status 1: no/),
  );
  assert.equal(host.exists(UNIT), false);
  assert.equal(host.ran.at(-1), "systemctl daemon-reload");
});

Deno.test("ServiceInstaller puts the old unit back when systemd does not take the new one", async () => {
  const { host, install } = machine();
  const old = servicePlan("linux", { ...SETTINGS, configFile: "/etc/other.yaml" }).file.text;
  host.write(UNIT, old);
  host.failing = /restart/;
  await assert.rejects(install(true), AgentError);
  assert.equal(host.read(UNIT), old);
});

Deno.test("ServiceInstaller removes what it installed, and stops it when it is told to", async () => {
  const { host, install, installer } = machine();
  await install();
  host.ran.length = 0;
  await installer.uninstall({ now: true });
  assert.equal(host.exists(UNIT), false);
  assert.deepEqual(host.ran.slice(1), [
    "systemctl stop agent.service",
    "systemctl disable agent.service",
    "systemctl daemon-reload",
  ]);
});

Deno.test("ServiceInstaller says that there is nothing to remove", async () => {
  const { said, installer } = machine();
  await installer.uninstall({ now: false });
  assert.deepEqual(said, [`Nothing to do: there is no ${UNIT}`]);
});

Deno.test("ServiceInstaller removes nothing where systemd does not run, and says what to do of each kind of unit", async () => {
  const { host, plan, said, installer } = machine();
  host.files.delete("/run/systemd/system");
  const uninstall = () => installer.uninstall({ now: false });
  await uninstall();
  assert.deepEqual(said, [`Nothing to do: there is no ${UNIT}`]);
  const hintOf = async () => await uninstall().then(() => "", ({ hint }) => hint);
  host.write(PACKAGED, plan.file.text);
  assert.match(await hintOf(), /goes with the package: dpkg --purge agent/);
  host.write(UNIT, plan.file.text);
  assert.equal(await hintOf(), `remove ${UNIT} by hand`);
});

Deno.test("ServiceInstaller tells whose the service is, whether it is current, and whether it runs", async () => {
  const { host, install, installer } = machine();
  host.failing = /is-active/;
  assert.deepEqual(await installer.state(), {
    installed_by: null,
    file: null,
    is_current: null,
    running: false,
  });
  await install();
  host.failing = /^$/;
  host.write(UNIT, `${host.read(UNIT)}# changed\n`);
  assert.deepEqual(await installer.state(), {
    installed_by: "agent service install",
    file: UNIT,
    is_current: false,
    running: true,
  });
});
