import assert from "node:assert/strict";
import { generateKeyPairSync, verify } from "node:crypto";
import { readSigner } from "../../../src/manager/signing.ts";
import {
  FILE_SIGNATURE_HEADER,
  fileSignature,
  signedFileBytes,
} from "../../../src/shared/signing/signed_orders.ts";
import { TempFolder } from "../../support/queues.ts";
import { TestManager } from "../harness.ts";

function writeKey(folder: TempFolder, mode = 0o600) {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const pem = String(privateKey.export({ format: "pem", type: "pkcs8" }));
  Deno.writeTextFileSync(folder.file("orders.key"), pem, { mode });
  return { path: folder.file("orders.key"), publicKey };
}

Deno.test("files carry a signature with a version that grows with each change", async () => {
  using folder = new TempFolder();
  const { path, publicKey } = writeKey(folder);
  const dataFolder = folder.file("data");
  await using test = await TestManager.open({ dataFolder, signingKeyFile: path });
  const content = new TextEncoder().encode("log: {level: debug}\n");
  const versions: number[] = [];
  for (const changedMs of [1_000, 2_000]) {
    await Deno.writeFile(`${dataFolder}/files/web.yml`, content);
    await Deno.utime(`${dataFolder}/files/web.yml`, new Date(changedMs), new Date(changedMs));
    const answer = await test.get("/api/v1/files?file_name=web.yml");
    assert.deepEqual(await answer.bytes(), content);
    const signature = fileSignature.parse(
      JSON.parse(answer.headers.get(FILE_SIGNATURE_HEADER) ?? ""),
    );
    const bytes = signedFileBytes({ name: "web.yml", content }, signature);
    assert.ok(verify(null, bytes, publicKey, Uint8Array.fromBase64(signature.value)));
    versions.push(signature.version);
  }
  assert.deepEqual(versions, [1_000, 2_000]);
});

Deno.test("readSigner() takes an Ed25519 key that only its owner may use, and quotes none", () => {
  using folder = new TempFolder();
  const { path, publicKey } = writeKey(folder);
  assert.match(readSigner(path).keyId, /^[0-9a-f]{16}$/);
  assert.throws(() => readSigner(folder.file("none.key")), /Cannot use signing key .*no such file/);
  Deno.writeTextFileSync(path, String(publicKey.export({ format: "pem", type: "spki" })));
  assert.throws(() => readSigner(path), /not a private Ed25519 key \(PEM\)$/);
  if (Deno.build.os === "windows") return;
  Deno.chmodSync(path, 0o640);
  assert.throws(() => readSigner(path), /others may use it, make its mode 0600/);
});
