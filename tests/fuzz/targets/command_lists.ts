import assert from "node:assert/strict";
import fc from "fast-check";
import { readRemoteActions } from "../../../src/agent/commands/remote_record.ts";
import { openDatabaseReadOnly } from "../../../src/agent/queue/database.ts";
import { JournalScene } from "../../agent/commands/support/journals.ts";
import { oddFormOf } from "../harness/arbitraries.ts";
import { assertPlain } from "../harness/expectations.ts";
import type { FuzzTarget } from "../harness/target.ts";

const KEYS = ["document_id", "action", "name", "args", "timeout", "id", "type", "signature"];
const member = fc.oneof(
  oddFormOf({
    document_id: "d1",
    action: { name: "set-group", args: { groups: ["web"] }, version: "1" },
    timeout: 100,
    start_within: 5,
    source: "Users/Services",
    user: "kim",
    signature: { key_id: "k", value: "v" },
  }, ...KEYS),
  oddFormOf({ id: "1", type: "restart" }, ...KEYS),
);

export const target: FuzzTarget = {
  about: "any list of commands is taken in, and each is begun once or refused with a result",
  weight: 2.5,
  async open() {
    const scene = new JournalScene({ maxRows: 200 });
    const { journal } = scene;
    await journal.recover(new Set());
    const property = fc.asyncProperty(fc.array(member, { maxLength: 5 }), async (members) => {
      const receipt = await journal.receive(members);
      for (const { problem } of receipt.malformed) assertPlain(problem);
      for (const { document_id, startWithinMs } of receipt.accepted) {
        assert.ok(Number.isSafeInteger(startWithinMs));
        const start = await journal.start(document_id);
        if (start.kind === "begun") await journal.finish(document_id, { code: 0, message: "done" });
        if (start.kind === "begun") await journal.report(document_id);
      }
      const results = await scene.sent();
      assert.ok(results.length >= receipt.accepted.length);
      using database = openDatabaseReadOnly(scene.folder.file("agent.db"));
      for (const { message } of readRemoteActions(database, 5)) if (message) assertPlain(message);
    });
    return { property, close: () => scene[Symbol.dispose]() };
  },
};
