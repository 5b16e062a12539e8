/**
 * Cases: right ones, changed byte by byte or member by member, and ones that are odd from the start.
 *
 * @module
 */

import fc from "fast-check";

/** Bytes that mean something to parsers. */
const TELLING_BYTES = [...'\0\t\n\r\x1b "#$&*-/:<>[\\]{|}'].map((sign) => sign.charCodeAt(0))
  .concat([0x7f, 0x80, 0xbf, 0xc0, 0xe2, 0xed, 0xf4, 0xfe, 0xff]);

/** One change of a text of bytes; positions are parts of its length. */
interface Change {
  kind: "flip" | "set" | "insert" | "remove" | "repeat" | "cut";
  at: number;
  length: number;
  byte: number;
}

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom("flip", "set", "insert", "remove", "repeat", "cut"),
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  length: fc.integer({ min: 1, max: 64 }),
  byte: fc.oneof(fc.constantFrom(...TELLING_BYTES), fc.nat(255)),
});

/** Bytes of one of `samples` after some changes, mostly few. */
export function mutatedBytes(
  ...samples: readonly Uint8Array[]
): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  return fc.tuple(fc.constantFrom(...samples), fc.array(change, { maxLength: 6, size: "max" }))
    .map(([sample, changes]) => changes.reduce(changed, new Uint8Array(sample)));
}

/** Text of one of `samples` after changes of its bytes; what is not UTF-8 becomes U+FFFD. */
export function mutatedText(...samples: readonly string[]): fc.Arbitrary<string> {
  const bytes = samples.map((sample) => new TextEncoder().encode(sample));
  return mutatedBytes(...bytes).map((mutated) => new TextDecoder().decode(mutated));
}

function changed(bytes: Uint8Array<ArrayBuffer>, { kind, at, length, byte }: Change) {
  const start = Math.floor(at * bytes.length);
  const before = bytes.subarray(0, start);
  const part = bytes.subarray(start, start + length);
  const after = bytes.subarray(start + length);
  switch (kind) {
    case "flip":
      return joined(
        before,
        part.subarray(0, 1).map((old) => old ^ (1 << (byte % 8))),
        bytes.subarray(start + 1),
      );
    case "set":
      return joined(before, new Uint8Array([byte]), bytes.subarray(start + 1));
    case "insert":
      return joined(before, new Uint8Array([byte]), bytes.subarray(start));
    case "remove":
      return joined(before, after);
    case "repeat":
      return joined(before, part, part, after);
    case "cut":
      return joined(before);
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

/** Texts with controls, lone surrogates, escapes, names of members of every object. */
export const oddText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({
    unit: fc.constantFrom("\ud800", "\udfff", "\0", "\n", "\x1b", "\u202e", "a", "é", "😀"),
  }),
  fc.constantFrom(
    "",
    " ",
    "__proto__",
    "constructor",
    "valueOf",
    "toString",
    "../../etc/shadow",
    "${HOME}",
    "{message}",
    "%s",
    "$&",
    "NaN",
    "1e999",
    "'",
    "--help",
    "x".repeat(300),
  ),
);

const oddNumber = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constantFrom(0.1, -1, -0, 2 ** 31, 2 ** 53, 2 ** 53 + 2, 1e308, 1e-7, 200.5),
);

/** Any JSON, of a few levels, whose members have `keys` more often than others. */
export function oddJson(...keys: readonly string[]): fc.Arbitrary<unknown> {
  const key = keys.length === 0
    ? oddText
    : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...keys) }, oddText);
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.oneof(oddText, oddNumber, fc.boolean(), fc.constant(null)),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(key, tie("value"), { maxKeys: 5 }),
    ),
  }));
  return value;
}

/** JSON text: a right one with one part exchanged for something odd, or a member left out, or other JSON altogether. */
export function oddFormOf(sample: unknown, ...keys: readonly string[]): fc.Arbitrary<unknown> {
  const places = placesIn(sample);
  const exchanged = fc.tuple(
    fc.array(fc.tuple(fc.constantFrom(...places), fc.option(oddJson(...keys))), {
      maxLength: 3,
    }),
  ).map(([exchanges]) =>
    exchanges.reduce((value, [place, odd]) => withPart(value, place, odd), structuredClone(sample))
  );
  return fc.oneof({ weight: 5, arbitrary: exchanged }, oddJson(...keys));
}

type Path = readonly (string | number)[];

function placesIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const below = Object.entries(value).flatMap(([key, part]) =>
    placesIn(part, [...path, Array.isArray(value) ? Number(key) : key])
  );
  return [path, ...below];
}

/** `odd` in the place of a part; `null` takes it away. */
function withPart(value: unknown, [step, ...rest]: Path, odd: unknown): unknown {
  if (step === undefined) return odd;
  if (typeof value !== "object" || value === null) return value;
  // A change before this one may have put a list in the place of an object.
  if (Array.isArray(value) && typeof step !== "number") return value;
  const copy: Record<string | number, unknown> = Array.isArray(value)
    ? [...value] as never
    : { ...value };
  if (rest.length === 0 && odd === null) delete copy[step];
  else copy[step] = withPart(copy[step], rest, odd);
  return copy;
}
