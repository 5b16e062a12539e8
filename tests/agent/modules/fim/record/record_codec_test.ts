import assert from "node:assert/strict";
import fc from "fast-check";
import {
  readMark,
  unpackRecord,
} from "../../../../../src/agent/modules/fim/record/record_codec.ts";
import { packRecord, record, status } from "../support/records.ts";

const PLAIN = { noNullPrototype: true } as const;
const text = () => fc.option(fc.string({ unit: "grapheme" }));
const line = () =>
  fc.string({ unit: "grapheme", minLength: 1 }).filter((one) => !one.includes("\n"));
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const anyRecord = fc.record({
  status: fc.record({
    mode: fc.nat(0xffff),
    uid: fc.nat(0xffff_ffff),
    gid: fc.nat(0xffff_ffff),
    links: fc.nat(),
    inode: fc.bigInt(0n, 2n ** 64n - 1n),
    size: fc.maxSafeNat(),
    modifiedNs: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
    changedNs: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
    device: fc.tuple(fc.nat(), fc.nat()).map((numbers) => numbers.join(":")),
    mount: fc.constant(0n),
    attributes: fc.record({ immutable: fc.boolean(), append: fc.boolean() }, PLAIN),
  }, PLAIN),
  owner: text(),
  group: text(),
  target: text(),
  hashes: fc.record({ md5: bytes(16), sha1: bytes(20), sha256: bytes(32) }, {
    requiredKeys: [],
    ...PLAIN,
  }),
  rights: fc.array(line(), { minLength: 1 }),
  readAtS: fc.nat(0xffff_ffff),
  isRacy: fc.boolean(),
  schema: fc.constantFrom("6.0" as const, "5.0" as const),
}, {
  requiredKeys: ["status", "owner", "group", "target", "hashes", "readAtS", "isRacy", "schema"],
  ...PLAIN,
});

Deno.test("packRecord, unpackRecord: whatever a file is comes back as it was", () => {
  fc.assert(fc.property(anyRecord, (one) => {
    const packed = packRecord(one);
    assert.deepEqual(unpackRecord(packed), one);
    const { hashNames, ...mark } = readMark(packed);
    assert.deepEqual(mark.status, one.status);
    assert.deepEqual([...hashNames].sort(), Object.keys(one.hashes).sort());
  }));
});

Deno.test("packRecord: an ordinary file takes less than 90 bytes", () => {
  assert.ok(packRecord(record()).length < 90);
});

Deno.test("unpackRecord: bytes that are cut, or of another version, are no record", () => {
  const packed = packRecord(record({ target: "/somewhere/else" }));
  for (let length = 0; length < packed.length; length++) {
    assert.throws(() => unpackRecord(packed.subarray(0, length)), RangeError, `${length} bytes`);
  }
  const other = packed.slice();
  other[0] = 2;
  assert.throws(() => unpackRecord(other), /another version/);
});

Deno.test("packRecord: the size of a file of a terabyte and times to the nanosecond are kept", () => {
  const { status: found } = unpackRecord(packRecord(record({ status: status({ size: 2 ** 40 }) })));
  assert.equal(found.size, 1_099_511_627_776);
  assert.equal(found.modifiedNs, 1_795_000_000_123_456_789n);
});
