import assert from "node:assert/strict";
import { promptHidden } from "../../../src/agent/cli/hidden_prompt.ts";

async function type(...chunks: (string | Uint8Array)[]) {
  const encoder = new TextEncoder();
  const bytes = chunks.map((chunk) => typeof chunk === "string" ? encoder.encode(chunk) : chunk);
  const raw: boolean[] = [];
  let written = "";
  const terminal = {
    read(buffer: Uint8Array) {
      const next = bytes.shift();
      if (next !== undefined) buffer.set(next);
      return Promise.resolve(next?.length ?? null);
    },
    setRaw: (on: boolean) => void raw.push(on),
  };
  const answer = await promptHidden("Password: ", {
    terminal,
    write: (text) => written += text,
    signal: new AbortController().signal,
  });
  assert.deepEqual(raw, [true, false], "the terminal is as it was");
  assert.equal(written, "Password: \n", "nothing typed is shown");
  return answer;
}

Deno.test("promptHidden() gives the line up to Enter, however it arrives", async () => {
  assert.equal(await type("secret\r"), "secret");
  assert.equal(await type("se", "cr", "et", "\nrest"), "secret");
  assert.equal(await type(new Uint8Array([0xc3]), new Uint8Array([0xa9]), "\r"), "é");
  assert.equal(await type("\r"), "");
});

Deno.test("promptHidden() takes characters and lines back", async () => {
  assert.equal(await type("ab\x7f\bc\r"), "c");
  assert.equal(await type("\x7fa€😀\x7f\r"), "a€");
  assert.equal(await type("wrong\x15right\r"), "right");
});

Deno.test("promptHidden() ignores arrow keys and other control characters", async () => {
  assert.equal(await type("a\x1b[Db\x1bOP\x01\x1b[3~c\r"), "abc");
});

Deno.test("promptHidden() gives null after Ctrl-C, Ctrl-D on an empty line and the end of the input", async () => {
  assert.equal(await type("secret\x03"), null);
  assert.equal(await type("\x04"), null);
  assert.equal(await type("secret"), null);
  assert.equal(await type("secret\x04"), "secret");
});

Deno.test("promptHidden() gives the terminal back when it is aborted", async () => {
  const controller = new AbortController();
  const raw: boolean[] = [];
  const answer = promptHidden("Password: ", {
    terminal: { read: () => new Promise(() => {}), setRaw: (on) => void raw.push(on) },
    write: () => {},
    signal: controller.signal,
  });
  controller.abort();
  assert.equal(await answer, null);
  assert.deepEqual(raw, [true, false]);
});
