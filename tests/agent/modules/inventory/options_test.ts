/** The section `inventory`, as files and variables give it. */

import assert from "node:assert/strict";
import { resolveConfig } from "../../../../src/agent/config/load.ts";
import { wantedCollectors } from "../../../../src/agent/modules/inventory/options.ts";

function inventoryOf(text: string, env: Record<string, string> = {}) {
  const file = { path: "/etc/agent.yaml", text };
  return resolveConfig(file, { env, platform: "linux" }).config.inventory;
}

Deno.test("inventory.packages is true, false, or a list of kinds, also from the environment", () => {
  assert.equal(inventoryOf("").packages, true);
  assert.deepEqual(inventoryOf("inventory: { packages: [deb, snap] }").packages, ["deb", "snap"]);
  assert.equal(inventoryOf("", { AGENT_INVENTORY_PACKAGES: "false" }).packages, false);
  assert.deepEqual(inventoryOf("", { AGENT_INVENTORY_PACKAGES: "[rpm]" }).packages, ["rpm"]);
  assert.throws(
    () => inventoryOf("inventory: { packages: [debs] }"),
    /inventory\.packages.* must be true, false, or a list of deb, rpm, apk/,
  );
});

Deno.test("inventory.mask takes regular expressions only", () => {
  const given = inventoryOf("inventory: { mask: ['--pin[= ]\\S+'] }");
  assert.deepEqual(given.mask, ["--pin[= ]\\S+"]);
  assert.throws(() => inventoryOf("inventory: { mask: ['('] }"), /must be a regular expression \(/);
});

Deno.test("wantedCollectors() leaves out what is off, and processes unless they are asked for", () => {
  const wanted = wantedCollectors(inventoryOf("inventory: { ports: false, packages: false }"));
  assert.deepEqual(wanted, [
    "hardware",
    "system",
    "networks",
    "hotfixes",
    "users",
    "groups",
    "services",
    "interfaces",
    "protocols",
  ]);
  const processes = inventoryOf("inventory: { processes: true, users: false }");
  assert.equal(wantedCollectors(processes).includes("processes"), true);
  assert.equal(wantedCollectors(processes).includes("users"), false);
});
