import assert from "node:assert/strict";
import { loadConfig } from "../../../src/agent/config/load.ts";
import { GroupFiles } from "../../../src/agent/identity/group_files.ts";
import { GroupTrial } from "../../../src/agent/identity/group_trial.ts";
import { IdentityFile } from "../../../src/agent/identity/identity_file.ts";
import { TempFolder } from "../../support/queues.ts";

/** A data folder and one agent after the other on it. */
class Scene implements Disposable {
  readonly folder = new TempFolder();
  #process = 0;
  trial!: GroupTrial;
  files!: GroupFiles;

  constructor() {
    new IdentityFile(this.folder.path).save({
      schema: 1,
      id: "0198c0de-0000-7000-8000-000000000001",
      name: "web-1",
      key: "0123456789abcdefghijABCDEFGHIJxy",
      groups: [],
      registered_at: "2026-02-19T20:25:46.807Z",
      management_url: "https://manager:55000",
    });
    this.start();
  }

  /** The next process; what the one before had in memory is gone, as after a kill. */
  start(): void {
    const identity = new IdentityFile(this.folder.path);
    this.trial = new GroupTrial(this.folder.path, ++this.#process);
    this.files = new GroupFiles(this.folder.path, identity, { trial: this.trial });
    this.trial.noteStart(identity.load().group_files);
  }

  store(text: string, name = "web"): void {
    this.files.store({ groups: [name], files: [{ name, text }] });
  }

  runForAMinute(): void {
    this.trial.observe(0);
    this.trial.observe(60_000);
  }

  get inForce(): string | undefined {
    return this.files.read().files[0]?.text;
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }
}

Deno.test("an agent that is killed twice with new group files goes on with the last good ones", () => {
  using at = new Scene();
  at.store("good");
  at.runForAMinute();
  at.store("deadly", "other");
  at.start();
  assert.deepEqual([at.inForce, at.files.hasFallenBack], ["deadly", false]);
  for (let start = 0; start < 3; start++) {
    at.start();
    assert.deepEqual([at.inForce, at.files.hasFallenBack], ["good", true]);
    at.runForAMinute();
    at.trial.noteStop();
  }
  at.store("mended");
  assert.deepEqual([at.inForce, at.files.hasFallenBack], ["mended", false]);
});

Deno.test("group files that an agent ran with for a minute, or stopped with in good order, are kept", () => {
  using at = new Scene();
  at.store("first");
  for (let start = 0; start < 5; start++) {
    at.trial.noteStop();
    at.start();
    assert.equal(at.inForce, "first");
  }
  at.runForAMinute();
  for (let start = 0; start < 5; start++) at.start();
  assert.equal(at.inForce, "first");
});

Deno.test("files that never proved themselves do not become the last good ones", () => {
  using at = new Scene();
  at.store("good");
  at.runForAMinute();
  at.store("untried");
  at.store("deadly");
  at.start();
  at.start();
  assert.equal(at.inForce, "good");
});

Deno.test("loadConfig() goes on with the last good files when the stored ones are not valid any more", async () => {
  using folder = new TempFolder();
  const file = folder.file("agent.yaml");
  Deno.writeTextFileSync(file, "");
  const group = (text: string) => [{ name: "web", text }];
  const sources = { file, env: {}, readStored: () => group("events: {batch_events: none}\n") };
  const good = await loadConfig({
    ...sources,
    readLastGood: () => group("events: {batch_events: 7}\n"),
  });
  assert.equal(good.config.events.batch_events, 7);
  assert.match(good.warnings.join(), /not valid, and those before them are in force: .*"?none"?/);
  const none = await loadConfig({
    ...sources,
    readLastGood: () => group("queue: {max_events: 1}\n"),
  });
  assert.equal(none.config.events.batch_events, 1_000);
  assert.match(none.warnings.join(), /web\.yml is ignored/);
});
