import assert from "node:assert/strict";
import * as z from "zod";
import { checkInputs } from "../../../../src/agent/modules/syslog/checks.ts";
import { SYSLOG_OPTIONS } from "../../../../src/agent/modules/syslog/options.ts";
import { TempFolder } from "../../../support/queues.ts";
import { createTestAuthority } from "../../../support/tls.ts";

/** What `agent config check` finds in an input. */
async function found(...inputs: object[]): Promise<string> {
  const options = z.object(SYSLOG_OPTIONS).parse({ inputs });
  const { status, message, try: hint } = await checkInputs(options);
  if (status === "fail") assert.ok(hint);
  return `${status}: ${message}`;
}

Deno.test("checkInputs() finds inputs that can be opened, also those whose port is in use", async () => {
  using folder = new TempFolder();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const listen = `127.0.0.1:${taken.addr.port}`;
  assert.equal(
    await found(
      { protocol: "tcp", listen },
      { protocol: "udp", listen },
      { protocol: "unix_dgram", listen: folder.file("log") },
    ),
    "ok: 3 inputs can be opened here",
  );
  assert.equal(await found(), "warn: no input is configured");
});

Deno.test("checkInputs() says which address, file or folder an input cannot use, and why", async () => {
  using folder = new TempFolder();
  const [one, other] = await Promise.all(
    [1, 2].map(async () => await (await createTestAuthority()).issue(["localhost"])),
  );
  const write = (name: string, text: string) => {
    Deno.writeTextFileSync(folder.file(name), text);
    return folder.file(name);
  };
  const certificate = write("cert.pem", one?.cert ?? "");
  const key = write("other.key", other?.key ?? "");
  const tls = { protocol: "tls", listen: ":6514", certificate };
  const missing = folder.file("missing/x");
  const wrong: [object, string][] = [
    [
      { protocol: "tcp", listen: "203.0.113.9:514", allow: ["::1"] },
      "tcp 203.0.113.9:514: this machine does not have that address",
    ],
    [{ ...tls, key: missing }, `tls :6514: cannot use "${missing}": no such file`],
    [{ ...tls, key }, `tls :6514: cannot use "${certificate}" with "${key}": `],
    [
      { protocol: "unix_stream", listen: certificate },
      `unix_stream ${certificate}: cannot use "${certificate}": something else is there`,
    ],
    [
      { protocol: "unix_dgram", listen: missing },
      `unix_dgram ${missing}: cannot use "${missing}": there is no folder "${folder.path}/missing"`,
    ],
  ];
  for (const [input, told] of wrong) {
    const message = await found(input);
    assert.ok(message.startsWith(`fail: cannot receive at ${told}`), message);
  }
});
