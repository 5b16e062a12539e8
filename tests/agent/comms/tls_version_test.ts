import assert from "node:assert/strict";
import {
  createTransport,
  type TransportOptions,
} from "../../../src/agent/comms/connection/transport.ts";

const SUPPORTED_VERSIONS = 0x002b;
const TLS_1_2 = 0x0303;

/** The first message of a client that connects: its ClientHello (RFC 8446, 4.1.2). */
async function clientHello(options: TransportOptions): Promise<Uint8Array> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const transport = createTransport({ warn: () => {}, ...options });
  const failed = transport.fetch(`https://localhost:${listener.addr.port}/`, {}).catch(() => {});
  using connection = await listener.accept();
  const buffer = new Uint8Array(16_384);
  const count = await connection.read(buffer) ?? 0;
  connection.close();
  await failed;
  transport.close();
  return buffer.subarray(0, count);
}

/** The versions that a ClientHello offers in its extension of that name. */
function versionsIn(hello: Uint8Array): number[] {
  const view = new DataView(hello.buffer, hello.byteOffset, hello.byteLength);
  // Record header, message header, version, random.
  let at = 5 + 4 + 2 + 32;
  at += 1 + view.getUint8(at);
  at += 2 + view.getUint16(at);
  at += 1 + view.getUint8(at);
  const end = at + 2 + view.getUint16(at);
  for (at += 2; at < end; at += 4 + view.getUint16(at + 2)) {
    if (view.getUint16(at) !== SUPPORTED_VERSIONS) continue;
    const count = view.getUint8(at + 4) / 2;
    return Array.from({ length: count }, (_, index) => view.getUint16(at + 5 + 2 * index));
  }
  return [view.getUint16(9)];
}

for (const verificationMode of ["full", "certificate", "none"] as const) {
  Deno.test(`the agent offers TLS 1.2 and newer, and nothing older, in mode ${verificationMode}`, async () => {
    const versions = versionsIn(await clientHello({ verificationMode }));
    assert.ok(versions.length > 0);
    // Some offer values that mean nothing, to keep servers tolerant (RFC 8701).
    const meant = versions.filter((version) => (version & 0x0f0f) !== 0x0a0a);
    assert.ok(
      meant.every((version) => version >= TLS_1_2),
      meant.map((one) => one.toString(16)).join(),
    );
  });
}
