import assert from "node:assert/strict";
import { MANAGER_CONFIG } from "../../../src/manager/config/schema.ts";
import { parseOptions } from "../../../src/manager/config/options.ts";
import { textOfJsonSchema } from "../../../src/shared/config/json_schema.ts";
import { TempFolder } from "../../support/queues.ts";
import { ManagerProcess } from "../../support/manager_process.ts";

Deno.test("parseOptions() takes options of the configuration file as flags", () => {
  const args = ["--keepalive-interval", "5s", "--nats-tls-ca", "ca.pem", "--config", "m.yaml"];
  assert.deepEqual(parseOptions(args).config, {
    file: "m.yaml",
    flags: [
      { path: "manager_keepalive.interval", flag: "--keepalive-interval", value: "5s" },
      { path: "manager_keepalive.nats.tls.ca", flag: "--nats-tls-ca", value: "ca.pem" },
    ],
  });
});

Deno.test("manager --help says the defaults of the configuration options; a missing value is said", async () => {
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-P=manager", "src/manager/main.ts", ...args],
      env: { COLUMNS: "200", NO_COLOR: "1" },
    }).output();
    return { code, text: new TextDecoder().decode(code === 0 ? stdout : stderr) };
  };
  const help = (await run("--help")).text.replace(/\s+/g, " ");
  assert.match(help, /--keepalive-interval <duration> [^(]+ \(default: 60s\)/);
  assert.match(help, /--nats-enabled <true\|false> [^(]+ \(default: false\)/);
  assert.match(help, /--nats-servers <list> [^(]+ \(default: nats:\/\/127\.0\.0\.1:4222\)/);
  assert.match(help, /--nats-creds-file <file> .+? \(default: none\)/);
  const followed = await run("--nats-enabled", "--nats-jetstream", "true");
  assert.equal(followed.code, 2);
  assert.match(followed.text, /'--nats-enabled <true\|false>' .*; the value is missing\./);
  const last = await run("--nats-enabled");
  assert.equal(last.code, 2);
  assert.match(last.text, /'--nats-enabled <true\|false>' argument missing/);
});

Deno.test("manager does not start with a configuration that is wrong, and says where", async () => {
  using folder = new TempFolder();
  const file = folder.file("manager.yaml");
  await Deno.writeTextFile(file, "manager_keepalive:\n  intervall: 5s\n");
  const args = ["--config", file, "--keepalive-max-missed", "0"];
  await assert.rejects(ManagerProcess.start({ args }), (error) => {
    assert.ok(error instanceof Error);
    assert.ok(error.message.includes(`${file}:2:3: manager_keepalive.intervall is not an option`));
    assert.ok(error.message.includes("--keepalive-max-missed: manager_keepalive.max_missed is"));
    return true;
  });
});

Deno.test("manager --print-schema prints the JSON Schema and nothing else", async () => {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-P=manager", "src/manager/main.ts", "--print-schema"],
    stderr: "inherit",
  }).output();
  assert.equal(code, 0);
  assert.equal(new TextDecoder().decode(stdout), textOfJsonSchema(MANAGER_CONFIG));
});
