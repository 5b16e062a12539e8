import assert from "node:assert/strict";
import { readEncryptionKey } from "../../../src/manager/nats/payload_cipher.ts";
import { readSigningKey, readVerifyingKey } from "../../../src/manager/nats/signing_keys.ts";
import { TempFolder } from "../../support/queues.ts";
import { makeKeys } from "./keys.ts";

Deno.test("readSigningKey and readVerifyingKey name a key by the same fingerprint", async () => {
  using folder = new TempFolder();
  const files = makeKeys(folder.path);
  const { id } = await readSigningKey(files.signing);
  assert.match(id, /^[0-9a-f]{16}$/);
  assert.equal((await readVerifyingKey(files.public)).id, id);
  assert.equal((await readSigningKey(files.signing, "mine")).id, "mine");
});

Deno.test("readSigningKey and readEncryptionKey say what is wrong with a file, not what is in it", async () => {
  using folder = new TempFolder();
  const files = makeKeys(folder.path);
  await assert.rejects(readSigningKey(files.encryption), {
    message: `Cannot use key file "${files.encryption}": it is not a private Ed25519 key (PEM)`,
  });
  await assert.rejects(
    readEncryptionKey(files.signing),
    /is not 32 bytes in base64 or hexadecimal/,
  );
  await assert.rejects(readVerifyingKey(folder.file("none")), /no such file or folder/);
});

Deno.test("readEncryptionKey takes base64 as well as hexadecimal", async () => {
  using folder = new TempFolder();
  const path = folder.file("key");
  Deno.writeTextFileSync(path, `${new Uint8Array(32).toBase64()}\n`, { mode: 0o600 });
  assert.equal((await readEncryptionKey(path)).type, "secret");
});

Deno.test({
  name: "readSigningKey takes no key that others may read",
  ignore: Deno.build.os === "windows",
  async fn() {
    using folder = new TempFolder();
    const { signing } = makeKeys(folder.path);
    Deno.chmodSync(signing, 0o644);
    await assert.rejects(readSigningKey(signing), /others may use it \(mode 0644\), make it 0600/);
  },
});
