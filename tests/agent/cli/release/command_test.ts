import assert from "node:assert/strict";
import { verifyManifest } from "../../../../src/shared/releases/verify_manifest.ts";
import { readTrustedKeys } from "../../../../src/shared/signing/trusted_keys.ts";
import { TempFolder } from "../../../support/queues.ts";
import { runCommand as run } from "../../../support/run_command.ts";

/** The beginning of an ELF file for a machine, and something behind it. */
function elf(machine: number, text = ""): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(64 + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x464c457f, true);
  view.setUint16(18, machine, true);
  bytes.set(new TextEncoder().encode(text), 64);
  return bytes;
}

const [X86_64, AARCH64] = [0x3e, 0xb7];

/** A folder `dist` with executables for two platforms, and keys. */
async function scene() {
  const folder = new TempFolder();
  Deno.mkdirSync(folder.file("dist"));
  Deno.writeFileSync(folder.file("dist/agent-1.4.0-linux-x86_64"), elf(X86_64, "new"));
  Deno.writeFileSync(folder.file("dist/agent-1.4.0-linux-aarch64"), elf(AARCH64));
  for (const name of ["a", "b"]) {
    assert.equal((await run("release", "keygen", folder.file(name))).code, 0);
  }
  const manifest = folder.file("dist/agent-1.4.0.json");
  const sign = (...more: string[]) =>
    run("release", "sign", folder.file("dist"), "--key", folder.file("a"), ...more);
  const release = (...more: string[]) =>
    sign("--agent-version", "1.4.0", "--release", "37", ...more);
  const verify = (...more: string[]) => {
    const who = ["--for", "1.3.0", "--platform", "linux-x86_64"];
    return run("release", "verify", manifest, "--keys", folder.file("a.pub"), ...who, ...more);
  };
  return {
    folder,
    manifest,
    sign,
    release,
    verify,
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

Deno.test("release keygen writes a pair, the private half for its owner only, and never over a file", async () => {
  using folder = new TempFolder();
  const file = folder.file("release.key");
  const { code, stdout } = await run("release", "keygen", file, "--json");
  assert.equal(code, 0);
  const said = JSON.parse(stdout);
  const [key] = readTrustedKeys(`${file}.pub`);
  assert.deepEqual([said.key_id, said.fingerprint], [key?.id, key?.fingerprint]);
  const pem = Deno.readTextFileSync(file);
  assert.match(pem, /^-----BEGIN PRIVATE KEY-----\n/);
  assert.ok(!stdout.includes(pem.split("\n")[1] ?? "?"));
  if (Deno.build.os !== "windows") assert.equal((Deno.statSync(file).mode ?? 0) & 0o777, 0o600);
  const again = await run("release", "keygen", file);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /it is there already.*\nTry: name another file/);
  assert.equal(Deno.readTextFileSync(file), pem);
});

Deno.test("release sign writes a manifest of the folder's executables that an agent takes", async () => {
  using it = await scene();
  const signed = await it.release("--from", ">=1.2.0", "--valid", "30d");
  assert.equal(signed.code, 0, signed.stderr);
  assert.match(signed.stdout, /^Wrote .*agent-1\.4\.0\.json: agent 1\.4\.0, release 37, until /);
  const verdict = verifyManifest(Deno.readTextFileSync(it.manifest), {
    type: "agent-release",
    keys: readTrustedKeys(it.folder.file("a.pub")),
    threshold: 1,
    nowMs: Date.now(),
    platform: "linux-aarch64",
    version: "1.2.0",
  });
  assert.ok(verdict.ok);
  assert.equal(verdict.target?.name, "agent-1.4.0-linux-aarch64");
  assert.equal(
    Date.parse(verdict.signed.expires) - Date.parse(verdict.signed.issued),
    30 * 86_400_000,
  );
  const { code, stdout } = await it.verify();
  assert.equal(code, 0);
  assert.match(stdout, /^An agent would take .*\n.*aarch64: as signed\n.*x86_64: as signed\n$/);
});

Deno.test("release sign adds the signature of a second person, and changes nothing that the first signed", async () => {
  using it = await scene();
  await it.release();
  const before = JSON.parse(Deno.readTextFileSync(it.manifest));
  Deno.mkdirSync(it.folder.file("keys"), { mode: 0o700 });
  for (const name of ["a", "b"]) {
    Deno.copyFileSync(it.folder.file(`${name}.pub`), it.folder.file(`keys/${name}.pub`));
  }
  const two = () =>
    run(
      "release",
      "verify",
      it.manifest,
      "--keys",
      it.folder.file("keys"),
      "--for",
      "1.3.0",
      "--threshold",
      "2",
      "--platform",
      "linux-x86_64",
    );
  const early = await two();
  assert.deepEqual([early.code, /1 of 2/.test(early.stderr)], [1, true]);
  for (let time = 0; time < 2; time++) {
    const { code } = await run("release", "sign", it.manifest, "--key", it.folder.file("b"));
    assert.equal(code, 0);
  }
  const after = JSON.parse(Deno.readTextFileSync(it.manifest));
  assert.deepEqual(after.signed, before.signed);
  assert.equal(after.signatures.length, 2);
  assert.equal((await two()).code, 0);
  const changed = await run(
    "release",
    "sign",
    it.manifest,
    "--key",
    it.folder.file("b"),
    "--release",
    "38",
  );
  assert.deepEqual([changed.code, /cannot be changed/.test(changed.stderr)], [2, true]);
  const over = await it.release();
  assert.match(
    over.stderr,
    /it is there already.*\nTry: agent release sign .*\.json --key FILE adds/,
  );
});

Deno.test("release sign refuses a folder with anything but one executable for a platform", async () => {
  using it = await scene();
  const put = (name: string, bytes: Uint8Array) =>
    Deno.writeFileSync(it.folder.file(`dist/${name}`), bytes);
  put("README", new TextEncoder().encode("read me"));
  assert.match((await it.release()).stderr, /README" is no executable/);
  Deno.removeSync(it.folder.file("dist/README"));
  put("agent-manager", elf(X86_64));
  assert.match((await it.release()).stderr, /are both for linux-x86_64/);
  Deno.removeSync(it.folder.file("dist"), { recursive: true });
  Deno.mkdirSync(it.folder.file("dist"));
  assert.match((await it.release()).stderr, /holds no executable/);
  put("agent 1.4.0", elf(X86_64));
  assert.match((await it.release()).stderr, /agents cannot ask for that name/);
});

Deno.test("release sign refuses what no agent could read, and writes nothing", async () => {
  using it = await scene();
  const cases: [string[], RegExp, number][] = [
    [["--agent-version", "new", "--release", "1"], /"signed\.version"/, 1],
    [["--agent-version", "1.4.0", "--release", "1", "--from", "old"], /"signed\.from"/, 1],
    [["--agent-version", "1.4.0", "--release", "0"], /whole number from 1/, 2],
    [["--agent-version", "1.4.0"], /--release is needed/, 2],
    [["--release", "1"], /--agent-version is needed/, 2],
    [["--agent-version", "1.4.0", "--release", "1", "--valid", "long"], /duration/, 2],
    [["--script", "x", "--release", "1"], /Name one thing to sign/, 2],
  ];
  for (const [args, message, code] of cases) {
    const done = await it.sign(...args);
    assert.match(done.stderr, message);
    assert.equal(done.code, code, done.stderr);
  }
  const names = Array.from(Deno.readDirSync(it.folder.file("dist")), ({ name }) => name).sort();
  assert.deepEqual(names, ["agent-1.4.0-linux-aarch64", "agent-1.4.0-linux-x86_64"]);
});

Deno.test({
  name: "release sign refuses a private key that others may read",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    using it = await scene();
    Deno.chmodSync(it.folder.file("a"), 0o640);
    const { code, stderr } = await it.release();
    assert.deepEqual([code, /others may use it, make its mode 0600/.test(stderr)], [5, true]);
    const wrong = await it.sign("--agent-version", "1.4.0", "--release", "1", "--key", it.manifest);
    assert.equal(wrong.code, 5);
  },
});

Deno.test("release verify says why an agent would refuse a manifest", async () => {
  using it = await scene();
  await it.release("--from", ">=1.2.0");
  const reason = async (...more: string[]) => {
    const { code, stdout } = await it.verify("--json", ...more);
    assert.equal(code, 1);
    return JSON.parse(stdout).code;
  };
  assert.equal(await reason("--keys", it.folder.file("b.pub")), "key_unknown");
  assert.equal(await reason("--threshold", "2"), "threshold_not_met");
  assert.equal(await reason("--for", "1.1.0"), "not_from_this_version");
  assert.equal(await reason("--for", "1.5.0"), "older_version");
  assert.equal(await reason("--highest", "38"), "older_release");
  assert.equal(await reason("--platform", "windows-x86_64"), "wrong_platform");
  Deno.writeFileSync(it.folder.file("dist/agent-1.4.0-linux-x86_64"), elf(X86_64, "bad"));
  assert.equal(await reason(), "wrong_file");
  const text = Deno.readTextFileSync(it.manifest);
  Deno.writeTextFileSync(it.manifest, text.replace('"release":37', '"release":38'));
  assert.equal(await reason(), "signature_wrong");
  Deno.writeTextFileSync(it.manifest, text.slice(0, 100));
  assert.equal(await reason(), "not_json");
});

Deno.test("release sign signs a script and new keys, and verify knows them", async () => {
  using it = await scene();
  const script = it.folder.file("block.sh");
  Deno.writeTextFileSync(script, "#!/bin/sh\n");
  const key = ["--key", it.folder.file("a")];
  const signed = await run("release", "sign", "--script", script, "--release", "3", ...key);
  assert.equal(signed.code, 0, signed.stderr);
  const check = (file: string) => run("release", "verify", file, "--keys", it.folder.file("a.pub"));
  assert.match((await check(`${script}.json`)).stdout, /block\.sh: as signed/);
  const output = it.folder.file("agent-keys-2.json");
  const keys = ["--new-keys", it.folder.file("b.pub"), "--release", "2", "--output", output];
  await run("release", "sign", ...keys, ...key);
  const lacking = await check(output);
  assert.deepEqual([lacking.code, /new keys that signed it: 0 of 1/.test(lacking.stderr)], [
    1,
    true,
  ]);
  await run("release", "sign", output, "--key", it.folder.file("b"));
  assert.equal((await check(output)).code, 0);
});

Deno.test("release verify and keys go by the keys that this machine trusts, and by changes of them that came", async () => {
  using it = await scene();
  await it.release();
  const config = it.folder.file("agent.yaml");
  const trusts = (name: string, threshold = 1) =>
    Deno.writeTextFileSync(
      config,
      `agent.path.data: ${it.folder.path}\n` +
        "active_response: { enabled: true, scripts: signed }\n" +
        `upgrade: { enabled: true, trusted_keys: ${
          it.folder.file(name)
        }, threshold: ${threshold} }\n`,
    );
  const verify = () =>
    run(
      "release",
      "verify",
      it.manifest,
      "--config",
      config,
      "--for",
      "1.3.0",
      "--platform",
      "linux-x86_64",
    );
  trusts("a.pub");
  assert.equal((await verify()).code, 0);
  trusts("a.pub", 2);
  assert.match((await verify()).stderr, /1 of 2/);
  trusts("b.pub");
  assert.match((await verify()).stderr, /is not trusted/);
  const change = it.folder.file("agent-keys-1.json");
  const [a, b] = ["a", "b"].map((name) => it.folder.file(name));
  const signed = await run(
    ...["release", "sign", "--new-keys", it.folder.file("a.pub"), "--release", "1"],
    ...["--output", change, "--key", b ?? "", "--key", a ?? ""],
  );
  assert.equal(signed.code, 0, signed.stderr);
  const manifests = [Deno.readTextFileSync(change)];
  const stored = JSON.stringify({ schema: 1, manifests });
  Deno.writeTextFileSync(it.folder.file("release-keys.json"), stored, { mode: 0o600 });
  assert.equal((await verify()).code, 0);
  const { stdout } = await run("keys", "--config", config, "--json");
  const [key] = readTrustedKeys(it.folder.file("a.pub"));
  assert.deepEqual(JSON.parse(stdout), {
    schema: 1,
    require_signature: false,
    keys: [{
      id: key?.id,
      fingerprint: key?.fingerprint,
      file: "change 1",
      used_for: ["releases", "scripts"],
    }],
    release_key_changes: 1,
    release_threshold: 1,
  });
  const { stdout: text } = await run("keys", "--config", config);
  assert.match(text, / 1 of the keys for releases and scripts must have signed one\.\nFINGERPRINT/);
});
