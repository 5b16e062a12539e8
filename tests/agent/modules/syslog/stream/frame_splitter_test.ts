import assert from "node:assert/strict";
import fc from "fast-check";
import {
  FrameSplitter,
  type Framing,
  FramingError,
} from "../../../../../src/agent/modules/syslog/stream/frame_splitter.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function splitter(framing: Framing = "auto", maxBytes = 1_000): FrameSplitter {
  return new FrameSplitter({ framing, maxBytes, endsAtNul: true });
}

function push(to: FrameSplitter, text: string): string[] {
  return [...to.push(encoder.encode(text))].map(({ bytes }) => decoder.decode(bytes));
}

Deno.test("FrameSplitter finds out by itself that messages are counted", () => {
  assert.deepEqual(push(splitter(), "5 <1>ab6 <2>a\nb8"), ["<1>ab", "<2>a\nb"]);
});

Deno.test("FrameSplitter finds out by itself that messages are lines", () => {
  assert.deepEqual(push(splitter(), "<1>a\r\n\n<2>b\0\n<3>c"), ["<1>a", "<2>b"]);
});

Deno.test("FrameSplitter takes messages apart that a NUL ends", () => {
  const to = splitter();
  assert.deepEqual(push(to, "<1>a\0<2>b\0\0\n<3>"), ["<1>a", "<2>b"]);
  assert.deepEqual(push(to, "c\0"), ["<3>c"]);
});

Deno.test("FrameSplitter takes a NUL for a character where it ends nothing", () => {
  const to = new FrameSplitter({ framing: "newline", maxBytes: 100 });
  assert.deepEqual(push(to, "a\0b\nc\0\n"), ["a\0b", "c"]);
});

Deno.test("FrameSplitter takes a line that begins with a number for a line", () => {
  assert.deepEqual(push(splitter(), "12 monkeys came\n2026-11-26 x\n"), [
    "12 monkeys came",
    "2026-11-26 x",
  ]);
});

Deno.test("FrameSplitter does not let a message change the framing behind it", () => {
  assert.deepEqual(push(splitter(), "<1>a\n5 <0>ev\n<2>b\n"), ["<1>a", "5 <0>ev", "<2>b"]);
});

Deno.test("FrameSplitter passes over line ends between counted messages", () => {
  assert.deepEqual(push(splitter(), "4 <1>a\r\n4 <2>b\0" + "4 <3>c"), ["<1>a", "<2>b", "<3>c"]);
});

Deno.test("FrameSplitter keeps the beginning of a message that is too long, and finds the next one", () => {
  for (const text of ["<1>abcdefghij\n<2>b\n", "13 <1>abcdefghij4 <2>b"]) {
    const frames = [...splitter("auto", 6).push(encoder.encode(text))];
    const told = frames.map(({ bytes, truncated }) => [decoder.decode(bytes), truncated]);
    assert.deepEqual(told, [["<1>abc", true], ["<2>b", false]]);
  }
});

Deno.test("FrameSplitter gives the messages before a length that is none, and then no more", () => {
  const to = splitter("octet_counting");
  const given: string[] = [];
  assert.throws(() => {
    for (const { bytes } of to.push(encoder.encode("4 <1>a4 <2>bx <3>c"))) {
      given.push(decoder.decode(bytes));
    }
  }, FramingError);
  assert.deepEqual(given, ["<1>a", "<2>b"]);
});

Deno.test("FrameSplitter refuses a length that no message has", () => {
  for (const length of ["99999999", "999999999", "16777217", "0", "-1"]) {
    assert.throws(() => push(splitter("octet_counting"), `${length} <1>`), FramingError, length);
  }
});

Deno.test("FrameSplitter keeps no more than the bound of a message that never ends", () => {
  const to = splitter("octet_counting", 1_000);
  push(to, "16777216 <1>");
  const chunk = new Uint8Array(1 << 20).fill(0x61);
  for (let count = 0; count < 15; count++) assert.deepEqual([...to.push(chunk)], []);
  assert.equal(to.isWithin, true);
});

Deno.test("FrameSplitter tells at the end of a last line, and of bytes of half a message", () => {
  const lines = splitter();
  push(lines, "<1>a\n<2>b");
  const { frame, lostBytes } = lines.end();
  assert.deepEqual([decoder.decode(frame?.bytes), frame?.unfinished, lostBytes], [
    "<2>b",
    true,
    0,
  ]);
  const counted = splitter();
  push(counted, "4 <1>a9 <2>b");
  assert.deepEqual(counted.end(), { lostBytes: 4 });
  const digits = splitter();
  push(digits, "12");
  assert.equal(decoder.decode(digits.end().frame?.bytes), "12");
});

Deno.test("FrameSplitter gives the same messages however the stream is cut into pieces", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 20 }).map((text) =>
    `<1>${text.replace(/[\r\n\0]/g, "_")}`
  );
  const sent = fc.record({
    messages: fc.array(text, { minLength: 1, maxLength: 8 }),
    counted: fc.boolean(),
    cuts: fc.array(fc.nat(200), { maxLength: 12 }),
  });
  fc.assert(
    fc.property(sent, ({ messages, counted, cuts }) => {
      const whole = messages.map((message) =>
        counted ? `${encoder.encode(message).length} ${message}` : `${message}\n`
      ).join("");
      const bytes = encoder.encode(whole);
      const borders = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b)];
      const to = splitter();
      const got = borders.flatMap((from, index) =>
        [...to.push(bytes.subarray(from, borders[index + 1]))]
          .map(({ bytes }) => decoder.decode(bytes))
      );
      assert.deepEqual(got, messages);
      assert.equal(to.isWithin, false);
    }),
    { numRuns: 200 },
  );
});
