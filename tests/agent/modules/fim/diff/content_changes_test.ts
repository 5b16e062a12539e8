import assert from "node:assert/strict";
import {
  contentChanges,
  textIn,
} from "../../../../../src/agent/modules/fim/diff/content_changes.ts";
import { mayTellText } from "../../../../../src/agent/modules/fim/diff/private_text.ts";

Deno.test("contentChanges: the lines that changed, with some around them", () => {
  const before = "a\nb\nc\nd\ne\nf\n";
  assert.equal(
    contentChanges(before, before.replace("d", "D")),
    "@@ -2,5 +2,5 @@\n b\n c\n-d\n+D\n e\n f",
  );
  assert.equal(contentChanges(before, before), undefined);
});

Deno.test("contentChanges: a long difference is cut, and one of two texts that have nothing in common has an end", () => {
  const lines = (prefix: string) =>
    Array.from({ length: 5_000 }, (_, index) => `${prefix}${index}`).join("\n");
  assert.equal(contentChanges(lines("a"), lines("b")), "[the text is another one]");
  const long = contentChanges("", `${"x".repeat(20_000)}\n`) ?? "";
  assert.ok(long.length <= 8_192 && long.endsWith("[cut]"));
});

Deno.test("textIn: bytes with a zero, or that are no UTF-8, are no text", () => {
  assert.equal(textIn(new TextEncoder().encode("é\n")), "é\n");
  assert.equal(textIn(Uint8Array.of(0x61, 0)), undefined);
  assert.equal(textIn(Uint8Array.of(0xff)), undefined);
});

Deno.test("mayTellText: never of what others may not read, nor of keys and passwords", () => {
  const may = (path: string, mode = 0o644) => mayTellText(path, { mode });
  assert.equal(may("/etc/passwd"), true);
  assert.equal(may("/etc/motd", 0o640), false);
  for (
    const name of ["shadow", "shadow-", "gshadow", "a.key", "b.pem", "id_ed25519", "my_secret"]
  ) {
    assert.equal(may(`/etc/${name}`), false, name);
  }
});
