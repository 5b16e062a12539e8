import assert from "node:assert/strict";
import { createPublicKey, type KeyObject } from "node:crypto";
import { CONFIG_KEYS } from "../../../../src/agent/app/doctor/checks/key_checks.ts";
import type { DoctorContext } from "../../../../src/agent/app/doctor/context.ts";
import { newKey } from "../../../shared/releases/support.ts";
import { TempFolder } from "../../../support/queues.ts";

/** What the check finds on a machine with these keys in its files. */
async function found(
  { orders, releases, threshold = 1 }: {
    orders?: KeyObject;
    releases?: KeyObject[];
    threshold?: number;
  },
) {
  using folder = new TempFolder();
  const write = (name: string, keys: KeyObject[]) => {
    const pems = keys.map((key) => createPublicKey(key).export({ type: "spki", format: "pem" }));
    Deno.writeTextFileSync(folder.file(name), pems.join(""), { mode: 0o600 });
    return folder.file(name);
  };
  const config = {
    agent: { path: { data: folder.path } },
    commands: {
      require_signature: orders !== undefined,
      trusted_keys: orders && write("orders.pem", [orders]),
    },
    active_response: { enabled: false, scripts: "local" },
    upgrade: {
      enabled: releases !== undefined,
      trusted_keys: releases && write("releases.pem", releases),
      threshold,
    },
  };
  const context = { config: () => Promise.resolve(config) } as unknown as DoctorContext;
  return await CONFIG_KEYS.run(context);
}

Deno.test("the check of the keys counts those for orders and for releases", async () => {
  assert.equal((await found({})).status, "skip");
  const both = await found({ orders: newKey(), releases: [newKey(), newKey()], threshold: 2 });
  assert.deepEqual([both.status, both.message], ["ok", "1 key for orders, 2 keys for releases"]);
});

Deno.test("the check of the keys fails when fewer are trusted than have to sign", async () => {
  const key = newKey();
  const few = await found({ releases: [key, key], threshold: 2 });
  assert.equal(few.status, "fail");
  assert.equal(few.message, "2 keys must sign a release, and 1 key is trusted");
});

Deno.test("the check of the keys warns of a key of the manager that could install programs", async () => {
  const key = newKey();
  const both = await found({ orders: key, releases: [newKey(), key] });
  assert.equal(both.status, "warn");
  assert.match(both.message, /signs orders and releases/);
});
