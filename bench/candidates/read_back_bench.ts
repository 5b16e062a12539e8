/**
 * A body of 1 MB from the database: how rows come back, and what is put together from them.
 *
 * Timed: reading 3,000 events, stored as three chunks and as a row each, into one array of bytes.
 * Storing them as TEXT in place of BLOB is timed beside that.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { DatabaseSync, type DatabaseSyncOptions, type SQLInputValue } from "node:sqlite";
import { EVENT_BYTES, makeEvents } from "./support/events.ts";

const EVENTS = 3_000;
const encoder = new TextEncoder();
const events = makeEvents(EVENTS);

/** A table with `rowEvents` events in each row; in memory, as SQLite's cache holds fresh chunks. */
function tableOf(
  type: "TEXT" | "BLOB",
  { rowEvents, returnArrays = false }: { rowEvents: number; returnArrays?: boolean },
): DatabaseSync {
  const database = new DatabaseSync(":memory:", optionsOf(returnArrays));
  database.exec(`CREATE TABLE chunk (id INTEGER PRIMARY KEY, lines ${type} NOT NULL) STRICT`);
  const insert = database.prepare("INSERT INTO chunk (lines) VALUES (?)");
  for (let from = 0; from < EVENTS; from += rowEvents) {
    const text = events.slice(from, from + rowEvents).join("");
    insert.run(type === "TEXT" ? text : encoder.encode(text));
  }
  return database;
}

/** Deno has the option and its types do not. */
function optionsOf(returnArrays: boolean): DatabaseSyncOptions & { returnArrays: boolean } {
  return { returnArrays };
}

const SELECT = "SELECT lines FROM chunk WHERE id > ? ORDER BY id";
const CONCAT = "SELECT group_concat(lines, '') AS body FROM (SELECT lines FROM chunk WHERE id > ?)";

/** Ways to read a table of BLOBs. */
function blobReaders(database: DatabaseSync): Record<string, () => Uint8Array> {
  const objects = database.prepare(SELECT);
  const concat = database.prepare(`SELECT CAST(body AS BLOB) AS body FROM (${CONCAT})`);
  return {
    "row objects": () =>
      Buffer.concat((objects.all(0) as { lines: Uint8Array }[]).map(({ lines }) => lines)),
    "group_concat": () => (concat.get(0) as { body: Uint8Array }).body,
  };
}

/** The same rows as arrays. */
function arrayReader(database: DatabaseSync): () => Uint8Array {
  const arrays = database.prepare(SELECT);
  return () => Buffer.concat((arrays.all(0) as unknown as [Uint8Array][]).map(([lines]) => lines));
}

/** Ways to read a table of TEXT. */
function textReaders(database: DatabaseSync): Record<string, () => Uint8Array> {
  const objects = database.prepare(SELECT);
  const concat = database.prepare(CONCAT);
  return {
    "TEXT, row objects": () =>
      encoder.encode((objects.all(0) as { lines: string }[]).map(({ lines }) => lines).join("")),
    "TEXT, group_concat": () => encoder.encode((concat.get(0) as { body: string }).body),
  };
}

for (const rowEvents of [1_000, 1]) {
  const group = rowEvents === 1 ? "read a row an event" : "read chunks of 1,000 events";
  const readers = {
    ...blobReaders(tableOf("BLOB", { rowEvents })),
    "row arrays": arrayReader(tableOf("BLOB", { rowEvents, returnArrays: true })),
    ...textReaders(tableOf("TEXT", { rowEvents })),
  };
  for (const [name, read] of Object.entries(readers)) {
    assert.equal(read().length, EVENTS * EVENT_BYTES);
    Deno.bench({ name, group, baseline: name === "row objects" }, () => void read());
  }
}

const kept = [0, 1, 2].map((part) =>
  encoder.encode(events.slice(part * 1_000, (part + 1) * 1_000).join(""))
);
Deno.bench(
  { name: "not read: bytes kept from append", group: "read chunks of 1,000 events" },
  () => void Buffer.concat(kept),
);

/** Adds a benchmark that stores 1,000 events in one row and removes it. */
function benchStore(type: "TEXT" | "BLOB", value: () => SQLInputValue): void {
  const database = tableOf(type, { rowEvents: EVENTS });
  const insert = database.prepare("INSERT OR REPLACE INTO chunk (id, lines) VALUES (1, ?)");
  const name = `store ${type}`;
  Deno.bench({ name, group: "store", baseline: type === "BLOB" }, () => void insert.run(value()));
}

const group = events.slice(0, 1_000);
benchStore("BLOB", () => encoder.encode(group.join("")));
benchStore("TEXT", () => group.join(""));
