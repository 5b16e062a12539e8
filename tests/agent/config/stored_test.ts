import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { loadConfig } from "../../../src/agent/config/load.ts";
import { STORED } from "../../../src/agent/config/stored.ts";
import { GroupFiles } from "../../../src/agent/identity/group_files.ts";
import { IdentityFile } from "../../../src/agent/identity/identity_file.ts";
import { Signer } from "../../../src/manager/signing.ts";
import { TempFolder } from "../../support/queues.ts";

const TEXT = "events: {batch_events: 7}\n";

/** A machine with a file for one group, and its own configuration. */
class Machine implements Disposable {
  readonly folder = new TempFolder();
  readonly #keys = generateKeyPairSync("ed25519");

  constructor() {
    const file = new IdentityFile(this.folder.path);
    file.save({
      ...{ schema: 1, id: "019b5e3f-7f00-7000-8000-000000000001", name: "box", key: "k" },
      ...{ groups: ["web"], registered_at: "2026-01-01T00:00:00.000Z", management_url: "u" },
    });
    this.trust(true);
  }

  trust(isTrusted: boolean): void {
    const { publicKey } = isTrusted ? this.#keys : generateKeyPairSync("ed25519");
    const pem = String(publicKey.export({ format: "pem", type: "spki" }));
    Deno.writeTextFileSync(this.folder.file("keys.pem"), pem, { mode: 0o600 });
  }

  store({ signed }: { signed: boolean }): void {
    const content = new TextEncoder().encode(TEXT);
    const signature = JSON.stringify(new Signer(this.#keys.privateKey).file("web.yml", content, 1));
    const file = { name: "web", text: TEXT, ...(signed && { signature }) };
    new GroupFiles(this.folder.path, new IdentityFile(this.folder.path))
      .store({ groups: ["web"], files: [file] });
  }

  async load(asksForSignatures: boolean) {
    const config = this.folder.file("agent.yaml");
    const keys = this.folder.file("keys.pem");
    Deno.writeTextFileSync(
      config,
      `agent.path.data: ${this.folder.path}\n` +
        `commands: {trusted_keys: ${keys}, require_signature: ${asksForSignatures}}\n`,
    );
    const { config: { events }, warnings } = await loadConfig({ file: config, env: {}, ...STORED });
    return [events.batch_events === 7, ...warnings];
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }
}

Deno.test("loadConfig() takes a stored group file whose signature still counts", async () => {
  using machine = new Machine();
  machine.store({ signed: true });
  assert.deepEqual(await machine.load(true), [true]);
});

Deno.test("loadConfig() leaves out group files that came unsigned before signatures were asked for", async () => {
  using machine = new Machine();
  machine.store({ signed: false });
  assert.deepEqual(await machine.load(false), [true]);
  const ignored = [false, "Group file web.yml is ignored: it is not signed"];
  assert.deepEqual(await machine.load(true), ignored);
});

Deno.test("loadConfig() leaves out group files whose key was taken away, or that the disk changed", async () => {
  using machine = new Machine();
  machine.store({ signed: true });
  machine.trust(false);
  const [isInForce, warning] = await machine.load(true);
  assert.equal(isInForce, false);
  assert.match(
    String(warning),
    /^Group file web\.yml is ignored: it is signed with key \w+, which is not trusted$/,
  );
  machine.trust(true);
  const [{ name = "" } = {}] = [...Deno.readDirSync(machine.folder.file("shared"))];
  Deno.writeTextFileSync(machine.folder.file(`shared/${name}/web.yml`), `${TEXT}# more\n`);
  const changed = [false, "Group file web.yml is ignored: its signature is wrong"];
  assert.deepEqual(await machine.load(true), changed);
});
