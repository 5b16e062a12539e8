/**
 * Whoever could once write to the data folder left a link there: nothing is written, or read, through it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { AgentError } from "../../../src/shared/errors.ts";
import { GroupFiles } from "../../../src/agent/identity/group_files.ts";
import { IdentityFile } from "../../../src/agent/identity/identity_file.ts";
import { lockDataFolder } from "../../../src/agent/identity/data_folder_lock.ts";
import { PendingIdentityFile } from "../../../src/agent/identity/pending_identity.ts";
import {
  readModuleOverrides,
  writeModuleOverride,
} from "../../../src/agent/config/module_overrides.ts";
import { openQueue, TempFolder } from "../../support/queues.ts";

const onWindows = Deno.build.os === "windows";
const ID = "01890a5d-ac96-774b-bcce-b302099a8057";
const AT = "2026-02-19T20:25:46.000Z";
const IDENTITY = {
  schema: 1,
  id: ID,
  name: "web-1",
  key: "k".repeat(32),
  groups: ["web"],
  group_files: ID,
  registered_at: AT,
  management_url: "https://manager:55000",
} as const;

const save = (folder: TempFolder) =>
  new IdentityFile(folder.path).save({ ...IDENTITY, groups: [...IDENTITY.groups] });
const open = (folder: TempFolder) => openQueue(folder)[Symbol.dispose]();

/** The files of a data folder, and what opens each. */
const OPENED: [name: string, what: string, open: (folder: TempFolder) => unknown][] = [
  ["agent.lock", "lockDataFolder()", ({ path }) => lockDataFolder(path)[Symbol.dispose]()],
  ["identity.json", "IdentityFile.load()", ({ path }) => new IdentityFile(path).load()],
  ["identity.json", "IdentityFile.save()", save],
  [
    "identity.pending.json",
    "PendingIdentityFile.save()",
    ({ path }) => new PendingIdentityFile(path).save(IDENTITY),
  ],
  ["modules.json", "readModuleOverrides()", ({ path }) => readModuleOverrides(path)],
  [
    "modules.json",
    "writeModuleOverride()",
    ({ path }) =>
      writeModuleOverride(path, "logcollector", { enabled: false, by: "server", at: AT }),
  ],
  [`shared/${ID}/web.yml`, "GroupFiles.read()", (folder) => {
    save(folder);
    return new GroupFiles(folder.path, new IdentityFile(folder.path)).read();
  }],
  ...["", "-wal", "-shm", "-reserve", "-open", ".salvaging", ".salvaged"].map((
    suffix,
  ): typeof OPENED[number] => [`agent.db${suffix}`, "Queue.open()", open]),
];

for (const [name, what, open] of OPENED) {
  for (const target of ["there", "not there"]) {
    Deno.test({
      name: `${what} refuses a link in place of ${name} to a file that is ${target}`,
      ignore: onWindows,
      fn() {
        using elsewhere = new TempFolder();
        using folder = new TempFolder();
        const precious = elsewhere.file("precious");
        if (target === "there") Deno.writeTextFileSync(precious, "text");
        Deno.mkdirSync(folder.file(`shared/${ID}`), { recursive: true });
        Deno.symlinkSync(precious, folder.file(name));
        assert.throws(() => open(folder), (error) => {
          assert.ok(error instanceof AgentError, String(error));
          assert.match(error.message, /^Cannot use ".*": it is a symbolic link$/);
          return true;
        });
        const left = Array.from(Deno.readDirSync(elsewhere.path), (entry) => entry.name);
        assert.deepEqual(left, target === "there" ? ["precious"] : []);
        if (target === "there") assert.equal(Deno.readTextFileSync(precious), "text");
      },
    });
  }
}

Deno.test({
  name: "the log's room may have two names, as a crash between two steps of a stop leaves it",
  ignore: onWindows,
  fn() {
    using folder = new TempFolder();
    open(folder);
    Deno.writeTextFileSync(folder.file("agent.db-wal"), "");
    Deno.removeSync(folder.file("agent.db-reserve"));
    Deno.linkSync(folder.file("agent.db-wal"), folder.file("agent.db-reserve"));
    open(folder);
  },
});
