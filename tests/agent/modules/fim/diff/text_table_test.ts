import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { MIGRATIONS } from "../../../../../src/agent/modules/fim/diff/text_migrations.ts";
import { TextTable } from "../../../../../src/agent/modules/fim/diff/text_table.ts";

function open(): DatabaseSync {
  const database = new DatabaseSync(":memory:");
  for (const { up } of MIGRATIONS) if (typeof up === "string") database.exec(up);
  return database;
}

Deno.test("TextTable: the last text of a key, until it is removed", () => {
  const database = open();
  const table = new TextTable(database);
  table.put("/a", "one\n");
  table.put("/a", "two é\n");
  assert.equal(table.get("/a"), "two é\n");
  table.remove("/a");
  assert.equal(table.get("/a"), undefined);
  database.close();
});

Deno.test("TextTable: beyond its bound nothing is kept, and no old text stands for a new one", () => {
  const database = open();
  const table = new TextTable(database, 200);
  // What is no pattern cannot be packed.
  const noise = (seed: string) =>
    Array.from({ length: 8 }, (_, index) => hash("sha256", `${seed}${index}`)).join("");
  assert.equal(table.put("/a", "small"), true);
  assert.equal(table.put("/b", noise("b")), false);
  assert.equal(table.get("/b"), undefined);
  assert.equal(table.put("/a", noise("a")), false);
  assert.equal(table.get("/a"), undefined);
  database.close();
});
