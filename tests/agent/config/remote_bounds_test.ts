import assert from "node:assert/strict";
import { checkShared, loadConfig, resolveConfig } from "../../../src/agent/config/load.ts";
import { whyNotRead } from "../../../src/agent/config/remote_files.ts";
import { AgentError } from "../../../src/shared/errors.ts";
import { TempFolder } from "../../support/queues.ts";

/** What a group's file is refused for on a machine whose own file says `local`. */
function refusal(shared: string, local = ""): string {
  try {
    const file = { path: "agent.yaml", text: local };
    const group = [{ name: "web", text: shared }];
    resolveConfig(file, { env: {}, platform: "linux", shared: group });
    return "";
  } catch (error) {
    assert.ok(error instanceof AgentError);
    return error.message;
  }
}

function following(location: string, local?: string): string {
  return refusal(`logcollector: {localfiles: [{location: ${JSON.stringify(location)}}]}`, local);
}

Deno.test("resolveConfig() lets groups follow logs, and nothing outside of them", () => {
  for (const location of ["/var/log/syslog", "/var/log/*.log", "/var/log/**/*.log"]) {
    assert.equal(following(location), "", location);
  }
  const outside = [
    "/etc/shadow",
    "/etc/*",
    "/**",
    "/var/*/x.log",
    "/var/log",
    "/var/logs/x",
    "/{var/log,etc}/shadow",
  ];
  for (const location of outside) {
    assert.match(
      following(location),
      /outside of remote\.allow\.localfiles|never read for the server/,
      location,
    );
  }
  for (
    const location of [
      "/var/log/../../etc/shadow",
      "/var/log/*/../../../etc/shadow",
      "/var/log/{..,x}/y",
    ]
  ) {
    assert.match(following(location), /goes through ".."/, location);
  }
});

Deno.test("resolveConfig() lets groups follow what the machine's own file allows, but never secrets and the agent's folders", () => {
  const all = "remote.allow.localfiles: [/**]\nagent: {path: {data: /srv/agent}, " +
    "enrollment_token_file: /srv/agent-token, client_key: /srv/agent-key, client_cert: /srv/c}\n";
  for (const location of ["/var/log/shadowsocks.log", "/var/log/keys.log", "/srv/security.log"]) {
    assert.equal(following(location, all), "", location);
  }
  assert.equal(following("/srv/app/app.log", all), "");
  const never = [
    "/etc/shadow",
    "/etc/gshadow-",
    "/home/me/.ssh/config",
    "/root/.ssh/*",
    "/etc/ssh/ssh_host_ed25519_key",
    "/srv/tls/server.key",
    "/srv/tls/server.pem",
    "/proc/1/environ",
    "/srv/agent/identity.json",
    "/srv/agent/**",
    "/srv/agent-token",
    "/srv/agent-key",
    "/etc/security/opasswd",
    "/etc/shadow~",
    "/var/backups/shadow.bak",
    "/var/backups/gshadow.1.gz",
    "/srv/tls/server.key.old",
    "/srv/tls/server.pem.dpkg-dist",
    "/home/me/.git-credentials",
    "/etc/ppp/chap-secrets",
    "/etc/wireguard/wg0.conf",
    "/etc/NetworkManager/system-connections/office.nmconnection",
    "/run/secrets/database",
  ];
  for (const location of never) {
    assert.match(following(location, all), /never read for the server/, location);
  }
  const some = "remote.allow.localfiles: [/srv/*/logs/**]\n";
  assert.equal(following("/srv/shop/logs/a.log", some), "");
  assert.match(following("/var/log/syslog", some), /outside of/);
});

Deno.test("whyNotRead() looks at the file that was found, whatever its glob was called", () => {
  const { config } = resolveConfig(undefined, { env: {}, platform: "linux" });
  assert.equal(whyNotRead("/var/log/app/app.log", config), undefined);
  assert.match(whyNotRead("/etc/hostname", config) ?? "", /outside/);
  assert.match(whyNotRead("/var/log/backup/shadow", config) ?? "", /passwords or keys/);
  assert.match(whyNotRead("/var/log/id_rsa", config) ?? "", /passwords or keys/);
});

Deno.test("resolveConfig() lets groups neither turn collection off nor lower the machine's bounds", () => {
  assert.match(
    refusal("logcollector: {enabled: false}"),
    /may not say unless remote\.allow\.options/,
  );
  assert.match(refusal("queue: {max_bytes: 64KiB}"), /below what holds on this machine/);
  assert.match(refusal("queue: {max_events: 1}"), /below what holds on this machine/);
  assert.match(refusal("commands: {journal_retention: 1h}"), /below what holds on this machine/);
  assert.equal(refusal("queue: {max_bytes: 2GiB}\nevents: {batch_events: 7}"), "");
  const allow = "remote.allow.options: [logcollector.enabled, queue.max_bytes]\n";
  assert.equal(refusal("logcollector: {enabled: false}\nqueue: {max_bytes: 64KiB}", allow), "");
  assert.equal(refusal("logcollector: {enabled: false}", "logcollector.enabled: false\n"), "");
});

Deno.test("resolveConfig() lets groups take no part of a module away that is on here, nor lower its bounds", () => {
  const on = "inventory.enabled: true\nfim.enabled: true\n";
  for (
    const [path, less] of [
      ["inventory.packages", "false"],
      ["inventory.packages", "[npm]"],
      ["inventory.ports", "false"],
      ["inventory.users", "false"],
      ["inventory.max_items", "1"],
      ["fim.max_file_size", "1KiB"],
      ["fim.who", "false"],
    ]
  ) {
    const text = `${path}: ${less}`;
    assert.match(refusal(text, on), /below what holds on this machine/, text);
    assert.equal(refusal(text, `${on}remote.allow.options: [${path}]\n`), "", text);
    assert.equal(refusal(text), "", `${text}, while the module is the server's own`);
  }
  assert.match(
    refusal("journald.filters: [{units: [none]}]", "journald.enabled: true\n"),
    /below what holds/,
  );
  assert.equal(refusal("journald: {enabled: true, filters: [{units: [nginx]}]}"), "");
  const chosen = "journald: {enabled: true, filters: [{units: [ssh]}]}\n";
  assert.equal(refusal("journald.filters: [{units: [nginx]}]", chosen), "");
  const more = "inventory: {processes: true, users: true, ports_all: true, max_items: 200000}";
  assert.equal(refusal(more, `${on}stateful.schema: "5.0"\n`), "");
  const own = `${on}inventory: {packages: [deb], ports: false}\n`.replace(
    "inventory.enabled: true\n",
    "",
  )
    .replace("{packages", "{enabled: true, packages");
  assert.equal(refusal("inventory: {packages: [deb, npm], ports: false}", own), "");
  assert.match(refusal("inventory: {packages: [npm]}", own), /below what holds/);
});

Deno.test("resolveConfig() obeys no word of the server that turns off what the machine has on, also one that it took before", () => {
  const word = (by: "server" | "person") =>
    new Map([["logcollector", { enabled: false, by, at: "2026-02-19T20:25:46.000Z" }]]);
  const load = (text: string, by: "server" | "person" = "server") =>
    resolveConfig({ path: "agent.yaml", text }, { env: {}, overrides: word(by) });
  const { config, warnings } = load("");
  assert.equal(config.logcollector.enabled, true);
  assert.match(warnings.join(), /word on module "logcollector" is ignored.*remote\.allow\.options/);
  const allowed = load("remote.allow.options: [logcollector.enabled]\n");
  assert.equal(allowed.config.logcollector.enabled, false);
  assert.equal(load("", "person").config.logcollector.enabled, false);
});

Deno.test("resolveConfig() lets no group widen what the server may do", () => {
  for (const path of ["actions", "localfiles", "options"]) {
    assert.match(refusal(`remote.allow.${path}: ["*"]`), /cannot be set for a group/);
  }
  assert.match(refusal("commands.require_signature: false"), /cannot be set for a group/);
});

Deno.test("checkShared() says what this machine refuses, and takes what its own file allows", async () => {
  using folder = new TempFolder();
  const file = folder.file("agent.yaml");
  const shared = [{ name: "web", text: "logcollector: {localfiles: [/srv/app.log]}" }];
  Deno.writeTextFileSync(file, "");
  await assert.rejects(
    checkShared(shared, { file, env: {} }),
    /web\.yml:1:29: .*\/srv\/app\.log.*outside/,
  );
  Deno.writeTextFileSync(file, "remote.allow.localfiles: [/srv/**]\n");
  await checkShared(shared, { file, env: {} });
});

Deno.test("loadConfig() leaves a stored file out that the machine does not allow any more", async () => {
  using folder = new TempFolder();
  const file = folder.file("agent.yaml");
  Deno.writeTextFileSync(file, "");
  const readStored = () => [{ name: "web", text: "logcollector.enabled: false\n" }];
  const { config, warnings } = await loadConfig({ file, env: {}, readStored });
  assert.equal(config.logcollector.enabled, true);
  assert.match(warnings.join(), /web\.yml is ignored: .*logcollector\.enabled is false/);
});
