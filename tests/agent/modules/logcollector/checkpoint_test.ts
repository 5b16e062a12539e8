import assert from "node:assert/strict";
import {
  type FileCheckpoint,
  locationCheckpoint,
  parseCheckpoints,
  serializeCheckpoint,
} from "../../../../src/agent/modules/logcollector/checkpoint.ts";

const checkpoint: FileCheckpoint = {
  log: "/var/log/x.log",
  path: "/var/log/x.log.1",
  dev: 65024,
  ino: 12,
  born_ms: null,
  order: 3,
  offset: 4096,
  skipping: true,
  fingerprint: { length: 5, sha256: "ab" },
};

Deno.test("parseCheckpoints() gives back what was serialised", () => {
  const { key, value } = locationCheckpoint("/var/log/*.log");
  const remembered = parseCheckpoints(
    new Map([["65024:12", serializeCheckpoint(checkpoint)], [key, value ?? ""]]),
  );
  assert.deepEqual(remembered.files, new Map([["65024:12", checkpoint]]));
  assert.deepEqual(remembered.locations, new Set(["/var/log/*.log"]));
  assert.deepEqual(remembered.damaged, []);
});

Deno.test("parseCheckpoints() lists what it cannot understand", () => {
  const damaged = [
    "",
    "{",
    "null",
    "[]",
    serializeCheckpoint({ ...checkpoint, offset: -1 }),
    serializeCheckpoint(checkpoint).replace(`"v":1`, `"v":2`),
  ];
  const remembered = parseCheckpoints(new Map(damaged.map((value, key) => [`${key}`, value])));
  assert.equal(remembered.files.size, 0);
  assert.deepEqual(remembered.damaged, ["0", "1", "2", "3", "4", "5"]);
});
