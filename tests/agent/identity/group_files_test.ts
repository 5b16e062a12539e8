import assert from "node:assert/strict";
import { join } from "node:path";
import { writeThrough } from "../../../src/agent/identity/atomic_write.ts";
import { GroupFiles, readGroupFiles } from "../../../src/agent/identity/group_files.ts";
import { type Identity, IdentityFile } from "../../../src/agent/identity/identity_file.ts";
import type { StoredGroups } from "../../../src/shared/protocol/groups.ts";

const IDENTITY: Identity = {
  schema: 1,
  id: "0198c0de-0000-7000-8000-000000000001",
  name: "web-1",
  key: "0123456789abcdefghijABCDEFGHIJxy",
  groups: ["registered"],
  registered_at: "2026-02-19T20:25:46.807Z",
  management_url: "https://manager:55000",
};
const OLD: StoredGroups = {
  groups: ["web", "linux"],
  files: [{ name: "web", text: "log.level: info\n" }, { name: "linux", text: "" }],
};
const NEW: StoredGroups = {
  groups: ["linux", "db"],
  files: [{ name: "linux", text: "# ü\n" }, { name: "db", text: "events: {}\n" }],
};

/** A registered agent's data folder that goes away with the test. */
function scene() {
  const path = Deno.makeTempDirSync();
  const identity = new IdentityFile(path);
  identity.save(IDENTITY);
  return {
    path,
    identity,
    /** What a process that starts now finds. */
    inForce: () => new GroupFiles(path, new IdentityFile(path)).read(),
    generations: () => [...Deno.readDirSync(join(path, "shared"))].map(({ name }) => name),
    [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }),
  };
}

Deno.test("GroupFiles.read() gives the groups of the registration, without files, before any store", () => {
  using at = scene();
  assert.deepEqual(at.inForce(), { groups: ["registered"], files: [] });
});

Deno.test("GroupFiles.store() puts groups and files in force and keeps one generation", () => {
  using at = scene();
  const groups = new GroupFiles(at.path, at.identity);
  for (const wanted of [OLD, NEW, OLD]) {
    groups.store(wanted);
    assert.deepEqual(at.inForce(), wanted);
    assert.deepEqual(readGroupFiles(at.path), wanted.files);
    assert.equal(at.generations().length, 1);
  }
  groups.store({ groups: [], files: [] });
  assert.deepEqual(at.inForce(), { groups: [], files: [] });
  assert.deepEqual(at.generations(), []);
  const { group_files: _, ...identity } = at.identity.load();
  assert.deepEqual(identity, { ...IDENTITY, groups: [] });
});

Deno.test("GroupFiles.store() writes files that only their owner can read", () => {
  using at = scene();
  new GroupFiles(at.path, at.identity).store(OLD);
  if (Deno.build.os === "windows") return;
  const [generation = ""] = at.generations();
  const folder = join(at.path, "shared", generation);
  assert.equal((Deno.statSync(folder).mode ?? 0) & 0o777, 0o700);
  assert.equal((Deno.statSync(join(folder, "web.yml")).mode ?? 0) & 0o777, 0o600);
});

class Crash extends Error {}

/** Stores `NEW` over `OLD` and dies where `step` says; what is left to clean up then stays. */
function storeAndCrash(at: ReturnType<typeof scene>, step: number): void {
  new GroupFiles(at.path, at.identity).store(OLD);
  let steps = 0;
  const crashAt = (here: () => void) => {
    if (steps++ === step) throw new Crash();
    here();
    if (steps++ === step) throw new Crash();
  };
  const groups = new GroupFiles(at.path, {
    load: () => at.identity.load(),
    update: (changes) => crashAt(() => at.identity.update(changes)),
  }, { write: (path, text) => crashAt(() => writeThrough(path, text)) });
  assert.throws(() => groups.store(NEW));
}

Deno.test("GroupFiles.store() leaves the old set or the new one, whichever step a crash comes at", () => {
  // Before and after each of two files and of the identity: the last one is after the switch.
  for (let step = 0; step < 6; step++) {
    using at = scene();
    storeAndCrash(at, step);
    assert.deepEqual(at.inForce(), step < 5 ? OLD : NEW, `step ${step}`);
    new GroupFiles(at.path, at.identity).store(NEW);
    assert.deepEqual(at.inForce(), NEW);
    assert.ok(at.generations().length <= 2, "all but the last good set is removed");
  }
});

Deno.test("GroupFiles.store() is not misled by half a generation that a power failure left", () => {
  using at = scene();
  const groups = new GroupFiles(at.path, at.identity);
  groups.store(OLD);
  const half = join(at.path, "shared", crypto.randomUUID());
  Deno.mkdirSync(half);
  Deno.writeTextFileSync(join(half, "linux.yml"), "lo");
  assert.deepEqual(at.inForce(), OLD);
  groups.store(NEW);
  assert.deepEqual(at.inForce(), NEW);
  assert.equal(at.generations().length, 1);
});

Deno.test("GroupFiles.store() that cannot write keeps what is in force", () => {
  using at = scene();
  new GroupFiles(at.path, at.identity).store(OLD);
  const full = new GroupFiles(at.path, at.identity, {
    write() {
      throw new Error("no space left");
    },
  });
  assert.throws(() => full.store(NEW), /^AgentError: Cannot write ".*": no space left$/);
  assert.deepEqual(at.inForce(), OLD);
  assert.equal(at.generations().length, 1);
});

Deno.test("readGroupFiles() begins anew with a new registration", () => {
  using at = scene();
  new GroupFiles(at.path, at.identity).store(OLD);
  at.identity.save({ ...IDENTITY, groups: ["web"] });
  assert.deepEqual(readGroupFiles(at.path), []);
});

Deno.test("readGroupFiles() finds nothing without an identity", () => {
  using at = scene();
  Deno.removeSync(at.identity.path);
  assert.deepEqual(readGroupFiles(at.path), []);
});
