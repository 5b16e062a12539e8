import assert from "node:assert/strict";
import { readRemoteActions, REMOTE_SCHEMA } from "../../../src/agent/commands/remote_record.ts";
import { openDatabaseReadOnly } from "../../../src/agent/queue/database.ts";
import type { RemoteAction } from "../../../src/shared/protocol/commands.ts";
import { JournalScene, order } from "./support/journals.ts";

function recordOf(scene: JournalScene): RemoteAction[] {
  using database = openDatabaseReadOnly(scene.folder.file("agent.db"), [REMOTE_SCHEMA]);
  return readRemoteActions(database, 100_000);
}

Deno.test("Journal records who had what done, and what came of it, and forgets none of it with its rows", async () => {
  using scene = new JournalScene({ retentionMs: 1_000 });
  const from = { source: "Users/Services", user: "me", signature: { key_id: "0123456789abcdef" } };
  await scene.journal.receive([{
    ...order("a", "run-script", { name: "x", input: "secret" }),
    ...from,
  }]);
  assert.equal(recordOf(scene)[0]?.code, null);
  await scene.journal.start("a");
  await scene.journal.finish("a", { code: 1, message: "no such script" });
  await scene.journal.report("a");
  await scene.sent();
  await scene.journal.tidy();
  await scene.clock.advance(2_000);
  await scene.journal.tidy();
  assert.deepEqual(scene.rows(), []);
  const [row] = recordOf(scene);
  const { source, user, key_id, action, args, code, message, denied } = row ?? {};
  assert.deepEqual([source, user, key_id], ["Users/Services", "me", "0123456789abcdef"]);
  assert.deepEqual([action, args], ["run-script", '{"name":"x","input":"…"}']);
  assert.deepEqual([code, message, denied], [1, "no such script", 0]);
});

Deno.test("receive() answers what is denied and runs none of it, and its id stays free", async () => {
  let denial: string | undefined = "not on this machine";
  using scene = new JournalScene({ admission: { refusal: () => denial } });
  const { accepted, denied } = await scene.journal.receive([order("a")]);
  assert.deepEqual(accepted, []);
  assert.deepEqual(denied, [{ document_id: "a", action: "work", problem: "not on this machine" }]);
  const result = { id: "a", code: 1, message: "not on this machine", data: "" };
  assert.deepEqual(await scene.sent(), [result]);
  assert.deepEqual(scene.rows(), []);
  denial = undefined;
  assert.equal((await scene.journal.receive([order("a")])).accepted.length, 1);
  assert.deepEqual(recordOf(scene).map((row) => [row.denied, row.code]), [[0, null], [1, 1]]);
});

Deno.test("what is denied pushes nothing out of the record that was done", async () => {
  const said: { denial?: string } = {};
  using scene = new JournalScene({ admission: { refusal: () => said.denial } });
  await scene.journal.receive([order("done")]);
  said.denial = "no";
  for (let minute = 0; minute < 3; minute++) {
    const ids = Array.from({ length: 1_000 }, (_, index) => `${minute}-${index}`);
    await scene.journal.receive(ids.map((id) => order(id)));
    await scene.clock.advance(60_000);
  }
  const record = recordOf(scene);
  assert.equal(record.filter(({ denied }) => denied === 1).length, 1_000);
  assert.equal(record.filter(({ denied }) => denied === 0).length, 1);
});

Deno.test("note() records what no order brought about, and what of it was refused as that", async () => {
  using scene = new JournalScene({});
  const args = { groups: ["web"] };
  await scene.journal.note({ action: "fetch-config", args, refused: false }, {
    code: 0,
    message: "changed",
  });
  await scene.journal.note({ action: "fetch-config", args, refused: true }, {
    code: 1,
    message: "no",
  });
  assert.deepEqual(
    recordOf(scene).map((row) => [row.document_id, row.args, row.code, row.message, row.denied]),
    [["", '{"groups":["web"]}', 1, "no", 1], ["", '{"groups":["web"]}', 0, "changed", 0]],
  );
  assert.deepEqual(scene.rows(), []);
});
