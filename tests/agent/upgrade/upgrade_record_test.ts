import assert from "node:assert/strict";
import {
  type UpgradeAttempt,
  type UpgradeOutcome,
  UpgradeRecord,
} from "../../../src/agent/upgrade/upgrade_record.ts";
import { TempFolder } from "../../support/queues.ts";

const ATTEMPT: UpgradeAttempt = {
  state: "prepare",
  from: "1.3.2",
  to: "1.4.0",
  release: 37,
  since: "2026-01-01T00:00:00.000Z",
  document_id: "order",
};

const FAILURE: UpgradeOutcome = {
  from: "1.3.2",
  to: "1.4.0",
  release: 37,
  code: 1,
  reason: "died",
  message: "1.4.0 did not pass its trial",
  at: "2026-01-01T00:00:10.000Z",
  document_id: "order",
  announced: false,
};

Deno.test("UpgradeRecord keeps the highest release that was seen, whatever comes of it", () => {
  using folder = new TempFolder();
  const record = new UpgradeRecord(folder.path);
  record.begin(ATTEMPT);
  record.end(FAILURE);
  record.begin({ ...ATTEMPT, release: 12 });
  assert.equal(new UpgradeRecord(folder.path).read().highest_release, 37);
});

Deno.test("end() remembers a release that is at fault until it succeeds", () => {
  using folder = new TempFolder();
  const record = new UpgradeRecord(folder.path);
  record.end(FAILURE, { blames: true });
  assert.deepEqual(record.read().failed, [{ release: 37, reason: "died" }]);
  record.end({ ...FAILURE, reason: "stopped" });
  assert.equal(record.read().failed.length, 1);
  record.end({ ...FAILURE, code: 0, reason: null });
  assert.deepEqual(record.read().failed, []);
});

Deno.test("a damaged record is not taken for none: an old release could come back", () => {
  using folder = new TempFolder();
  const record = new UpgradeRecord(folder.path);
  assert.equal(record.read().highest_release, 0);
  Deno.writeTextFileSync(folder.file("upgrade.json"), '{"schema":1,"high', { mode: 0o600 });
  assert.throws(() => record.read(), /upgrade\.json" is damaged/);
  assert.throws(() => record.begin(ATTEMPT), /damaged/);
  assert.equal(record.look().highest_release, 0);
});

Deno.test("what cannot be written counts for this process, and for the next one what is on the disk", () => {
  using folder = new TempFolder();
  const record = new UpgradeRecord(folder.path);
  record.begin({ ...ATTEMPT, state: "trial" });
  // A folder in the place of the file that is written first: nobody, not even root, can write that.
  Deno.mkdirSync(folder.file("upgrade.json.tmp"));
  Deno.writeTextFileSync(folder.file("upgrade.json.tmp/full"), "");
  assert.throws(() => record.end(FAILURE));
  assert.deepEqual([record.read().attempt, record.read().last?.reason], [null, "died"]);
  assert.equal(new UpgradeRecord(folder.path).read().attempt?.state, "trial");
  Deno.removeSync(folder.file("upgrade.json.tmp"), { recursive: true });
  record.announced();
  assert.equal(new UpgradeRecord(folder.path).read().last?.announced, true);
});

Deno.test("an outcome that another one follows is told of and found all the same", () => {
  using folder = new TempFolder();
  const record = new UpgradeRecord(folder.path);
  const back = { ...FAILURE, from: "1.4.0", to: "1.3.2", document_id: null };
  record.end(FAILURE);
  record.end(back);
  assert.deepEqual(new UpgradeRecord(folder.path).unannounced(), [FAILURE, back]);
  assert.deepEqual(record.outcomeOf("order"), FAILURE);
  record.announced();
  assert.deepEqual(record.unannounced(), []);
  assert.equal(record.outcomeOf("order")?.announced, true);
});

Deno.test("a record of a version that knew only the last outcome is read", () => {
  using folder = new TempFolder();
  const state = { schema: 1, highest_release: 3, previous: null, attempt: null, last: FAILURE };
  const text = JSON.stringify({ ...state, failed: [] });
  Deno.writeTextFileSync(folder.file("upgrade.json"), text, { mode: 0o600 });
  assert.deepEqual(new UpgradeRecord(folder.path).unannounced(), [FAILURE]);
});
