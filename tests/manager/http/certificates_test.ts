import assert from "node:assert/strict";
import { ensureCertificates } from "../../../src/manager/http/certificates.ts";

const DAY_MS = 24 * 3_600_000;
const NOW_MS = Date.UTC(2026, 0, 1);
const NAMES = ["localhost", "127.0.0.1", "::1"];

async function inTempFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  await run(folder);
  await Deno.remove(folder, { recursive: true });
}

Deno.test("ensureCertificates() makes certificates once", () =>
  inTempFolder(async (folder) => {
    const first = await ensureCertificates({ folder, names: NAMES, nowMs: NOW_MS });
    const authority = await Deno.readTextFile(first.caCertPath);
    const second = await ensureCertificates({ folder, names: NAMES, nowMs: NOW_MS + 300 * DAY_MS });
    assert.deepEqual(second, first);
    assert.equal(await Deno.readTextFile(second.caCertPath), authority);
  }));

Deno.test("ensureCertificates() renews the server's certificate before it runs out", () =>
  inTempFolder(async (folder) => {
    const first = await ensureCertificates({ folder, names: NAMES, nowMs: NOW_MS });
    const authority = await Deno.readTextFile(first.caCertPath);
    const second = await ensureCertificates({ folder, names: NAMES, nowMs: NOW_MS + 340 * DAY_MS });
    assert.notEqual(second.cert, first.cert);
    assert.equal(await Deno.readTextFile(second.caCertPath), authority);
  }));

Deno.test("ensureCertificates() makes a new server certificate when a name is missing", () =>
  inTempFolder(async (folder) => {
    const first = await ensureCertificates({ folder, names: NAMES, nowMs: NOW_MS });
    const names = [...NAMES, "manager.example"];
    const second = await ensureCertificates({ folder, names, nowMs: NOW_MS });
    assert.notEqual(second.cert, first.cert);
    assert.deepEqual(await ensureCertificates({ folder, names: NAMES, nowMs: NOW_MS }), second);
  }));

Deno.test("ensureCertificates() makes a new server certificate when the authority is another", () =>
  inTempFolder(async (folder) => {
    const first = await ensureCertificates({ folder, names: NAMES, nowMs: NOW_MS });
    await Deno.remove(`${folder}/ca.key`);
    const second = await ensureCertificates({ folder, names: NAMES, nowMs: NOW_MS });
    assert.notEqual(second.cert, first.cert);
  }));

Deno.test({
  name: "ensureCertificates() lets only the owner read the keys",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inTempFolder(async (folder) => {
      await ensureCertificates({ folder, names: NAMES, nowMs: NOW_MS });
      for (const key of ["ca.key", "server.key"]) {
        assert.equal(((await Deno.stat(`${folder}/${key}`)).mode ?? 0) & 0o777, 0o600, key);
      }
    }),
});
