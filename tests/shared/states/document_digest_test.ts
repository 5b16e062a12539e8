import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  BucketDigests,
  bucketOf,
  canonicalText,
  documentDigest,
} from "../../../src/shared/states/document_digest.ts";

const sha1 = (text: string | Uint8Array) => createHash("sha1").update(text).digest();

Deno.test("canonicalText() sorts members at every level, and leaves what is sorted", () => {
  assert.equal(
    canonicalText({ b: [{ d: 1, c: "ä" }], a: null }),
    '{"a":null,"b":[{"c":"ä","d":1}]}',
  );
  assert.equal(canonicalText({ a: 1, b: { c: 1, d: 2 } }), '{"a":1,"b":{"c":1,"d":2}}');
  assert.equal(canonicalText({ 10: "x", 9: "y" }), '{"10":"x","9":"y"}');
  assert.equal(canonicalText({ a: undefined, b: 1 }), '{"b":1}');
});

Deno.test("documentDigest() is the SHA-1 of the canonical text without what changes with each sending", () => {
  const document = {
    "@timestamp": "now",
    checksum: {},
    state: { document_version: 1 },
    b: 1,
    a: 2,
  };
  assert.deepEqual(new Uint8Array(documentDigest(document)), new Uint8Array(sha1('{"a":2,"b":1}')));
});

Deno.test("BucketDigests does not depend on the order, and taking a document in twice takes it out", () => {
  const id = "0a".padEnd(40, "0");
  const digest = documentDigest({ a: 1 });
  const digests = new BucketDigests();
  digests.add("0a".padEnd(40, "1"), digest);
  digests.add(id, digest);
  digests.add("0a".padEnd(40, "1"), digest);
  const expected = sha1(new Uint8Array([...new TextEncoder().encode(id), ...digest])).toString(
    "hex",
  );
  assert.equal(bucketOf(id), 10);
  assert.equal(digests.toHex()[10], expected);
  assert.equal(digests.toHex()[11], "0".repeat(40));
  assert.equal(digests.toHex().length, 256);
});

Deno.test("bucketOf() finds a bucket also for an id that is no digest", () => {
  assert.equal(bucketOf("name"), sha1("name")[0]);
});
