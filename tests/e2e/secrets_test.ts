/**
 * Where the secrets of an agent are, and where they are not: every command against a server that repeats all that it is sent.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { agent } from "../support/agent_process.ts";
import { COMMS_TOKEN, EchoServer, USER_TOKEN } from "../support/echo_server.ts";
import { TempFolder } from "../support/queues.ts";
import { AgentSide } from "../support/scene.ts";
import { traces } from "../support/secret_traces.ts";

const PASSWORD = 'pass+word "of" ü/1';

/** All files below a folder but those in which secrets belong. */
function* filesBelow(folder: string): Generator<string> {
  for (const { name, isDirectory, isFile } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* filesBelow(path);
    else if (isFile && !/^identity(\.pending)?\.json/.test(name)) yield path;
  }
}

function assertClean(where: string, text: string, secrets: Record<string, string>): void {
  for (const [name, secret] of Object.entries(secrets)) {
    const found = traces(secret).find((trace) => text.includes(trace));
    const at = found === undefined ? 0 : text.indexOf(found);
    assert.equal(
      found,
      undefined,
      `${name} in ${where}: …${text.slice(Math.max(0, at - 80), at + 120)}…`,
    );
  }
}

Deno.test("key, tokens and password of an agent are in identity.json and nowhere else, whatever a server repeats", async () => {
  using folder = new TempFolder();
  await using server = new EchoServer();
  const side = new AgentSide(folder, server, ["active_response.enabled: true", "log.level: debug"]);
  const said: Record<string, string> = {};
  const note = (name: string, { stdout, stderr }: { stdout: string; stderr: string }) =>
    said[name] = stdout + stderr;
  const register = [
    "register",
    "--url",
    server.managementUrl,
    "--user",
    "wazuh",
    "--config",
    side.configPath,
  ];
  const env = { AGENT_PASSWORD: PASSWORD };
  note("a refused registration", await agent(register, { env }));
  assert.match(said["a refused registration"] ?? "", /user or password refused.*\[redacted\]/);
  const registered = await agent([...register, "--json"], { env });
  assert.equal(registered.code, 0, registered.stderr);
  note("a registration", registered);
  note("a second registration", await agent(register, { env }));
  const secrets = {
    key: side.identity().key,
    password: PASSWORD,
    "comms token": COMMS_TOKEN,
    "user token": USER_TOKEN,
  };

  await using running = await side.start();
  side.write(["a line", "another"]);
  await running.until((status, log) =>
    status.commands.received > 4 && (log.match(/\[redacted\]/g)?.length ?? 0) > 20
  );
  // Deno itself may not read these.
  const ofProcess = ["cmdline", "environ"].map((name) => `/proc/${running.pid}/${name}`);
  const { stdout } = await new Deno.Command("cat", { args: ofProcess }).output();
  const commands = [
    ["status"],
    ["status", "--json"],
    ["modules"],
    ["modules", "--json"],
    ["commands"],
    ["commands", "--json"],
    ["send-test-event", "--timeout", "1s"],
    ["send-test-event", "--timeout", "1s", "--json"],
    ["reload"],
    ["reload", "--json"],
    ["config", "check"],
    ["config", "show"],
    ["config", "show", "--json"],
    ["queue", "stat"],
    ["queue", "peek"],
    ["dead-letters", "list"],
    ["dead-letters", "list", "--json"],
    ["losses"],
  ];
  for (const args of commands) note(args.join(" "), await side.command(...args));
  using client = Deno.createHttpClient({
    proxy: { transport: "unix", path: `${side.runFolder}/agent.sock` },
  });
  for (const path of ["/v1/status", "/v1/metrics", "/v1/nothing"]) {
    const answer = await fetch(`http://agent${path}`, { client });
    said[path] = await answer.text();
  }
  await running.stop();
  for (const args of [["status"], ["status", "--json"], ["commands", "--json"]]) {
    note(`${args.join(" ")} of a stopped agent`, await side.command(...args));
  }
  said["the log"] = running.stderr;
  said["the process"] = new TextDecoder().decode(stdout);

  for (const [where, text] of Object.entries(said)) assertClean(where, text, secrets);
  for (const path of filesBelow(folder.path)) {
    assertClean(path, Buffer.from(Deno.readFileSync(path)).toString("latin1"), secrets);
  }
});
