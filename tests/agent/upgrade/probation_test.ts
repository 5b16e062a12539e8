/** The first minutes of a version that was taken into use: who counts its deaths, and when it is left. */

import assert from "node:assert/strict";
import { Installation } from "../../../src/agent/upgrade/installation.ts";
import { Probation } from "../../../src/agent/upgrade/probation.ts";
import { UpgradeRecord } from "../../../src/agent/upgrade/upgrade_record.ts";
import { MemoryClock } from "../../support/fake_clock.ts";
import { TempFolder } from "../../support/queues.ts";

class Scene implements Disposable {
  readonly folder = new TempFolder();
  readonly record = new UpgradeRecord(this.folder.path);
  readonly installation = new Installation(this.folder.file("install"));
  readonly clock = new MemoryClock();

  constructor({ release = 37 as number | null } = {}) {
    for (const version of ["1.3.2", "1.4.0"]) {
      Deno.mkdirSync(`${this.installation.root}/versions/${version}`, { recursive: true });
      Deno.writeTextFileSync(this.installation.programOf(version), "");
      this.installation.switchTo(version);
    }
    this.record.end({
      from: "1.3.2",
      to: "1.4.0",
      release,
      code: 0,
      reason: null,
      message: "upgraded",
      at: "2026-01-01T00:00:00.000Z",
      document_id: "order",
      announced: true,
    });
  }

  /** A process of this version. */
  as(version = "1.4.0"): Probation {
    const { record, installation, clock } = this;
    return new Probation({ record, installation, version, clock });
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }
}

Deno.test("a version that dies three times in its first minutes: the one before is in use again, and that is told", () => {
  using scene = new Scene();
  for (let start = 1; start <= 3; start++) assert.equal(scene.as().begin(), undefined);
  const back = scene.as().begin();
  assert.equal(back?.reason, "kept_dying");
  assert.equal(
    back.message,
    "1.4.0 ended by itself 3 times in its first minutes; 1.3.2 is back in use",
  );
  assert.equal(scene.installation.current, "1.3.2");
  assert.deepEqual(scene.installation.versions(), ["1.3.2"]);
  const { failed, probation } = scene.record.read();
  assert.deepEqual([failed, probation], [[{ release: 37, reason: "kept_dying" }], null]);
  assert.deepEqual(scene.record.unannounced(), [back]);
  assert.deepEqual(scene.record.outcomeOf("order"), back);
  assert.equal(scene.as("1.3.2").begin(), undefined);
});

Deno.test("two kills by hand, and stops in good order, leave a version in use", () => {
  using scene = new Scene();
  for (let kill = 1; kill <= 2; kill++) scene.as().begin();
  for (let stop = 1; stop <= 5; stop++) {
    const running = scene.as();
    running.begin();
    running.end();
  }
  assert.equal(scene.as().begin(), undefined);
  assert.equal(scene.record.read().probation?.deaths, 2);
  assert.equal(scene.installation.current, "1.4.0");
});

Deno.test("once a version was up for five minutes its deaths are no business of the upgrade", async () => {
  using scene = new Scene();
  scene.as().begin();
  const running = scene.as();
  running.begin();
  await scene.clock.advance(299_000);
  running.observe();
  assert.equal(scene.record.read().probation?.deaths, 1);
  await scene.clock.advance(1_000);
  running.observe();
  assert.equal(scene.record.read().probation, null);
  for (let start = 1; start <= 5; start++) assert.equal(scene.as().begin(), undefined);
  assert.equal(scene.installation.current, "1.4.0");
});

Deno.test("the version that passed its trial in this process counts from its first look on", () => {
  using scene = new Scene();
  scene.as().observe();
  assert.deepEqual(
    [scene.record.read().probation?.is_running, scene.record.read().probation?.deaths],
    [true, 0],
  );
});

Deno.test("the process above counts a version that dies before it can count itself", () => {
  using scene = new Scene();
  const above = scene.as("1.3.2");
  assert.equal(above.died(), undefined);
  assert.equal(above.died(), undefined);
  assert.equal(above.died()?.reason, "kept_dying");
  assert.equal(above.isOpen, false);
  assert.equal(scene.installation.current, "1.3.2");
});

Deno.test("a death that the process above has counted is not counted again by the next start", () => {
  using scene = new Scene();
  scene.as().begin();
  scene.as("1.3.2").died();
  scene.as().begin();
  assert.equal(scene.record.read().probation?.deaths, 1);
});

Deno.test("a version that was gone back to stays on the disk when it keeps dying", () => {
  using scene = new Scene({ release: null });
  for (let start = 1; start <= 4; start++) scene.as().begin();
  assert.equal(scene.installation.current, "1.3.2");
  assert.deepEqual(scene.installation.versions().sort(), ["1.3.2", "1.4.0"]);
});

Deno.test("a version before that is gone cannot come back: the one that dies is started on", () => {
  using scene = new Scene();
  scene.installation.remove("1.3.2");
  for (let death = 1; death <= 2; death++) scene.as().died();
  assert.throws(() => scene.as().died(), /there is no ".*1\.3\.2\/agent"/);
  assert.equal(scene.installation.current, "1.4.0");
});
