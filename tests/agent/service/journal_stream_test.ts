import assert from "node:assert/strict";
import { isJournal } from "../../../src/agent/service/journal_stream.ts";

Deno.test("isJournal holds for the stream that JOURNAL_STREAM names, and for no other", () => {
  assert.equal(isJournal("9:1234", "9:1234"), true);
  assert.equal(isJournal("9:1234", "9:1235"), false);
  assert.equal(isJournal(undefined, "9:1234"), false);
  assert.equal(isJournal("9:1234", undefined), false);
});

Deno.test("isJournal reads what standard error is", () => {
  const { dev, ino } = Deno.statSync("deno.json");
  assert.equal(isJournal(`${dev}:${ino}`), false);
});
