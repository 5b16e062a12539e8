/** A manager that asks for client certificates, and an agent whose certificate expires and is renewed while it runs. */

import assert from "node:assert/strict";
import { canAskForCertificates } from "../../src/manager/http/inner_server.ts";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, logLines, numbered, OwnServer } from "../support/scene.ts";
import { type CertifiedKey, createTestAuthority } from "../support/tls.ts";

const DAY_MS = 86_400_000;

/** A folder as Kubernetes mounts a secret: what is in it changes by one rename, of a link to another folder. */
class MountedSecret {
  readonly #path: string;
  #version = 0;

  constructor(folder: TempFolder, content: CertifiedKey) {
    this.#path = folder.file("secret");
    Deno.mkdirSync(this.#path);
    this.put(content);
    for (const name of ["tls.crt", "tls.key"]) Deno.symlinkSync(`..data/${name}`, this.file(name));
  }

  file(name: string): string {
    return `${this.#path}/${name}`;
  }

  put({ cert, key }: CertifiedKey): void {
    const version = `..version_${++this.#version}`;
    Deno.mkdirSync(this.file(version));
    Deno.writeTextFileSync(this.file(`${version}/tls.crt`), cert);
    Deno.writeTextFileSync(this.file(`${version}/tls.key`), key);
    Deno.symlinkSync(version, this.file("..data_tmp"));
    Deno.renameSync(this.file("..data_tmp"), this.file("..data"));
  }
}

for (
  const mode of canAskForCertificates(Deno.version.deno) ? ["full", "certificate", "none"] : []
) {
  Deno.test(`an agent shows its certificate, says that it expired, and goes on with the next one (${mode})`, async () => {
    using folder = new TempFolder();
    const authority = await createTestAuthority("Clients");
    const clientCa = folder.file("clients.pem");
    Deno.writeTextFileSync(clientCa, authority.cert);
    await using server = await OwnServer.start(folder, ["--client-ca", clientCa]);
    const secret = new MountedSecret(folder, await authority.issue(["box"]));
    const side = new AgentSide(folder, server, [
      `agent.verification_mode: ${mode}`,
      `agent.client_cert: ${secret.file("tls.crt")}`,
      `agent.client_key: ${secret.file("tls.key")}`,
    ]);
    await side.register();
    await using agent = await side.start();
    side.write(numbered(10, "before"));
    await agent.until(({ streams }) => streams.stateless.acknowledged_events === 10);

    await server.goAway();
    secret.put(await authority.issue(["box"], { notBeforeMs: Date.now() - 10 * DAY_MS }));
    await side.command("reload");
    await server.comeBack(["--client-ca", clientCa]);
    side.write(numbered(10, "after"));
    await agent.until((_, log) => /its certificate \(client_cert\) has expired/.test(log));

    secret.put(await authority.issue(["box"]));
    await agent.until(({ streams }) => streams.stateless.acknowledged_events === 20);
    assert.equal(await agent.stop(), 0);
    const lines = [...numbered(10, "before"), ...numbered(10, "after")];
    assert.deepEqual(logLines(await server.events()).toSorted(), lines.toSorted());
  });
}
