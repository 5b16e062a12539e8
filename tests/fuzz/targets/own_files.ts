import assert from "node:assert/strict";
import fc from "fast-check";
import { SignedVersions } from "../../../src/agent/commands/trust/signed_versions.ts";
import { readModuleOverrides } from "../../../src/agent/config/module_overrides.ts";
import { writeFileAtomically } from "../../../src/agent/identity/atomic_write.ts";
import { GroupTrial } from "../../../src/agent/identity/group_trial.ts";
import { PendingIdentityFile } from "../../../src/agent/identity/pending_identity.ts";
import { parseCheckpoints } from "../../../src/agent/modules/logcollector/files/checkpoint.ts";
import { RestartLimit } from "../../../src/agent/process/restart_limit.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { TempFolder } from "../../support/queues.ts";
import { mutatedText, oddFormOf, oddText } from "../harness/arbitraries.ts";
import { assertPlain, resultOrRefusal } from "../harness/expectations.ts";
import type { FuzzTarget } from "../harness/target.ts";

const SAMPLES: Readonly<Record<string, unknown>> = {
  "modules.json": {
    logcollector: { enabled: true, by: "server", at: "2026-01-01T00:00:00.000Z" },
  },
  "group-trial.json": {
    trial: { generation: "g", starts: 1, process: 5 },
    good: { generation: "f", groups: ["web"] },
  },
  "signed-versions.json": { groups_issued_at: 1771532746807, files: { "web.yml": 5 } },
  "identity.pending.json": {
    schema: 1,
    id: "019b5e3f-7f00-7000-8000-000000000001",
    key: "k",
    name: "n",
    management_url: "u",
  },
  "last-restart": 1771532746807,
  checkpoint: {
    ...{ v: 2, log: "/a", path: "/a", real: "/a", dev: 1, ino: 2, born_ms: 3, order: 0, offset: 9 },
    ...{ skipping: false, continuing: false, copied: 0, own_to: 0, copy_of: "", packed: false },
    ...{ moved: false, missed: false, size: 9, mtime_ms: 1, marks: [], past: [] },
    fingerprint: { length: 9, sha256: "x" },
  },
};

const content = fc.constantFrom(...Object.keys(SAMPLES)).chain((name) => {
  const sample = SAMPLES[name];
  const text = fc.oneof(
    mutatedText(JSON.stringify(sample)),
    oddFormOf(sample).map((value) => JSON.stringify(value) ?? ""),
    oddText,
  );
  return fc.tuple(fc.constant(name), text);
});

/** What reads the files of a data folder. */
function readAll(folder: TempFolder) {
  const clock = new FakeClock();
  return {
    overrides: () => readModuleOverrides(folder.path),
    trial() {
      const trial = new GroupTrial(folder.path, 7);
      assert.equal(typeof trial.hasFailed("g"), "boolean");
      trial.noteStart("g");
      trial.begin("h", trial.good);
    },
    pending: () => new PendingIdentityFile(folder.path).find({ name: "n", management_url: "u" }),
    restart: () =>
      new RestartLimit({ dataFolder: folder.path, clock, write: writeFileAtomically }).take(),
    versions: () => new SignedVersions(folder.path, writeFileAtomically).noteGroups(5),
  };
}

export const target: FuzzTarget = {
  about:
    "whatever lies in the small files of a data folder, they are read, passed over, or refused",
  weight: 2.5,
  open() {
    const folder = new TempFolder();
    const readers = readAll(folder);
    const property = fc.asyncProperty(content, async ([name, text]) => {
      const { files, damaged } = parseCheckpoints(new Map([["1:2", text]]));
      assert.equal(files.size + damaged.length, 1);
      Deno.writeTextFileSync(folder.file(name), text);
      await resultOrRefusal(readers.overrides);
      readers.trial();
      readers.pending();
      for (const read of [readers.restart, readers.versions]) {
        try {
          read();
        } catch (error) {
          assert.ok(error instanceof Error && error.constructor === Error, String(error));
          assertPlain(error.message);
        }
      }
      Deno.removeSync(folder.file(name));
    });
    return { property, close: () => folder[Symbol.dispose]() };
  },
};
