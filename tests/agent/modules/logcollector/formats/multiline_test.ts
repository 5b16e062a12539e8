import assert from "node:assert/strict";
import { LogFolder, READ_INTERVAL_MS } from "../../support/log_folder.ts";
import type { LocalfileOptions } from "../../../../../src/agent/modules/logcollector/formats/source_options.ts";

/** Follows `app.log` with these options from its beginning. */
function follow(options: Partial<LocalfileOptions>): LogFolder {
  const folder: LogFolder = new LogFolder({
    startAt: "beginning",
    get localfiles() {
      return [{ location: folder.file("app.log"), ...options }];
    },
  });
  return folder;
}

Deno.test("multiline: an event is all lines up to the next one that matches start, and waits for it", async () => {
  await using folder = follow({ multiline: { start: "^\\d", timeout: 3 * READ_INTERVAL_MS } });
  folder.append("app.log", "1 one\n  at a\n  at b\n2 two\n");
  await folder.start();
  assert.deepEqual(folder.sink.lines, ["1 one\n  at a\n  at b"]);
  folder.append("app.log", "\n  at c\n3 three\n");
  await folder.pass();
  assert.deepEqual(folder.sink.lines.slice(1), ["2 two\n\n  at c"]);
  await folder.pass(4 * READ_INTERVAL_MS);
  assert.deepEqual(folder.sink.lines.slice(2), ["3 three"]);
});

Deno.test("multiline: an event that is open at a crash is read again, whole", async () => {
  await using folder = follow({ multiline: { start: "^\\d", timeout: 3 * READ_INTERVAL_MS } });
  folder.append("app.log", "1 one\n2 two\n  at a\n");
  await folder.start();
  await folder.stop();
  folder.append("app.log", "  at b\n3 three\n");
  await folder.start();
  assert.deepEqual(folder.sink.lines, ["1 one", "2 two\n  at a\n  at b"]);
});
