import assert from "node:assert/strict";
import { CONFIG_CERTIFICATES } from "../../../../src/agent/app/doctor/checks/certificate_checks.ts";
import type { DoctorContext } from "../../../../src/agent/app/doctor/context.ts";
import { MemoryClock } from "../../../support/fake_clock.ts";
import { TempFolder } from "../../../support/queues.ts";
import { createTestAuthority } from "../../../support/tls.ts";

const DAY_MS = 86_400_000;
const authority = await createTestAuthority();
const agent = await authority.issue(["web-1"]);
const endsMs = Date.now() + 40 * DAY_MS;

/** What the check finds at `nowMs`, with a key of this mode. */
async function found(nowMs: number, mode = 0o600) {
  using folder = new TempFolder();
  const write = (name: string, text: string, fileMode = 0o644) => {
    Deno.writeTextFileSync(folder.file(name), text);
    Deno.chmodSync(folder.file(name), fileMode);
    return folder.file(name);
  };
  const config = {
    agent: {
      client_cert: write("agent.pem", agent.cert),
      client_key: write("agent.key", agent.key, mode),
    },
  };
  const context = {
    loaded: () => Promise.resolve({ config, places: new Map() }),
    options: { clock: new MemoryClock(nowMs) },
  } as unknown as DoctorContext;
  return await CONFIG_CERTIFICATES.run(context);
}

Deno.test("the check of certificates fails once the agent's own has ended, and before it begins", async () => {
  const over = await found(endsMs);
  assert.equal(over.status, "fail");
  assert.match(over.message, /agent\.client_cert .*agent\.pem has expired \(/);
  const early = await found(Date.now() - 400 * DAY_MS);
  assert.match(early.message, /is not valid yet/);
});

Deno.test("the check of certificates warns before the agent's own ends", async () => {
  const soon = await found(Date.now());
  assert.equal(soon.status, "warn");
  assert.match(soon.message, /ends in \d+ d/);
});

Deno.test("the check of certificates warns of a key that others may read, where files have modes", async () => {
  const { status, message } = await found(Date.now(), 0o644);
  assert.equal(status, "warn");
  const isExposed = /agent\.key is not the agent's alone \(mode 0644\)$/.test(message);
  assert.equal(isExposed, Deno.build.os !== "windows");
});
