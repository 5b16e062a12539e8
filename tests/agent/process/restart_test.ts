import assert from "node:assert/strict";
import { restartProgram } from "../../../src/agent/process/restart.ts";
import { ReloadRequests } from "../../../src/agent/process/signals.ts";
import { eventually } from "../../support/eventually.ts";
import { TempFolder } from "../../support/queues.ts";

/** A program that is deaf the first time, says so, and ends with 7 the second time. */
function deafAtFirst(folder: TempFolder): string {
  const path = folder.file("successor.sh");
  const deaf = folder.file("deaf");
  Deno.writeTextFileSync(
    path,
    `#!/bin/sh\n[ -e '${deaf}' ] && exit 7\ntouch '${deaf}'\nexec sleep 600\n`,
    { mode: 0o700 },
  );
  return path;
}

const there = (path: string) => () => Deno.stat(path).then(() => true, () => false);

Deno.test({
  name:
    "restartProgram() starts the program again that a request to reload ended before it could hear it",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    using folder = new TempFolder();
    const program = deafAtFirst(folder);
    const reloads = new ReloadRequests();
    const ended = restartProgram(
      { env: {}, signal: new AbortController().signal, reloads },
      { executable: () => program },
    );
    await eventually(there(folder.file("deaf")), (isThere) => isThere);
    reloads.request();
    assert.equal(await ended, 7);
  },
});

Deno.test({
  name:
    "restartProgram() starts a program again that died as long as it is told to, and never one that was ended",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    using folder = new TempFolder();
    const program = folder.file("program.sh");
    Deno.writeTextFileSync(program, '#!/bin/sh\nread code < "$0.code"; exit $code\n', {
      mode: 0o700,
    });
    const runsWith = async (code: number) => {
      Deno.writeTextFileSync(`${program}.code`, `${code}\n`);
      let asked = 0;
      const status = await restartProgram(
        { env: {}, signal: new AbortController().signal, reloads: new ReloadRequests() },
        { executable: () => program, isRevived: () => ++asked < 2, revivalWaitMs: 0 },
      );
      return [status, asked];
    };
    assert.deepEqual(await runsWith(137), [137, 2]);
    assert.deepEqual(await runsWith(1), [1, 2]);
    assert.deepEqual(await runsWith(0), [0, 0]);
    assert.deepEqual(await runsWith(5), [5, 0]);
  },
});
