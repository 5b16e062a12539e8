/** Runs rsyslog and syslog-ng with the recipes of `docs/syslog.md`. */

import assert from "node:assert/strict";
import type { TempFolder } from "../../../support/queues.ts";
import { eventually } from "../../../support/eventually.ts";
import { testWith } from "../../../support/installed.ts";
import { createTestAuthority } from "../../../support/tls.ts";
import { SyslogScene } from "./support/syslog_scene.ts";

const DOCS = Deno.readTextFileSync(new URL("../../../../docs/syslog.md", import.meta.url));

/** The recipe as it stands in the documentation, for the ports and files of this test. */
function recipe(name: string, scene: SyslogScene): string {
  const [, text = ""] = new RegExp(`<!-- recipe: ${name} -->\\s*\`\`\`\\n([^\`]*)\`\`\``)
    .exec(DOCS) ?? [];
  assert.notEqual(text, "", `docs/syslog.md has no recipe ${name}`);
  return text.replaceAll("192.0.2.10", "localhost")
    .replace(/port="514"/, `port="${scene.port("tcp")}"`)
    .replace(/port\(514\)/, `port(${scene.port("tcp")})`)
    .replace(/port="6514"/, `port="${scene.port("tls")}"`)
    .replace(/port\(6514\)/, `port(${scene.port("tls")})`)
    .replaceAll("/etc/ssl/", `${scene.folder.path}/`);
}

async function openScene(): Promise<SyslogScene> {
  const authority = await createTestAuthority();
  const [own, web1] = [await authority.issue(["localhost"]), await authority.issue(["web1"])];
  const files = {
    "agent-ca.pem": authority.cert,
    "agent.pem": own.cert,
    "agent.key": own.key,
    "web1.pem": web1.cert,
    "web1.key": web1.key,
  };
  return await SyslogScene.open({
    inputs(folder: TempFolder) {
      for (const [name, text] of Object.entries(files)) {
        Deno.writeTextFileSync(folder.file(name), text);
      }
      const [certificate, key] = [folder.file("agent.pem"), folder.file("agent.key")];
      return [
        { protocol: "tcp", listen: ":0" },
        { protocol: "tls", listen: ":0", certificate, key },
      ];
    },
  });
}

/** Runs the relay until the message that it is given has arrived. */
async function relays(
  program: string[],
  { scene, socket }: { scene: SyslogScene; socket: string },
) {
  const [name = "", ...args] = program;
  const child = new Deno.Command(name, { args, stdout: "null", stderr: "piped" }).spawn();
  const said = new Response(child.stderr).text();
  try {
    await eventually(() => Promise.resolve(exists(socket)), (is) => is);
    const args = ["-u", socket, "-t", "app", "-p", "auth.crit", "hello, it's me"];
    await eventually(
      async () => (await new Deno.Command("logger", { args, stderr: "null" }).output()).code,
      (code) => code === 0,
    );
    await scene.received(1);
  } finally {
    child.kill("SIGTERM");
    assert.equal(typeof await said, "string");
    await child.status;
  }
  const [event] = scene.events;
  assert.equal(event?.data.message.trim(), "hello, it's me");
  assert.deepEqual([event?.data.log.syslog.appname, event?.data.log.syslog.priority], ["app", 34]);
}

function exists(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSocket === true;
  } catch {
    return false;
  }
}

for (const name of ["rsyslog", "rsyslog_tls"]) {
  testWith("rsyslogd", `the recipe ${name} works with the real rsyslog`, async () => {
    await using scene = await openScene();
    const [socket, config] = [scene.folder.file("in.sock"), scene.folder.file("rsyslog.conf")];
    const lines = [
      'module(load="imuxsock" SysSock.Use="off")',
      `global(workDirectory="${scene.folder.path}")`,
      `input(type="imuxsock" Socket="${socket}")`,
      recipe(name, scene),
    ];
    Deno.writeTextFileSync(config, lines.join("\n"));
    const pid = scene.folder.file("pid");
    await relays(["rsyslogd", "-n", "-f", config, "-i", pid], { scene, socket });
  });
}

for (const name of ["syslog_ng", "syslog_ng_tls"]) {
  testWith("syslog-ng", `the recipe ${name} works with the real syslog-ng`, async () => {
    await using scene = await openScene();
    const [socket, config] = [scene.folder.file("in.sock"), scene.folder.file("syslog-ng.conf")];
    const lines = ["@version: 3.38", `source s_src { unix-dgram("${socket}"); };`];
    Deno.writeTextFileSync(config, [...lines, recipe(name, scene), ""].join("\n"));
    const state = ["-R", "persist", "-p", "pid", "-c", "control"]
      .map((word) => word.startsWith("-") ? word : scene.folder.file(word));
    await relays(["syslog-ng", "-F", "-f", config, ...state], { scene, socket });
  });
}
