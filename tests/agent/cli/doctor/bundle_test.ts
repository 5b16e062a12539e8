import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gunzipSync } from "node:zlib";
import { unpackTar } from "modern-tar";
import { DoctorScene } from "../../../support/doctor_scene.ts";
import { unsignedJwt } from "../../../support/jwt.ts";
import { traces } from "../../../support/secret_traces.ts";
import { KEY } from "../../../manager/harness.ts";

/** The files of a bundle by name. */
async function filesOf(path: string): Promise<Map<string, string>> {
  const entries = await unpackTar(gunzipSync(Deno.readFileSync(path)));
  return new Map(entries.map(({ header, data }) => [
    header.name.replace(/^agent-doctor\//, ""),
    new TextDecoder().decode(data),
  ]));
}

Deno.test("doctor --bundle writes report, status, configuration, queue, log and versions, for its user only", async () => {
  await using scene = await DoctorScene.open();
  scene.makeQueue();
  const log = scene.folder.file("agent.log");
  Deno.writeTextFileSync(log, "first line\nlast line\n");
  scene.configure({ "log.file": log });
  const path = scene.folder.file("bundle.tar.gz");
  const { code, stderr } = await scene.run("doctor", "--bundle", path);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /Bundle without secrets written to/);
  const mode = Deno.statSync(path).mode ?? 0;
  assert.equal(mode & 0o777, 0o600);
  const files = await filesOf(path);
  const json = (name: string) => JSON.parse(files.get(name) ?? "");
  assert.equal(json("doctor.json").ok, true);
  assert.equal(json("status.json").running, false);
  assert.equal(json("configuration.json").options["agent.server_url"].value, scene.url);
  assert.equal(json("queue.json").dead_letters.letters, 0);
  assert.match(json("versions.json").agent, /^\d+\.\d+/);
  assert.equal(files.get("log.txt"), "first line\nlast line\n");
  assert.match(files.get("files.json") ?? "", /^not available: The agent is not running/);
  assert.match(files.get("doctor.txt") ?? "", /^ok +config\.loads/);
  assert.ok(files.has("kernel.txt"));
});

Deno.test("doctor --bundle has none of the secrets of the machine in it, however the log writes them", async () => {
  await using scene = await DoctorScene.open();
  const token = unsignedJwt({ exp: 4_000_000_000 });
  const password = 'pr+xy "word" ü/1';
  const pending = "pendingpendingpendingpending1234";
  scene.writeIdentity();
  const identity = JSON.parse(Deno.readTextFileSync(`${scene.dataFolder}/identity.json`));
  const saved = { value: token, expires_at: null, life_ms: 1, server_offset_ms: 0 };
  const path = `${scene.dataFolder}/identity.json`;
  Deno.writeTextFileSync(path, JSON.stringify({ ...identity, token: saved }));
  Deno.writeTextFileSync(
    `${scene.dataFolder}/identity.pending.json`,
    JSON.stringify({ ...identity, key: pending }),
    { mode: 0o600 },
  );
  const secrets = { key: KEY, token, password, pending };
  const log = scene.folder.file("agent.log");
  const forms = Object.values(secrets).flatMap((secret) => [
    secret,
    JSON.stringify({ secret }),
    encodeURIComponent(secret),
    Buffer.from(`user:${secret}`).toString("base64"),
    Buffer.from(secret).toString("base64url"),
  ]);
  const foreign = [
    "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\n-----END PRIVATE KEY-----",
    "connecting to ftp://someone:hunter2hunter@files.example/",
    `an old token ${unsignedJwt({ exp: 1, jti: "old" })}`,
    "https://someone:hunter2@hunter2/hunter2@files.example/",
    "Authorization: Basic dXNlcjpodW50ZXIy",
    `enrolled with enr_${"0".repeat(16)}_${"q".repeat(43)}`,
    "GET /x?token=hunter2&password=hunter2 run with MYSQL_PASSWORD=hunter2 --password hunter2",
    "proxy someone:hunter2@files.example:3128",
    "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG",
  ];
  Deno.writeTextFileSync(log, [...forms, ...foreign].join("\n"));
  scene.configure({
    "log.file": log,
    "agent.proxy": `http://user:${encodeURIComponent(password)}@127.0.0.1:1`,
  });
  const bundle = scene.folder.file("bundle.tar.gz");
  await scene.run("doctor", "--offline", "--bundle", bundle);
  const files = await filesOf(bundle);
  assert.match(files.get("log.txt") ?? "", /\[redacted\]/);
  for (const [name, text] of files) {
    for (const [what, secret] of Object.entries(secrets)) {
      for (const trace of traces(secret)) assert.ok(!text.includes(trace), `${what} in ${name}`);
    }
    assert.doesNotMatch(text, /MIGHAgEAMBMG|hunter2|eyJ|dXNlcjpo|qqqq/, name);
  }
});

Deno.test("doctor --bundle does not replace a file, and looks at nothing before it says so", async () => {
  await using scene = await DoctorScene.open();
  const path = scene.folder.file("bundle.tar.gz");
  Deno.writeTextFileSync(path, "mine");
  const { code, stdout, stderr } = await scene.run("doctor", "--bundle", path);
  assert.deepEqual([code, stdout, Deno.readTextFileSync(path)], [1, "", "mine"]);
  assert.match(
    stderr,
    /bundle\.tar\.gz": it is there already\nTry: give --bundle the name of a new/,
  );
});

Deno.test("doctor --bundle says what is wrong with a configuration that cannot be read", async () => {
  await using scene = await DoctorScene.open();
  Deno.writeTextFileSync(scene.configPath, "agent: [");
  const path = scene.folder.file("bundle.tar.gz");
  const { code } = await scene.run("doctor", "--bundle", path);
  assert.equal(code, 1);
  const files = await filesOf(path);
  assert.match(files.get("configuration.txt") ?? "", /agent\.yaml/);
  assert.deepEqual([...files.keys()].includes("status.json"), false);
});
