/** An upgrade up to the moment where the agent has to make room, with scripts in place of programs. */

import assert from "node:assert/strict";
import { releaseInFiles } from "../../../src/agent/upgrade/file_source.ts";
import { Installation } from "../../../src/agent/upgrade/installation.ts";
import { ReleaseKeys } from "../../../src/agent/upgrade/release_keys.ts";
import type { TrialPlan } from "../../../src/agent/upgrade/trial_plan.ts";
import { UpgradeRecord } from "../../../src/agent/upgrade/upgrade_record.ts";
import type { UpgradeWish } from "../../../src/agent/upgrade/upgrade_wish.ts";
import { Upgrader } from "../../../src/agent/upgrade/upgrader.ts";
import type { UpgradeOptions } from "../../../src/agent/upgrade/upgrader_deps.ts";
import { systemClock } from "../../../src/shared/clock.ts";
import { TempFolder } from "../../support/queues.ts";
import { ReleaseDesk, standIn } from "../../support/release_desk.ts";

const VERSION = "1.3.2";
const NEXT = "1.4.0";

class Scene implements Disposable {
  readonly folder = new TempFolder();
  readonly desk = new ReleaseDesk(this.folder.file("releases"));
  readonly installation = new Installation(this.folder.file("install"));
  readonly record = new UpgradeRecord(this.folder.path);
  readonly stop = new AbortController();
  readonly options: UpgradeOptions = {
    enabled: true,
    trusted_keys: this.desk.keyFile,
    threshold: 1,
    source: "server",
    trial: 60_000,
    keep: 1,
    max_size: 1e9,
    rate: 1e9,
    spread: 0,
    window: "",
  };
  mayRun = true;
  readonly steps: (string | undefined)[] = [];
  readonly upgrader: Upgrader;
  #plan = Promise.withResolvers<TrialPlan>();

  constructor({ installed = true } = {}) {
    this.#put(VERSION);
    this.installation.switchTo(VERSION);
    this.upgrader = new Upgrader({
      installation: installed ? this.installation : undefined,
      record: this.record,
      keys: new ReleaseKeys(this.folder.path),
      version: VERSION,
      database: 2,
      options: () => this.options,
      clockOffsetMs: () => 0,
      preflight: { env: { PATH: "/usr/bin:/bin" }, runArgs: [] },
      mayRun: () => Promise.resolve(this.mayRun),
      retryWaits: () => ({ next: () => 0, reset: () => {} }),
      baseline: () => ({ hadToken: true, taken: { stateless: 7, stateful: 0 } }),
      requestTrial: (plan) => {
        this.#plan.resolve(plan);
        this.stop.abort("made room");
      },
      clock: systemClock,
    });
  }

  #put(version: string): void {
    const program = this.installation.programOf(version);
    Deno.mkdirSync(program.replace(/\/agent$/, ""), { recursive: true });
    Deno.writeTextFileSync(program, standIn("exit 0", { version }), { mode: 0o755 });
  }

  /** A release of a script that says the version. */
  release(change: Parameters<ReleaseDesk["make"]>[1] = {}): string {
    const version = change.version ?? NEXT;
    return this.desk.make({ script: standIn("exit 0", { version }) }, { version, ...change });
  }

  /** How it ends, or what is to be tried. */
  async order(manifest: string, wish: Partial<UpgradeWish> = {}) {
    const source = releaseInFiles(manifest);
    const ended = this.upgrader.upgrade({ source, by: "server", ...wish }, this.#context());
    return await Promise.race([ended.catch(() => this.#plan.promise), this.#plan.promise]);
  }

  async goBack(version?: string) {
    const ended = this.upgrader.goBack(version, this.#context());
    return await Promise.race([ended.catch(() => this.#plan.promise), this.#plan.promise]);
  }

  #context() {
    return {
      note: (steps: readonly { step: string }[]) => {
        this.steps.push(steps.at(-1)?.step);
        return Promise.resolve();
      },
      signal: this.stop.signal,
    };
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }
}

Deno.test("a release is checked, downloaded, looked at, and then the agent makes room for it", async () => {
  using scene = new Scene();
  const plan = await scene.order(scene.release(), { documentId: "order" });
  assert.ok("baseline" in plan);
  assert.deepEqual([plan.from, plan.version, plan.release], [VERSION, NEXT, 1]);
  assert.deepEqual(plan.baseline.taken, { stateless: 7, stateful: 0 });
  const steps = ["manifest", "space", "download", "install", "preflight", "trial"];
  assert.deepEqual(scene.steps, steps);
  const { attempt, highest_release } = scene.record.read();
  assert.deepEqual([attempt?.state, attempt?.document_id, highest_release], ["trial", "order", 1]);
  assert.equal(scene.installation.current, VERSION);
  assert.deepEqual(scene.installation.versions().toSorted(), [VERSION, NEXT]);
});

Deno.test("a dry run looks at everything and changes nothing", async () => {
  using scene = new Scene();
  const outcome = await scene.order(scene.release(), { by: "person", dryRun: true });
  assert.ok("code" in outcome);
  assert.deepEqual([outcome.code, outcome.to], [0, NEXT]);
  assert.deepEqual([scene.record.read().last, scene.record.read().highest_release], [null, 0]);
  assert.deepEqual(scene.installation.versions(), [VERSION]);
});

Deno.test("what this machine does not allow is refused with its reason", async () => {
  const cases: [string, (scene: Scene) => void, Partial<UpgradeWish>?][] = [
    ["off", ({ options }) => options.enabled = false],
    ["no_keys", ({ options }) => options.trusted_keys = undefined],
    ["no_keys", ({ options }) => options.trusted_keys = "/nowhere"],
    ["restart_needed", (scene) => scene.mayRun = false],
    ["only_from_file", ({ options }) => options.source = "file"],
    ["threshold_not_met", ({ options }) => options.threshold = 2],
    ["too_large", ({ options }) => options.max_size = 1],
    ["wrong_version_named", () => {}, { version: "7.0.0" }],
    ["outside_window", ({ options }) => options.window = closedWindow()],
    ["not_writable", ({ installation }) => Deno.chmodSync(`${installation.root}/versions`, 0o777)],
    ["record_damaged", ({ folder }) =>
      Deno.writeTextFileSync(folder.file("upgrade.json"), "{", {
        mode: 0o600,
      })],
  ];
  for (const [reason, prepare, wish] of cases) {
    using scene = new Scene();
    const manifest = scene.release();
    prepare(scene);
    const outcome = await scene.order(manifest, wish);
    assert.ok("code" in outcome, reason);
    assert.deepEqual([outcome.code, outcome.reason], [1, reason], outcome.message);
    assert.equal(scene.installation.current, VERSION);
  }
});

Deno.test("an agent that was started from elsewhere says that it is not installed", async () => {
  using scene = new Scene({ installed: false });
  const outcome = await scene.order(scene.release());
  assert.ok("code" in outcome);
  assert.equal(outcome.reason, "not_installed");
  assert.match(outcome.message, /^upgrade: not installed \(agent service install /);
});

Deno.test("a release that failed here is left alone by orders, and tried by persons and with retry", async () => {
  const failed = {
    from: VERSION,
    to: NEXT,
    release: 1,
    code: 1,
    reason: "died",
    message: "",
    at: "2026-01-01T00:00:00.000Z",
    document_id: null,
    announced: true,
  } as const;
  for (
    const [wish, reason] of [
      [{}, "failed_before"],
      [{ by: "person" }, undefined],
      [{ retry: true }, undefined],
    ] as const
  ) {
    using scene = new Scene();
    scene.record.end(failed, { blames: true });
    const result = await scene.order(scene.release(), wish);
    assert.equal("code" in result ? result.reason : undefined, reason);
  }
});

Deno.test("an older version comes by a person who insists, and by no order", async () => {
  for (
    const [wish, reason] of [
      [{ by: "person" }, "older_version"],
      [{ by: "server", force: true }, "older_version"],
      [{ by: "person", force: true }, undefined],
    ] as const
  ) {
    using scene = new Scene();
    const result = await scene.order(scene.release({ version: "1.3.0" }), wish);
    assert.equal("code" in result ? result.reason : undefined, reason);
  }
});

Deno.test("the version that runs is there already, whatever lies on the disk", async () => {
  using scene = new Scene();
  const outcome = await scene.order(scene.release({ version: VERSION }));
  assert.ok("code" in outcome);
  assert.deepEqual([outcome.code, outcome.message], [0, `already at ${VERSION}`]);
});

Deno.test("a release that does not start is removed and remembered", async () => {
  using scene = new Scene();
  const manifest = scene.desk.make({ script: "#!/bin/sh\nexit 7\n" }, { version: NEXT });
  const outcome = await scene.order(manifest);
  assert.ok("code" in outcome);
  assert.equal(outcome.reason, "does_not_run");
  assert.match(outcome.message, /status 7/);
  assert.deepEqual(scene.installation.versions(), [VERSION]);
  assert.deepEqual(scene.record.read().failed, [{ release: 1, reason: "does_not_run" }]);
});

Deno.test("goBack() takes the version that was in use before, and refuses one that is not here", async () => {
  using scene = new Scene();
  const nowhere = await scene.goBack();
  assert.ok("code" in nowhere);
  assert.equal(nowhere.reason, "nothing_to_go_back_to");
  for (const version of ["1.3.1", "1.3.3"]) {
    const folder = scene.installation.programOf(version).replace(/\/agent$/, "");
    Deno.mkdirSync(folder);
    const script = standIn("exit 0", { version });
    Deno.writeTextFileSync(`${folder}/agent`, script, { mode: 0o755 });
  }
  scene.record.end({
    from: "1.3.1",
    to: VERSION,
    release: 1,
    code: 0,
    reason: null,
    message: "",
    at: "2026-01-01T00:00:00.000Z",
    document_id: null,
    announced: true,
  });
  const plan = await scene.goBack();
  assert.ok("baseline" in plan);
  assert.deepEqual([plan.version, plan.release], ["1.3.1", null]);
});

/** Two minutes of the day that are long over. */
function closedWindow(): string {
  const hour = (new Date().getUTCHours() + 12) % 24;
  const text = String(hour).padStart(2, "0");
  return `${text}:00-${text}:02`;
}

Deno.test("a release that does not start leaves what lay under its name: somebody may want to go back to it", async () => {
  using scene = new Scene();
  const folder = scene.installation.programOf(NEXT).replace(/\/agent$/, "");
  Deno.mkdirSync(folder);
  Deno.writeTextFileSync(`${folder}/agent`, standIn("exit 0", { version: NEXT }), { mode: 0o755 });
  const manifest = scene.desk.make({ script: "#!/bin/sh\nexit 7\n" }, { version: NEXT });
  const outcome = await scene.order(manifest);
  assert.ok("code" in outcome);
  assert.deepEqual(scene.installation.versions().toSorted(), [VERSION, NEXT]);
});
