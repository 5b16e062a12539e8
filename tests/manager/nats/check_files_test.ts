import assert from "node:assert/strict";
import { nkeys } from "@nats-io/transport-node";
import { makeCredentials } from "../../support/nats_credentials.ts";
import { createTestAuthority } from "../../support/tls.ts";
import { makeKeys } from "./keys.ts";
import { PublisherScene } from "./scene.ts";

async function assertInvalid(
  scene: PublisherScene,
  nats: Record<string, unknown>,
  message: RegExp,
): Promise<void> {
  await assert.rejects(scene.open(nats), { code: "config_invalid", message });
}

Deno.test("openPublisher() names the option whose file is not there", async () => {
  await using scene = new PublisherScene();
  const file = scene.folder.file("missing");
  const options = {
    creds_file: { creds_file: file },
    password_file: { user: "me", password_file: file },
    token_file: { token_file: file },
    nkey_seed_file: { nkey_seed_file: file },
    "tls.ca": { tls: { ca: file } },
    "tls.cert": { tls: { cert: file } },
    "tls.key": { tls: { key: file } },
    "signing.key_file": { signing: { key_file: file } },
    "encryption.key_file": { encryption: { key_file: file } },
  };
  for (const [name, nats] of Object.entries(options)) {
    await assertInvalid(
      scene,
      nats,
      new RegExp(`^manager_keepalive\\.nats\\.${name}: Cannot .*: no such file or folder$`),
    );
  }
});

Deno.test("openPublisher() says what a file should hold, and nothing of what is in it", async () => {
  await using scene = new PublisherScene();
  const file = scene.secret("wrong", "SECRET\n");
  const options = {
    "a credentials file": { creds_file: file },
    "the seed of an NKey": { nkey_seed_file: file },
    "certificates \\(PEM\\)": { tls: { ca: file } },
    "an unencrypted private key \\(PEM\\)": { tls: { key: file } },
    "a private Ed25519 key \\(PEM\\)": { signing: { key_file: file } },
    "32 bytes in base64 or hexadecimal": { encryption: { key_file: file } },
  };
  for (const [wanted, nats] of Object.entries(options)) {
    await assertInvalid(scene, nats, new RegExp(`^[^S]*": it is not ${wanted}$`));
  }
  const token_file = scene.secret("empty", "\n");
  await assertInvalid(scene, { token_file }, /token_file: .*its first line is empty$/);
});

Deno.test("openPublisher() takes no key of another certificate", async () => {
  await using scene = new PublisherScene();
  const authority = await createTestAuthority();
  const [ours, theirs] = await Promise.all([authority.issue(["a"]), authority.issue(["b"])]);
  const cert = scene.secret("cert.pem", ours.cert);
  const key = scene.secret("key.pem", theirs.key);
  await assertInvalid(scene, { tls: { cert, key } }, /tls\.key: .*does not belong to the cert/);
});

Deno.test({
  name: "openPublisher() takes no secret that others may read",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using scene = new PublisherScene();
    const token_file = scene.secret("token", "s3cret\n");
    Deno.chmodSync(token_file, 0o640);
    await assertInvalid(scene, { token_file }, /token_file: .*others may use it \(mode 0640\)/);
  },
});

Deno.test("openPublisher() takes what is right without asking a server", async () => {
  await using scene = new PublisherScene();
  const seed = new TextDecoder().decode(nkeys.createUser().getSeed());
  const { signing, encryption } = makeKeys(scene.folder.path);
  const shared = {
    servers: ["nats://127.0.0.1:1"],
    max_reconnects: 0,
    signing: { key_file: signing },
    encryption: { key_file: encryption },
  };
  for (
    const login of [
      { creds_file: scene.secret("creds", makeCredentials().creds) },
      { nkey_seed_file: scene.secret("seed", `${seed}\n`) },
      { user: "me", password_file: scene.secret("password", "x") },
    ]
  ) {
    const publisher = await scene.open({ ...shared, ...login });
    assert.equal(publisher.stats().nats?.waiting, 0);
  }
});
