import assert from "node:assert/strict";
import fc from "fast-check";
import { ExportParser } from "../../../../src/agent/modules/journald/export_parser.ts";
import { textOf } from "../../../../src/agent/modules/journald/journal_entry.ts";
import { exportOf, type Field } from "./support/export_text.ts";

const ROOMY = { maxValueBytes: 1_000_000, maxEntryBytes: 10_000_000 };

/** All entries of `bytes` when they come in pieces that end at `borders`. */
function parse(
  bytes: Uint8Array,
  { borders = [], limits = ROOMY }: { borders?: readonly number[]; limits?: typeof ROOMY } = {},
) {
  const parser = new ExportParser(limits);
  const ends = [...borders.map((border) => border % (bytes.length + 1)), bytes.length];
  let start = 0;
  return ends.toSorted((one, other) => one - other).flatMap((end) => {
    const piece = bytes.subarray(start, end);
    start = end;
    return [...parser.push(piece)];
  });
}

const name = fc.constantFrom("MESSAGE", "_PID", "A", "CODE_FILE", "X_1");
const value = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }).map((text) => new TextEncoder().encode(text)),
  fc.uint8Array({ maxLength: 60 }),
  fc.constant(new TextEncoder().encode("\n\nMESSAGE=not a field\n\n")),
  fc.constant(new Uint8Array(0)),
);
const entries = fc.array(
  fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 8 }) as fc.Arbitrary<Field[]>,
  { maxLength: 6 },
);

Deno.test("ExportParser gives the same entries wherever the pieces end", () => {
  fc.assert(
    fc.property(entries, fc.array(fc.nat(5_000), { maxLength: 12 }), (given, borders) => {
      const found = parse(exportOf(given), { borders });
      const bytesOf = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
      assert.equal(found.length, given.length);
      for (const [index, fields] of given.entries()) {
        const entry = found[index] ?? assert.fail();
        for (const [field] of fields) {
          const expected = fields.filter(([other]) => other === field).map(([, bytes]) => bytes);
          assert.deepEqual(entry.values(field).map(bytesOf), expected);
        }
        assert.deepEqual([entry.cut, entry.cutBytes], [[], 0]);
      }
    }),
    { numRuns: 200 },
  );
});

Deno.test("ExportParser reads byte after byte as it reads all at once", () => {
  const bytes = exportOf([[["MESSAGE", new Uint8Array([1, 2, 10, 255])], ["A", text("b")]]]);
  const borders = Array.from(bytes, (_, index) => index);
  assert.deepEqual(parse(bytes, { borders }), parse(bytes));
});

Deno.test("ExportParser keeps the beginning of a value that is too long, and counts the rest", () => {
  const limits = { maxValueBytes: 10, maxEntryBytes: 1_000 };
  for (const long of ["x".repeat(5_000), `${"x".repeat(4_000)}\nbinary`]) {
    const bytes = exportOf([[["MESSAGE", text(long)], ["A", text("b")]], [["A", text("next")]]]);
    for (const borders of [[], [12, 30, 300], Array.from({ length: 500 }, (_, i) => i * 7)]) {
      const [entry, next] = parse(bytes, { borders, limits });
      assert(entry && next);
      assert.equal(entry.first("MESSAGE"), "xxxxxxxxxx");
      assert.deepEqual([entry.cut, entry.cutBytes], [["MESSAGE"], long.length - 10]);
      assert.equal(entry.first("A"), "b");
      assert.deepEqual([next.first("A"), next.cutBytes], ["next", 0]);
    }
  }
});

Deno.test("ExportParser never cuts a character in two", () => {
  const limits = { maxValueBytes: 10, maxEntryBytes: 1_000 };
  for (
    const [given, kept] of [["123456789ä12", "123456789"], ["12345678ä1", "12345678ä"], [
      "1234567€x",
      "1234567€",
    ]]
  ) {
    const [entry] = parse(exportOf([[["MESSAGE", text(given ?? "")]]]), { limits });
    assert.equal(textOf(entry?.first("MESSAGE") ?? ""), kept);
  }
});

Deno.test("ExportParser bounds what an entry holds altogether", () => {
  const limits = { maxValueBytes: 100, maxEntryBytes: 250 };
  const fields = Array.from({ length: 50 }, (_, i): Field => [`F${i}`, text("y".repeat(100))]);
  const [entry] = parse(exportOf([fields]), { limits });
  assert.equal([...entry?.fields().values() ?? []].join("").length, 250);
  assert.equal(entry?.cutBytes, 50 * 100 - 250);
});

Deno.test("ExportParser bounds how many values an entry has, without getting slow", () => {
  const parser = new ExportParser(ROOMY);
  const [entry] = parser.push(text(`${"A=1\n".repeat(500_000)}\n`));
  assert.equal(entry?.values("A").length, 2_048);
  assert.deepEqual(entry?.cut, ["A"]);
});

Deno.test("ExportParser does not hold what it throws away", () => {
  const parser = new ExportParser({ maxValueBytes: 65_536, maxEntryBytes: 100_000 });
  const head = text(`A=1\nMESSAGE\n`);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, 50_000_000n, true);
  const piece = new Uint8Array(500_000).fill(120);
  const found = [...parser.push(head), ...parser.push(length)];
  for (let sent = 0; sent < 50_000_000; sent += piece.length) found.push(...parser.push(piece));
  found.push(...parser.push(text("\n\n")));
  assert.deepEqual(found.map(({ cutBytes }) => cutBytes), [50_000_000 - 65_536]);
});

Deno.test("ExportParser refuses what is no export", () => {
  assert.throws(() => parse(text("x".repeat(1_000))), /no export format/);
  assert.throws(() => parse(text("hello\nworld, how are you\n")), /no export format/);
});

Deno.test("textOf() puts the replacement character for what is not UTF-8", () => {
  assert.equal(textOf("a\xff\xc3\xa4"), "a\ufffdä");
});

function text(of: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(of);
}
