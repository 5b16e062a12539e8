import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { FileCheck } from "../../../../src/agent/commands/trust/file_check.ts";
import { SignedVersions } from "../../../../src/agent/commands/trust/signed_versions.ts";
import { readTrustedKeys } from "../../../../src/shared/signing/trusted_keys.ts";
import { writeFileAtomically } from "../../../../src/agent/identity/atomic_write.ts";
import { Signer } from "../../../../src/manager/signing.ts";
import { TempFolder } from "../../../support/queues.ts";

const content = new TextEncoder().encode("events: {batch_events: 7}\n");

function scene(folder: TempFolder) {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const pem = publicKey.export({ format: "pem", type: "spki" });
  Deno.writeTextFileSync(folder.file("keys.pem"), String(pem), { mode: 0o600 });
  const signer = new Signer(privateKey);
  const header = (version: number, name = "web.yml") =>
    JSON.stringify(signer.file(name, content, version));
  const check = () =>
    new FileCheck(
      { requireSignature: true, trustedKeys: folder.file("keys.pem") },
      new SignedVersions(folder.path, writeFileAtomically),
    );
  return { header, check };
}

Deno.test("FileCheck takes a signed file, and refuses one without, of another name, or changed", () => {
  using folder = new TempFolder();
  const { header, check } = scene(folder);
  const file = { name: "web.yml", content, signature: header(1) };
  assert.equal(check().refusal(file), undefined);
  assert.equal(check().refusal({ ...file, signature: undefined }), "it is not signed");
  const wrong = "its signature is wrong";
  assert.equal(check().refusal({ ...file, name: "db.yml" }), wrong);
  assert.equal(check().refusal({ ...file, content: content.slice(1) }), wrong);
  assert.equal(check().refusal({ ...file, signature: header(1, "db.yml") }), wrong);
  assert.equal(check().refusal({ ...file, signature: "{" }), wrong);
  const raised = JSON.stringify({ ...JSON.parse(header(1)), version: 2 });
  assert.equal(check().refusal({ ...file, signature: raised }), wrong);
});

Deno.test("FileCheck refuses an older version once a newer one was taken, also after a restart", () => {
  using folder = new TempFolder();
  const { header, check } = scene(folder);
  const taken = check();
  assert.equal(taken.refusal({ name: "web.yml", content, signature: header(5) }), undefined);
  assert.equal(check().refusal({ name: "web.yml", content, signature: header(4) }), undefined);
  taken.accept();
  const older = { name: "web.yml", content, signature: header(4) };
  assert.equal(
    check().refusal(older),
    "it is replayed: its version is 4, and 5 came before it",
  );
  assert.equal(check().refusal({ ...older, signature: header(5) }), undefined);
});

Deno.test("FileCheck refuses everything when what came before cannot be known", () => {
  using folder = new TempFolder();
  const { header, check } = scene(folder);
  Deno.writeTextFileSync(folder.file("signed-versions.json"), "{");
  const file = { name: "web.yml", content, signature: header(1) };
  assert.throws(() => check().refusal(file), /signed-versions\.json.*does not say which versions/);
});

Deno.test("readTrustedKeys() reads each key of a file and of a folder, and no private one", () => {
  using folder = new TempFolder();
  const pems = [1, 2, 3].map(() =>
    String(generateKeyPairSync("ed25519").publicKey.export({ format: "pem", type: "spki" }))
  );
  Deno.mkdirSync(folder.file("keys"), { mode: 0o700 });
  Deno.writeTextFileSync(folder.file("keys/a.pem"), `old\n${pems[0]}${pems[1]}`, { mode: 0o600 });
  Deno.writeTextFileSync(folder.file("keys/b.pub"), pems[2] ?? "", { mode: 0o600 });
  Deno.writeTextFileSync(folder.file("keys/notes.txt"), "no key", { mode: 0o600 });
  const keys = readTrustedKeys(folder.file("keys"));
  assert.deepEqual(keys.map(({ file }) => file.slice(-5)), ["a.pem", "a.pem", "b.pub"]);
  for (const { id, fingerprint } of keys) {
    assert.match(fingerprint, /^[0-9a-f]{64}$/);
    assert.ok(fingerprint.startsWith(id));
  }
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey;
  const text = String(rsa.export({ format: "pem", type: "spki" }));
  Deno.writeTextFileSync(folder.file("rsa.pem"), text, { mode: 0o600 });
  assert.throws(() => readTrustedKeys(folder.file("rsa.pem")), /another key than Ed25519/);
});
