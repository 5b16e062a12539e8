import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { JournalScene } from "../../agent/commands/support/journals.ts";
import { mutatedText, oddText } from "../harness/arbitraries.ts";
import type { FuzzTarget } from "../harness/target.ts";

const whole = fc.option(fc.oneof(fc.integer(), fc.maxSafeNat(), fc.constant(-1)));
const text = fc.option(oddText);

/** A row as a disk, an older agent or a person may have left it; what the table itself refuses is none. */
const row = fc.record({
  action: text,
  args: fc.option(fc.oneof(mutatedText('{"groups":["web"]}'), oddText)),
  timeout_ms: whole,
  state: fc.oneof(fc.constantFrom("received", "running", "done", "reported"), oddText),
  code: whole,
  message: text,
  data: text,
  received_ms: fc.integer(),
  started_ms: whole,
  done_ms: whole,
  reported_ms: whole,
  result_event: whole,
  delivered_ms: whole,
  delivered_age_ms: whole,
  received_age_ms: whole,
  start_within_ms: whole,
});

function write(path: string, rows: readonly Record<string, unknown>[]): void {
  using database = new DatabaseSync(path);
  database.exec("DELETE FROM command");
  rows.forEach((row, index) => {
    const names = ["document_id", ...Object.keys(row)];
    const marks = names.map(() => "?").join(", ");
    database.prepare(`INSERT INTO command (${names.join(", ")}) VALUES (${marks})`)
      .run(`d${index}`, ...Object.values(row) as (string | number | null)[]);
  });
}

export const target: FuzzTarget = {
  about: "whatever stands in the journal, the next start goes on, and every command gets a result",
  weight: 1.5,
  open() {
    const scene = new JournalScene();
    const property = fc.asyncProperty(fc.array(row, { maxLength: 4 }), async (rows) => {
      scene.queue.close();
      write(scene.folder.file("agent.db"), rows);
      scene.reopen();
      const recovery = await scene.journal.recover(new Set());
      for (const { document_id } of recovery.waiting) {
        const start = await scene.journal.start(document_id);
        if (start.kind !== "begun") continue;
        await scene.journal.finish(document_id, { code: 0, message: "done" });
        await scene.journal.report(document_id);
      }
      for (const { code, message } of await scene.sent()) {
        assert.ok(Number.isInteger(code));
        assert.equal(typeof message, "string");
      }
      const open = scene.rows().filter(({ state }) =>
        ["received", "running", "done"].includes(state)
      );
      assert.deepEqual(open, []);
    });
    return { property, close: () => scene[Symbol.dispose]() };
  },
};
