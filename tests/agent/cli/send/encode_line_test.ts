import assert from "node:assert/strict";
import { encodeLine } from "../../../../src/agent/cli/send/encode_line.ts";

Deno.test("encodeLine() writes numbers that are too long to be exact as they were, and no half character", () => {
  const text =
    '{"id":9223372036854775807,"n":[-9007199254740993],"ok":4111111111111111,"h":"\\ud83d"}';
  const form = { module: "m", collector: "send", ndjson: true, created: "c" };
  const [, , data = ""] = encodeLine({ number: 1, text, truncated: false }, form).split("\n");
  const members =
    '"id":9223372036854775807,"n":[-9007199254740993],"ok":4111111111111111,"h":"\ufffd"';
  assert.equal(data, `{"event":{"created":"c"},${members}}`);
});
