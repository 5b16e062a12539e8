/** What an operator finds broken, and whether the first check that fails names it with the right next step. */

import assert from "node:assert/strict";
import { lockDataFolder } from "../../../../src/agent/identity/data_folder_lock.ts";
import { ConnectProxy } from "../../../support/connect_proxy.ts";
import { checkOf, DoctorScene } from "../../../support/doctor_scene.ts";
import { runCommand } from "../../../support/run_command.ts";
import { createTestAuthority } from "../../../support/tls.ts";

const DAY_MS = 86_400_000;

/** What is wrong, the check that says so, and words that its message and its hint have. */
interface Fault {
  what: string;
  scene?: Parameters<typeof DoctorScene.open>[0];
  /** Breaks it; what it returns is disposed of in the end. */
  harm?: (scene: DoctorScene) => void | AsyncDisposable | Promise<void | AsyncDisposable>;
  id: string;
  message: RegExp;
  hint: RegExp;
}

const page = () =>
  new Response("<!doctype html><title>Portal</title>", {
    headers: { "content-type": "text/html" },
  });

const FAULTS: Fault[] = [
  {
    what: "another authority in ca_cert",
    harm: async ({ folder }) =>
      Deno.writeTextFileSync(folder.file("ca.pem"), (await createTestAuthority("Other")).cert),
    id: "network.tls",
    message: /not signed by a known certificate authority/,
    hint: /agent\.ca_cert/,
  },
  {
    what: "a certificate that has expired",
    scene: { notBeforeMs: Date.now() - 3 * DAY_MS },
    id: "network.tls",
    message: /has expired/,
    hint: /renewed or the clock set/,
  },
  {
    what: "a certificate for another name",
    scene: { names: ["other.example"] },
    id: "network.tls",
    message: /another host name.*other\.example/,
    hint: /agent\.server_url with a name/,
  },
  {
    what: "a server that lives in another time",
    scene: {
      answer: () =>
        new Response(null, { headers: { date: new Date(Date.now() + DAY_MS).toUTCString() } }),
    },
    id: "network.clock",
    message: /this machine's clock is (23 h 59 min|1 d 0 h) behind the server's/,
    hint: /date -u/,
  },
  {
    what: "a clock by which the certificate of the server has expired",
    scene: {
      notBeforeMs: Date.now() - 3 * DAY_MS,
      answer: () =>
        new Response(null, {
          headers: { date: new Date(Date.now() - 2.5 * DAY_MS).toUTCString() },
        }),
    },
    id: "network.clock",
    message: /this machine's clock is 2 d 1[12] h ahead of the server's/,
    hint: /set the wrong one/,
  },
  {
    what: "an identity that the server does not know",
    harm: (scene) => scene.writeIdentity({ id: crypto.randomUUID() }),
    id: "server.login",
    message: /refuses this agent/,
    hint: /agent register --force/,
  },
  {
    what: "a proxy that may not connect",
    harm: (scene) => {
      const proxy = new ConnectProxy({ refusal: "403 Forbidden" });
      scene.configure({ "agent.proxy": proxy.url() });
      return proxy;
    },
    id: "network.proxy",
    message: /through the proxy http:\/\/127\.0\.0\.1/,
    hint: /allow CONNECT to localhost:\d+/,
  },
  {
    what: "a proxy that is not there",
    harm: (scene) => scene.configure({ "agent.proxy": "http://127.0.0.1:1" }),
    id: "network.tcp",
    message: /127\.0\.0\.1 port 1: connection refused/,
    hint: /agent\.proxy/,
  },
  {
    what: "a name that nobody knows",
    harm: (scene) => scene.configure({ "agent.server_url": "https://nobody.invalid:27000" }),
    id: "network.dns",
    message: /no address for "nobody\.invalid" of agent\.server_url/,
    hint: /DNS/,
  },
  {
    what: "a port on which nobody listens",
    harm: (scene) => scene.configure({ "agent.server_url": "https://127.0.0.1:1" }),
    id: "network.tcp",
    message: /connection refused/,
    hint: /server runs and listens/,
  },
  {
    what: "a server that answers with web pages",
    scene: { answer: page },
    id: "network.answer",
    message: /no server of this protocol.*Portal/,
    hint: /agent\.server_url/,
  },
  {
    what: "a server whose indexer is away",
    scene: { answer: () => Response.json({ message: "indexer is away" }, { status: 503 }) },
    id: "network.answer",
    message: /503.*indexer is away/,
    hint: /look at the server/,
  },
  {
    what: "a server that refuses events",
    scene: {
      answer: ({ url }) =>
        url.includes("/events/")
          ? Response.json({ message: "no engine" }, { status: 500 })
          : undefined,
    },
    id: "server.event",
    message: /no engine/,
    hint: /look at the server/,
  },
  {
    what: "a data folder that others can write to",
    harm: ({ dataFolder }) => Deno.chmodSync(dataFolder, 0o777),
    id: "files.data_folder",
    message: /can be written by others \(mode 0777\)/,
    hint: /chmod go-w/,
  },
  {
    what: "no data folder",
    harm: ({ dataFolder }) => Deno.removeSync(dataFolder, { recursive: true }),
    id: "files.data_folder",
    message: /not registered/,
    hint: /agent register/,
  },
  {
    what: "a file in place of the data folder",
    harm: ({ dataFolder }) => {
      Deno.removeSync(dataFolder, { recursive: true });
      Deno.writeTextFileSync(dataFolder, "");
    },
    id: "files.data_folder",
    message: /is no folder/,
    hint: /agent\.path\.data/,
  },
  {
    what: "no identity",
    harm: ({ dataFolder }) => Deno.removeSync(`${dataFolder}/identity.json`),
    id: "identity.registered",
    message: /not registered/,
    hint: /agent register/,
  },
  {
    what: "an identity that is no JSON",
    harm: ({ dataFolder }) => Deno.writeTextFileSync(`${dataFolder}/identity.json`, "{"),
    id: "identity.registered",
    message: /damaged/,
    hint: /backup/,
  },
  {
    what: "a queue that the disk changed",
    harm: (scene) => {
      scene.makeQueue();
      const path = `${scene.dataFolder}/agent.db`;
      const bytes = Deno.readFileSync(path);
      Deno.writeFileSync(path, bytes.fill(0x5a, 4096, 4096 + 2048));
    },
    id: "database.sound",
    message: /the queue is damaged/,
    hint: /agent queue repair/,
  },
  {
    what: "a configuration with a typing error",
    harm: ({ configPath }) => Deno.writeTextFileSync(configPath, "agent.server_ulr: https://x\n"),
    id: "config.loads",
    message: /agent\.server_url/,
    hint: /./,
  },
  {
    what: "a ca_cert that is not there",
    harm: (scene) => scene.configure({ "agent.ca_cert": "/nowhere/ca.pem" }),
    id: "config.certificates",
    message: /\/nowhere\/ca\.pem.*no such file/,
    hint: /agent\.ca_cert/,
  },
  {
    what: "a log file in a folder that is not there",
    harm: (scene) => scene.configure({ "log.file": "/nowhere/agent.log" }),
    id: "files.log",
    message: /no folder "\/nowhere"/,
    hint: /ls -ld "\/nowhere"/,
  },
  {
    what: "another agent on the data folder that does not answer here",
    harm: ({ dataFolder }) => {
      const lock = lockDataFolder(dataFolder);
      return { [Symbol.asyncDispose]: () => Promise.resolve(lock[Symbol.dispose]()) };
    },
    id: "agent.lock",
    message: /in use by process \d+, but no agent answers/,
    hint: /--config with which/,
  },
];

for (const { what, scene: shape = {}, harm = () => {}, id, message, hint } of FAULTS) {
  Deno.test(`doctor names ${what} in the first check that fails, with the next step`, async () => {
    await using scene = await DoctorScene.open(shape);
    await using _undo = await harm(scene) ?? undefined;
    const failed = await scene.firstFailure();
    assert.equal(failed.id, id, JSON.stringify(failed));
    assert.match(failed.message, message);
    assert.match(failed.try ?? "", hint);
  });
}

Deno.test("doctor finds nothing wrong with a registered agent that does not run, and posts an event", async () => {
  await using scene = await DoctorScene.open();
  const { code, report } = await scene.doctor();
  assert.equal(code, 0);
  const bad = report.checks.filter(({ status }) => status === "fail");
  assert.deepEqual([bad, report.running], [[], false]);
  const tls = checkOf(report, "network.tls");
  assert.match(tls.detail.join("\n"), /CN=localhost for .*DNS:localhost.*\n.*CN=Test CA/);
  assert.equal((await scene.client.stats()).events.stateless, 1);
});

Deno.test("doctor --offline asks no server, and --only makes a group's checks and those that they need", async () => {
  await using scene = await DoctorScene.open();
  const offline = await scene.doctor("--offline");
  assert.ok(offline.report.checks.every(({ group }) => group !== "network" && group !== "server"));
  const { report } = await scene.doctor("--only", "identity");
  assert.deepEqual(report.checks.map(({ id }) => id), [
    "config.loads",
    "files.data_folder",
    "identity.registered",
    "identity.machine",
  ]);
});

Deno.test("doctor keeps a command that its poll brings for the next start of the agent", async () => {
  await using scene = await DoctorScene.open();
  scene.makeQueue();
  await scene.order("status");
  const { report } = await scene.doctor();
  assert.match(checkOf(report, "server.poll").message, /1 command kept for the next start/);
  const { commands } = JSON.parse((await scene.run("commands", "--json")).stdout);
  assert.deepEqual(
    commands.map(({ action, state }: Record<string, string>) => [action, state]),
    [["status", "received"]],
  );
});

Deno.test("doctor leaves the data folder of an agent that never ran as it was", async () => {
  await using scene = await DoctorScene.open();
  const names = () => [...Deno.readDirSync(scene.dataFolder)].map(({ name }) => name);
  await scene.doctor("--offline");
  assert.deepEqual(names(), ["identity.json"]);
});

Deno.test("doctor warns of events that were lost, and of no note in the ledger that tells of none", async () => {
  await using scene = await DoctorScene.open();
  using queue = scene.openQueue();
  const note = async (events: number, reason: string) => {
    const losses = [{ events, bytes: events, reason, detail: "" }];
    await queue.append({ stream: "stateless", events: ["\n{}"], losses });
    const { report } = await scene.doctor("--only", "database");
    const { status, message } = checkOf(report, "database.losses");
    return [status, message];
  };
  assert.deepEqual(await note(0, "sent twice"), ["ok", "nothing was lost: sent twice"]);
  const [status, message] = await note(2, "too old");
  assert.equal(status, "warn");
  assert.match(message ?? "", /^2 events lost .*too old$/);
});

Deno.test("doctor as text has a line for each check and one with what to do", async () => {
  await using scene = await DoctorScene.open();
  scene.configure({ "agent.server_url": "https://127.0.0.1:1" });
  const { code, stdout, stderr } = await scene.run("doctor");
  assert.equal(code, 1);
  assert.match(stdout, /^ok {7}config\.loads +\S+agent\.yaml {2}\([\d.]+ ms\)$/m);
  assert.match(stdout, /^FAIL {5}network\.tcp .*connection refused.*\n {9}Try: check that/m);
  assert.match(stdout, /^skipped {2}server\.login +needs network\.answer$/m);
  assert.match(stdout, /\d+ checks: 1 failed, \d+ warnings?, \d+ skipped/);
  assert.match(stderr, /1 check failed: first network\.tcp/);
});

Deno.test("doctor refuses a group that there is not", async () => {
  const { code, stderr } = await runCommand("doctor", "--only", "weather");
  assert.equal(code, 2);
  assert.match(stderr, /config, files, identity/);
});
