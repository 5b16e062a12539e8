/** The section `inventory`, as files and variables give it. */

import assert from "node:assert/strict";
import { checkShared, resolveConfig } from "../../../../src/agent/config/load.ts";
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
  assert.throws(
    () => inventoryOf("inventory: { packages: [] }"),
    /inventory\.packages.* must be true, false, or a list of deb, rpm, apk/,
  );
});

Deno.test("inventory.mask takes regular expressions only", () => {
  const given = inventoryOf("inventory: { mask: ['--pin[= ]\\S+'] }");
  assert.deepEqual(given.mask, ["--pin[= ]\\S+"]);
  assert.throws(() => inventoryOf("inventory: { mask: ['('] }"), /must be a regular expression \(/);
});

Deno.test("wantedCollectors() leaves out what is off, what the schema does not have, and processes unless they are asked for", () => {
  const wanted = inventoryOf("inventory: { ports: false, packages: false }");
  const ofSix = ["hardware", "system", "networks", "hotfixes"];
  assert.deepEqual(wantedCollectors(wanted, "6.0"), ofSix);
  assert.deepEqual(wantedCollectors(wanted, "5.0"), [
    ...ofSix,
    "users",
    "groups",
    "services",
    "interfaces",
    "protocols",
  ]);
  const others = inventoryOf("inventory: { processes: true, users: false }");
  assert.equal(wantedCollectors(others, "6.0").includes("processes"), true);
  assert.equal(wantedCollectors(others, "5.0").includes("users"), false);
});

Deno.test("a collector that only schema 5.0 has is refused by its place in the file, with the schema that has it", () => {
  const text = 'stateful: { schema: "6.0" }\ninventory:\n  users: true\n';
  assert.throws(
    () => inventoryOf(text),
    /agent\.yaml:3:10: inventory\.users is true, which only the documents of stateful\.schema "5\.0" have, and it is "6\.0"/,
  );
  assert.equal(inventoryOf(text.replace("6.0", "5.0")).users, true);
  assert.equal(inventoryOf(text.replace("true", "false")).users, false);
});

Deno.test("a group file may ask for a collector of schema 5.0 where the machine has that schema", async () => {
  const check = (schema: string) =>
    checkShared([{ name: "web", text: "inventory.users: true\n" }], {
      env: { AGENT_STATEFUL_SCHEMA: schema },
      defaultFile: "/nowhere/agent.yaml",
      platform: "linux",
    });
  await check("5.0");
  await assert.rejects(check("6.0"), /web\.yml:1:\d+: inventory\.users is true, which only/);
});
