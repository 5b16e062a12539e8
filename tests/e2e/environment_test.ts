/**
 * Variables with which a runtime can be told to trust more: none of them makes the agent trust a server.
 *
 * @module
 */

import assert from "node:assert/strict";
import { agent } from "../support/agent_process.ts";
import { TempFolder } from "../support/queues.ts";
import { createTestAuthority } from "../support/tls.ts";

const VARIABLES: Record<string, (authority: string) => Record<string, string>> = {
  DENO_CERT: (authority) => ({ DENO_CERT: authority }),
  NODE_EXTRA_CA_CERTS: (authority) => ({ NODE_EXTRA_CA_CERTS: authority }),
  NODE_TLS_REJECT_UNAUTHORIZED: () => ({ NODE_TLS_REJECT_UNAUTHORIZED: "0" }),
  DENO_TLS_CA_STORE: (authority) => ({ DENO_TLS_CA_STORE: "system", SSL_CERT_FILE: authority }),
  NODE_USE_SYSTEM_CA: (authority) => ({ NODE_USE_SYSTEM_CA: "1", SSL_CERT_FILE: authority }),
  NODE_OPTIONS: (authority) => ({ NODE_OPTIONS: "--use-system-ca", SSL_CERT_FILE: authority }),
};

Deno.test("no variable of the environment has the agent trust a server that its configuration does not", async () => {
  using folder = new TempFolder();
  const authority = await createTestAuthority();
  Deno.writeTextFileSync(folder.file("ca.pem"), authority.cert);
  let requests = 0;
  const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
  await using server = Deno.serve(
    { ...options, ...await authority.issue(["localhost"]) },
    () => new Response(`${requests++}`, { status: 500 }),
  );
  const url = `https://localhost:${server.addr.port}`;
  const register = (mode: string, env: Record<string, string>) =>
    agent(["register", "--url", url, "--user", "u", "--verification-mode", mode], {
      env: { AGENT_PASSWORD: "topsecret", AGENT_PATH_DATA: folder.file("data"), ...env },
    });
  for (const mode of ["full", "certificate"]) {
    for (const [name, set] of Object.entries(VARIABLES)) {
      const { code, stderr } = await register(mode, set(folder.file("ca.pem")));
      // An executable made by Deno 2.7 has no reason in this mode: the server counts as unreachable then (7).
      const isExecutable = Deno.env.has("AGENT_BIN");
      const refused = isExecutable && mode === "certificate" ? [10, 7] : [10];
      assert(refused.includes(code), `${name}, ${mode}: ${code}: ${stderr}`);
    }
  }
  assert.equal(requests, 0);
  const trusted = await register("full", { AGENT_CA_CERT: folder.file("ca.pem") });
  assert.equal(requests, 1, trusted.stderr);
  const refused = await register("full", {});
  assert.match(refused.stderr, /known certificate authority \(signed by CN=Test CA\)$/m);
  const unchecked = await register("none", {});
  assert.equal(requests, 2, unchecked.stderr);
});

Deno.test("SSLKEYLOGFILE, which the runtime obeys before the agent begins, is warned of", async () => {
  using folder = new TempFolder();
  const env = { SSLKEYLOGFILE: folder.file("keys.log") };
  const { stderr } = await agent(["config", "check"], { env });
  assert.match(stderr, /^Warning: SSLKEYLOGFILE is set: .*keys\.log".*without that variable$/m);
});
