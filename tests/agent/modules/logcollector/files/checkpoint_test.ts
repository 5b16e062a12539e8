import assert from "node:assert/strict";
import {
  type FileCheckpoint,
  locationCheckpoint,
  parseCheckpoints,
  serializeCheckpoint,
} from "../../../../../src/agent/modules/logcollector/files/checkpoint.ts";

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
  real: "/data/log/x.log.1",
  continuing: false,
  copied: 7,
  own_to: 0,
  copy_of: "",
  prefix_of: "",
  packed: false,
  marks_within: true,
  moved: true,
  missed: false,
  size: 5000,
  mtime_ms: 1_800_000_000_000,
  marks: [{ offset: 4096, sha256: "cd" }],
  past: [
    {
      fingerprint: { length: 3, sha256: "ef" },
      marks: [{ offset: 3, sha256: "01" }],
      size: 3,
      saved: 2,
      told: true,
    },
  ],
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
    serializeCheckpoint(checkpoint).replace(`"v":2`, `"v":3`),
  ];
  const remembered = parseCheckpoints(new Map(damaged.map((value, key) => [`${key}`, value])));
  assert.equal(remembered.files.size, 0);
  assert.deepEqual(remembered.damaged, ["0", "1", "2", "3", "4", "5"]);
});

Deno.test("parseCheckpoints() takes over what version 1 remembered", () => {
  const { log, path, dev, ino, born_ms, order, offset, skipping, fingerprint } = checkpoint;
  const first = { v: 1, log, path, dev, ino, born_ms, order, offset, skipping, fingerprint };
  const { files, damaged } = parseCheckpoints(new Map([["65024:12", JSON.stringify(first)]]));
  assert.deepEqual(damaged, []);
  const { offset: takenOver, marks, past, copied } = files.get("65024:12") ?? {};
  assert.deepEqual({ takenOver, marks, past, copied }, {
    takenOver: 4096,
    marks: [],
    past: [],
    copied: 0,
  });
});
